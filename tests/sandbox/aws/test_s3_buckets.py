"""S3: buckets with names, owners, tags and settings."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import allow, deny, document, new_account, refusal
from tests.sandbox.aws.iam_objects import role_client


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_tags_that_come_with_the_bucket(aws: StandIn, account: str, region: str) -> None:
    """botocore's S3 model: CreateBucketConfiguration.Tags; moto drops them."""
    s3 = aws.client("s3", account, region=region)
    configuration: dict[str, Any] = {"Tags": [{"Key": "epinio.aws/wiring", "Value": "a/b"}]}
    if region != "us-east-1":
        configuration["LocationConstraint"] = region
    s3.create_bucket(Bucket=f"tagged-{account}", CreateBucketConfiguration=configuration)
    assert s3.get_bucket_tagging(Bucket=f"tagged-{account}")["TagSet"] == configuration["Tags"]
    untagged = {"LocationConstraint": region} if region != "us-east-1" else None
    s3.create_bucket(Bucket=f"plain-{account}", **({"CreateBucketConfiguration": untagged} if untagged else {}))
    assert refusal(s3.get_bucket_tagging, Bucket=f"plain-{account}")[:2] == ("NoSuchTagSet", 404)


def test_tags_at_creation_need_a_right(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    """S3 User Guide: CreateBucket with tags needs s3:TagResource."""
    client = role_client(aws, iam, sts, account, "r", document(allow("s3:CreateBucket")))
    configuration = {"Tags": [{"Key": "a", "Value": "b"}]}
    tagged = {"Bucket": f"tagged-{account}", "CreateBucketConfiguration": configuration}
    assert "s3:TagResource" in refusal(client.create_bucket, **tagged)[2]
    client.create_bucket(Bucket=f"plain-{account}")


@pytest.mark.parametrize("name", ["Bad_Name", "192.168.5.4", "ab", "a..b", "-a-b"])
def test_bucket_names(aws: StandIn, account: str, name: str) -> None:
    """S3 User Guide, "Bucket naming rules"."""
    url, keys = f"{aws.url}/{name}", aws.credentials(account)
    request = AWSRequest("PUT", url)
    S3SigV4Auth(Credentials(*keys.values()), "s3", "us-east-1").add_auth(request)
    with pytest.raises(OSError, match="400"):
        urlopen(Request(url, method="PUT", headers=dict(request.headers.items())), timeout=10)


def test_making_a_bucket_again(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """S3 API reference, CreateBucket: 200 in us-east-1 only; another's bucket is BucketAlreadyExists."""
    s3.create_bucket(Bucket=bucket)
    stranger = aws.client("s3", new_account())
    assert refusal(stranger.create_bucket, Bucket=bucket)[0] == "BucketAlreadyExists"
    there = aws.client("s3", account, region="eu-west-1")
    create = {"Bucket": f"eu-{account}", "CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    there.create_bucket(**create)
    assert refusal(there.create_bucket, **create)[0] == "BucketAlreadyOwnedByYou"


def test_the_expected_owner(s3: Any, bucket: str, account: str) -> None:
    """S3 User Guide, "Verifying bucket ownership": 403 AccessDenied; moto ignores it."""
    s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    assert refusal(s3.head_bucket, Bucket=bucket, ExpectedBucketOwner="999999999999")[1] == 403
    wrong = {"Bucket": bucket, "ExpectedBucketOwner": "999999999999"}
    assert refusal(s3.list_objects_v2, **wrong) == ("AccessDenied", 403, "Access Denied")


def test_settings_of_a_bucket(s3: Any, bucket: str) -> None:
    assert refusal(s3.get_public_access_block, Bucket=bucket)[:2] == ("NoSuchPublicAccessBlockConfiguration", 404)
    names = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    blocked = dict.fromkeys(names, True)
    s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=blocked)
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"] == blocked
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[:2] == ("NoSuchBucketPolicy", 404)
    text = document(allow("s3:*", "arn:aws:s3:::other", Principal="*"))
    assert refusal(s3.put_bucket_policy, Bucket=bucket, Policy=text)[:2] == ("MalformedPolicy", 400)
    right = document(deny("s3:*", f"arn:aws:s3:::{bucket}/*", Principal="*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=right)
    assert s3.get_bucket_policy(Bucket=bucket)["Policy"] == right
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    assert refusal(s3.get_bucket_policy, Bucket=bucket)[0] == "NoSuchBucketPolicy"


def test_other_calls_are_not_there(s3: Any, bucket: str) -> None:
    source = {"Bucket": bucket, "Key": "k"}
    assert refusal(s3.copy_object, Bucket=bucket, Key="l", CopySource=source)[:2] == ("StandInNotImplemented", 501)
    assert refusal(s3.get_bucket_website, Bucket=bucket)[:2] == ("StandInNotImplemented", 501)
