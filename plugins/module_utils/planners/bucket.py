# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the bucket for sources: one that exists is left as it is, one that we made is kept safe.

A bucket is never deleted, nor is anything changed on one that does not carry this wiring's mark.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, buckets, documents, names, tags
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan


@dataclass(frozen=True)
class Bucket:
    """A bucket of the wiring's account that exists.

    `tags` is `None` where the caller may not read them. `public_access_block` and `policy` are read only of a bucket
    that carries the wiring's mark; `None` where there is none.
    """

    region: str
    tags: Mapping[str, str] | None = None
    public_access_block: Mapping[str, bool] | None = None
    policy: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Wanted:
    """The bucket as it is wanted, in the region and the account of the wiring's cluster."""

    wiring: Wiring
    name: str
    create: bool = False
    tags: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        buckets.check_name(self.name)
        names.check_tags(self.marked)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)

    @property
    def region(self) -> str:
        return self.wiring.cluster.region

    @property
    def owned(self) -> dict[str, str]:
        """The arguments by which S3 refuses a bucket that passed to another account."""
        return {"Bucket": self.name, "ExpectedBucketOwner": self.wiring.cluster.account}

    def policy(self, actual: Mapping[str, Any] | None) -> dict[str, Any]:
        """The bucket's policy with our statement; statements of others stay."""
        statement = buckets.tls_only(self.wiring.cluster.partition, self.name)
        return documents.with_statement(actual or documents.document(), statement)


def plan(wanted: Wanted, actual: Bucket | None) -> Plan:
    """The changes that make the bucket what is wanted.

    Raises `Refused` for a missing bucket that must not be created, and for one in another region.
    """
    if actual is None:
        _check_creation(wanted)
        made = Bucket(wanted.region, wanted.marked)
        return Plan({}, _view(wanted, _finished(wanted, made)), (_create(wanted), *_changes(wanted, made)))
    if actual.region != wanted.region:
        raise Refused(
            f"The bucket {wanted.name} is in {actual.region}, the cluster in {wanted.region}: "
            f"set epinio_bucket to a bucket in {wanted.region}."
        )
    if not _is_ours(wanted, actual):
        view = _view(wanted, actual)
        return Plan(view, view, notices=(_notice(wanted, actual),))
    return Plan(_view(wanted, actual), _view(wanted, _finished(wanted, actual)), tuple(_changes(wanted, actual)))


def _check_creation(wanted: Wanted) -> None:
    if not wanted.create:
        raise Refused(
            f"The bucket {wanted.name} does not exist. Check the spelling of epinio_bucket, "
            "or set epinio_create_bucket to true to have it made."
        )


def _is_ours(wanted: Wanted, actual: Bucket) -> bool:
    return wanted.wiring.mark(actual.tags or {}) is Mark.OURS


def _notice(wanted: Wanted, actual: Bucket) -> str:
    whose = "was not made by this collection"
    if actual.tags is None:
        whose = "counts as not ours, because its tags may not be read (s3:GetBucketTagging)"
    elif wanted.wiring.mark(actual.tags) is Mark.ANOTHER_WIRING:
        whose = f"was made by wiring {actual.tags.get(WIRING, '(unnamed)')}"
    return f"Bucket {wanted.name} {whose}; it is used and left as it is."


def _finished(wanted: Wanted, actual: Bucket) -> Bucket:
    """The bucket after the changes."""
    marks = {**(actual.tags or {}), **wanted.marked}
    return Bucket(actual.region, marks, buckets.PUBLIC_ACCESS_BLOCK, wanted.policy(actual.policy))


def _changes(wanted: Wanted, actual: Bucket) -> Iterator[Change]:
    """What a bucket of ours still lacks."""
    present = dict(actual.tags or {})
    lacking = tags.missing(wanted.marked, present)
    if lacking:
        # S3 replaces the whole set of tags, but for AWS's own, which cannot be sent.
        kept = {key: value for key, value in present.items() if not key.lower().startswith("aws:")}
        yield Change(
            f"tag bucket {wanted.name} with {', '.join(sorted(lacking))}",
            "s3.put_bucket_tagging",
            {**wanted.owned, "Tagging": {"TagSet": tags.to_aws({**kept, **lacking})}},
        )
    if actual.public_access_block != buckets.PUBLIC_ACCESS_BLOCK:
        yield Change(
            f"block public access to bucket {wanted.name}",
            "s3.put_public_access_block",
            {**wanted.owned, "PublicAccessBlockConfiguration": buckets.PUBLIC_ACCESS_BLOCK},
        )
    policy = wanted.policy(actual.policy)
    if actual.policy is None or not documents.equal(policy, actual.policy):
        yield Change(
            f"refuse access to bucket {wanted.name} without TLS",
            "s3.put_bucket_policy",
            {**wanted.owned, "Policy": documents.text(policy)},
        )


def _create(wanted: Wanted) -> Change:
    configuration: dict[str, Any] = {"Tags": tags.to_aws(wanted.marked)}
    # us-east-1 is no LocationConstraint (S3's API reference, CreateBucket).
    if wanted.region != "us-east-1":
        configuration["LocationConstraint"] = wanted.region
    arguments = {"Bucket": wanted.name, "CreateBucketConfiguration": configuration}
    return Change(f"create bucket {wanted.name} in {wanted.region}", "s3.create_bucket", arguments)


def _view(wanted: Wanted, bucket: Bucket) -> dict[str, Any]:
    cluster = wanted.wiring.cluster
    return {
        "name": wanted.name,
        "arn": arns.bucket_arn(cluster.partition, wanted.name),
        "region": bucket.region,
        "account": cluster.account,
        "ours": _is_ours(wanted, bucket),
        "tags": dict(bucket.tags or {}),
        "public_access_block": dict(bucket.public_access_block or {}),
        "policy": dict(bucket.policy or {}),
    }
