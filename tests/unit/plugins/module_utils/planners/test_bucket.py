"""A bucket of others is looked at, one of ours kept safe, a missing one made only if asked."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import buckets
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket import Bucket, Wanted, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
WANTED = Wanted(OWNER, "sources", tags={"team": "a"})
MAKING = replace(WANTED, create=True)
TLS = buckets.tls_only("aws", "sources")
POLICY = {"Version": "2012-10-17", "Statement": [TLS]}
OURS = Bucket("eu-central-1", WANTED.marked, buckets.PUBLIC_ACCESS_BLOCK, POLICY)
OWNED = {"Bucket": "sources", "ExpectedBucketOwner": "123456789012"}


def _changes(wanted: Wanted, actual: Bucket | None) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(wanted, actual).changes]


def _tags(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_missing_bucket_is_made_safe(region: str) -> None:
    owner = wiring(f"arn:aws:eks:{region}:123456789012:cluster/one/epinio")
    wanted = replace(MAKING, wiring=owner)
    constraint = {} if region == "us-east-1" else {"LocationConstraint": region}
    configuration = {"Tags": _tags(wanted.marked), **constraint}
    block = {"PublicAccessBlockConfiguration": buckets.PUBLIC_ACCESS_BLOCK}
    created, blocked, closed = _changes(wanted, None)
    assert created == ("s3.create_bucket", {"Bucket": "sources", "CreateBucketConfiguration": configuration})
    assert blocked == ("s3.put_public_access_block", {**OWNED, **block})
    assert closed[0] == "s3.put_bucket_policy"
    assert json.loads(closed[1].pop("Policy")) == POLICY
    assert closed[1] == OWNED
    assert plan(wanted, None).before == {}
    after = plan(wanted, None).after
    assert after == plan(wanted, replace(OURS, region=region, tags=wanted.marked)).before
    assert (after["ours"], after["account"], after["arn"]) == (True, "123456789012", "arn:aws:s3:::sources")


def test_a_missing_bucket_is_refused_unless_asked_for() -> None:
    with pytest.raises(Refused, match="epinio_create_bucket"):
        plan(WANTED, None)


@pytest.mark.parametrize("create", [True, False])
def test_another_region_is_refused_naming_both(create: bool) -> None:
    with pytest.raises(Refused, match=r"eu-west-1.*eu-central-1.*epinio_bucket"):
        plan(replace(WANTED, create=create), Bucket("eu-west-1"))


@pytest.mark.parametrize(
    ("tags", "word"),
    [
        (None, "s3:GetBucketTagging"),
        ({}, "not made by this collection"),
        ({"epinio.aws/wiring": str(OWNER)}, "not made by this collection"),
        (OTHER.tags({}), "cluster/two"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_nothing_is_changed_on_a_bucket_of_others(tags: dict[str, str] | None, word: str, create: bool) -> None:
    found = plan(replace(WANTED, create=create), Bucket("eu-central-1", tags))
    assert (found.changes, found.before) == ((), found.after)
    assert [word in notice for notice in found.notices] == [True]
    assert found.after["ours"] is False
    assert set(found.after) == set(plan(MAKING, None).after)


def test_ours_stays() -> None:
    found = plan(WANTED, OURS)
    assert (found.changes, found.notices, found.before) == ((), (), found.after)


def test_ours_is_finished() -> None:
    half = Bucket("eu-central-1", WANTED.marked)
    assert [operation for operation, _arguments in _changes(WANTED, half)] == [
        "s3.put_public_access_block",
        "s3.put_bucket_policy",
    ]
    assert plan(WANTED, half).after == plan(MAKING, None).after


def test_only_differences_are_written() -> None:
    opened = {**buckets.PUBLIC_ACCESS_BLOCK, "BlockPublicPolicy": False}
    assert [operation for operation, _ in _changes(WANTED, replace(OURS, public_access_block=opened))] == [
        "s3.put_public_access_block"
    ]
    reordered = {"Statement": {**TLS, "Resource": list(reversed(TLS["Resource"]))}, "Version": "2012-10-17"}
    unchanged = plan(WANTED, replace(OURS, policy=reordered))
    assert (unchanged.changes, unchanged.before) == ((), unchanged.after)


def test_statements_of_others_are_kept() -> None:
    theirs = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": "1"}, "Action": "s3:GetObject", "Resource": "*"}
    weakened = {**TLS, "Action": "s3:GetObject"}
    actual = {"Version": "2008-10-17", "Id": "X", "Statement": [weakened, theirs]}
    ((operation, arguments),) = _changes(WANTED, replace(OURS, policy=actual))
    assert operation == "s3.put_bucket_policy"
    assert json.loads(arguments["Policy"]) == {**actual, "Statement": [TLS, theirs]}


def test_tags_of_others_are_kept() -> None:
    actual = {**WANTED.marked, "team": "b", "theirs": "x", "aws:cloudformation:stack-name": "s"}
    assert _changes(WANTED, replace(OURS, tags=actual)) == [
        ("s3.put_bucket_tagging", {**OWNED, "Tagging": {"TagSet": _tags({**WANTED.marked, "theirs": "x"})}})
    ]
    assert plan(WANTED, replace(OURS, tags=actual)).after["tags"] == {**actual, "team": "a"}


@pytest.mark.parametrize("change", [{"name": "Bad_Name"}, {"tags": {"a": "*"}}])
def test_what_s3_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(WANTED, **change)
