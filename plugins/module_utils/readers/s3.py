# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What S3 says about a bucket: the only file that knows boto3's answers about buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import tags
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import (
    ForeignAnswer,
    Refused,
    ServiceFailed,
    attempting,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket import Bucket
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket_removal import Whereabouts
from ansible_collections.epinio.aws.plugins.module_utils.readers.bucket_policies import read_policy_of
from ansible_collections.epinio.aws.plugins.module_utils.readers.finding import read_one

# S3's answers to a request at another region than the bucket's; the region is in the header below.
_ELSEWHERE = ("301", "400", "PermanentRedirect", "AuthorizationHeaderMalformed")
_REGION_HEADER = "x-amz-bucket-region"


def read_bucket(s3: Any, name: str, wiring: Wiring) -> Bucket | None:
    """A bucket of the wiring's account in two calls, four if it carries the wiring's mark; `None` if there is none.

    Raises `Refused` for a bucket that is another account's or closed to the caller.
    """
    owned = _owned(name, wiring)
    found = _whereabouts(s3, owned)
    if found.closed:
        raise Refused(_closed(s3, owned))
    if found.region != wiring.cluster.region:
        # What lies elsewhere is refused by the planner: nothing more is asked about it.
        return Bucket(found.region) if found.region else None
    marks = _tags(s3, owned)
    if wiring.mark(marks or {}) is not Mark.OURS:
        return Bucket(found.region, marks)
    return Bucket(found.region, marks, _public_access_block(s3, owned), read_policy_of(s3, owned))


def find_bucket(s3: Any, name: str, wiring: Wiring) -> Whereabouts:
    """Where a bucket is, in one call."""
    return _whereabouts(s3, _owned(name, wiring))


def _owned(name: str, wiring: Wiring) -> dict[str, str]:
    """The arguments by which S3 refuses a bucket of another account than the wiring's."""
    return {"Bucket": name, "ExpectedBucketOwner": wiring.cluster.account}


def _whereabouts(s3: Any, owned: Mapping[str, str]) -> Whereabouts:
    try:
        with attempting(f"find bucket {owned['Bucket']}"):
            return _found(s3.head_bucket(**owned))
    except ServiceFailed as error:
        elsewhere = _header(error)
        if error.code in _ELSEWHERE and elsewhere:
            return Whereabouts(elsewhere)
        if error.code in ("404", "NoSuchBucket"):
            return Whereabouts()
        if error.code in ("403", "AccessDenied"):
            return Whereabouts(closed=True)
        raise


def _found(answer: Mapping[str, Any]) -> Whereabouts:
    region = answer.get("BucketRegion") or _headers(answer).get(_REGION_HEADER)
    if not region:
        raise ForeignAnswer(f"the answer is not S3's (it lacks the header {_REGION_HEADER})")
    return Whereabouts(str(region))


def _header(error: ServiceFailed) -> str:
    return _headers(getattr(error.__cause__, "response", {})).get(_REGION_HEADER, "")


def _headers(answer: Mapping[str, Any]) -> Mapping[str, str]:
    headers: Mapping[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def _closed(s3: Any, owned: Mapping[str, str]) -> str:
    """Why HeadBucket answers 403: its answer has no body, so the same question is asked as ListObjectsV2."""
    try:
        with attempting(f"look into bucket {owned['Bucket']}"):
            s3.list_objects_v2(**owned, MaxKeys=1)
    except ServiceFailed as error:
        reason = str(error)
    else:
        reason = f"Could not look into bucket {owned['Bucket']}: HeadBucket answers 403."
    return (
        f"{reason} Either it belongs to another account than {owned['ExpectedBucketOwner']}: set epinio_bucket to a "
        "bucket of this account. Or the caller lacks s3:ListBucket on it, or its policy keeps the caller out."
    )


def _tags(s3: Any, owned: Mapping[str, str]) -> dict[str, str] | None:
    """The bucket's tags; `None` where the caller may not read them."""
    try:
        attempt = f"read the tags of bucket {owned['Bucket']}"
        found = read_one(attempt, "NoSuchTagSet", lambda: s3.get_bucket_tagging(**owned))
    except ServiceFailed as error:
        if error.code == "AccessDenied":
            return None
        raise
    return tags.from_aws(found["TagSet"]) if found else {}


def _public_access_block(s3: Any, owned: Mapping[str, str]) -> dict[str, bool] | None:
    attempt = f"read the public access block of bucket {owned['Bucket']}"
    found = read_one(attempt, "NoSuchPublicAccessBlockConfiguration", lambda: s3.get_public_access_block(**owned))
    return found and dict(found["PublicAccessBlockConfiguration"])
