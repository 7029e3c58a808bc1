"""A bucket as S3 answers about it: whose, where, and only if it is ours how it is kept."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any, TypeAlias

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket import Bucket
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket_removal import Whereabouts
from ansible_collections.epinio.aws.plugins.module_utils.readers import s3 as reader
from botocore.exceptions import ClientError

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
HERE = {"BucketRegion": "eu-central-1"}
OURS = {"TagSet": [{"Key": key, "Value": value} for key, value in OWNER.tags({}).items()]}
Answer: TypeAlias = "dict[str, Any] | ClientError"


def _refusal(code: str, region: str = "", message: str = "no") -> ClientError:
    headers = {"x-amz-bucket-region": region} if region else {}
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPHeaders": headers}}
    return ClientError(answer, "Call")  # type: ignore[arg-type, unused-ignore]


class _S3:
    def __init__(self, **answers: Answer) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def __getattr__(self, method: str) -> Any:
        def call(Bucket: str, ExpectedBucketOwner: str, **_more: Any) -> Any:
            assert (Bucket, ExpectedBucketOwner) == ("b", "123456789012")
            self.calls.append(method)
            answer = self.answers[method]
            if isinstance(answer, ClientError):
                raise answer
            return answer

        return call


def test_a_missing_bucket_is_none() -> None:
    assert reader.read_bucket(_S3(head_bucket=_refusal("404")), "b", OWNER) is None


@pytest.mark.parametrize(
    "head",
    [
        {"BucketRegion": "eu-west-1"},
        {"ResponseMetadata": {"HTTPHeaders": {"x-amz-bucket-region": "eu-west-1"}}},
        _refusal("301", "eu-west-1"),
        _refusal("400", "eu-west-1"),
        _refusal("PermanentRedirect", "eu-west-1"),
    ],
)
def test_a_bucket_elsewhere_takes_one_call(head: Answer) -> None:
    s3 = _S3(head_bucket=head)
    assert reader.read_bucket(s3, "b", OWNER) == Bucket("eu-west-1")
    assert s3.calls == ["head_bucket"]


@pytest.mark.parametrize(
    ("tagging", "tags"),
    [
        ({"TagSet": [{"Key": "a", "Value": "b"}]}, {"a": "b"}),
        (_refusal("NoSuchTagSet"), {}),
        (_refusal("AccessDenied"), None),
    ],
)
def test_a_bucket_of_others_takes_two_calls(tagging: Answer, tags: dict[str, str] | None) -> None:
    s3 = _S3(head_bucket=HERE, get_bucket_tagging=tagging)
    assert reader.read_bucket(s3, "b", OWNER) == Bucket("eu-central-1", tags)
    assert s3.calls == ["head_bucket", "get_bucket_tagging"]


def test_ours_takes_four() -> None:
    block: dict[str, bool] = {"BlockPublicAcls": True}
    policy: dict[str, Any] = {"Statement": []}
    s3 = _S3(
        head_bucket=HERE,
        get_bucket_tagging=OURS,
        get_public_access_block={"PublicAccessBlockConfiguration": block},
        get_bucket_policy={"Policy": json.dumps(policy)},
    )
    assert reader.read_bucket(s3, "b", OWNER) == Bucket("eu-central-1", OWNER.tags({}), block, policy)
    assert len(s3.calls) == 4


def test_ours_half_made() -> None:
    s3 = _S3(
        head_bucket=HERE,
        get_bucket_tagging=OURS,
        get_public_access_block=_refusal("NoSuchPublicAccessBlockConfiguration"),
        get_bucket_policy=_refusal("NoSuchBucketPolicy"),
    )
    assert reader.read_bucket(s3, "b", OWNER) == Bucket("eu-central-1", OWNER.tags({}))


@pytest.mark.parametrize(
    ("listing", "word"),
    [
        (
            _refusal("AccessDenied", message="because no identity-based policy allows"),
            "no identity-based policy allows",
        ),
        (_refusal("AllAccessDisabled"), "AllAccessDisabled"),
        ({}, "403"),
    ],
)
def test_a_closed_bucket_is_refused_with_the_reason_of_a_listing(listing: Answer, word: str) -> None:
    s3 = _S3(head_bucket=_refusal("403"), list_objects_v2=listing)
    with pytest.raises(Refused, match=r"another account than 123456789012.*epinio_bucket") as refused:
        reader.read_bucket(s3, "b", OWNER)
    assert word in str(refused.value)


@pytest.mark.parametrize(
    "answers",
    [
        {"head_bucket": _refusal("400")},
        {"head_bucket": HERE, "get_bucket_tagging": _refusal("NoSuchBucket")},
        {"head_bucket": HERE, "get_bucket_tagging": OURS, "get_public_access_block": _refusal("AccessDenied")},
    ],
)
def test_other_refusals_are_errors(answers: dict[str, Answer]) -> None:
    with pytest.raises(ServiceFailed):
        reader.read_bucket(_S3(**answers), "b", OWNER)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (HERE, Whereabouts("eu-central-1")),
        (_refusal("301", "eu-west-1"), Whereabouts("eu-west-1")),
        (_refusal("404"), Whereabouts()),
        (_refusal("403"), Whereabouts(closed=True)),
    ],
)
def test_a_bucket_is_found_in_one_call(head: Answer, found: Whereabouts) -> None:
    s3 = _S3(head_bucket=head)
    assert reader.find_bucket(s3, "b", OWNER) == found
    assert s3.calls == ["head_bucket"]
