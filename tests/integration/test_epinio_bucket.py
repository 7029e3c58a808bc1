"""The bucket for sources, made and looked at in the stand-in and read back with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.integration.aws_site import Site

MODULE = "epinio_bucket"


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-1"])
def test_made_safe_once(site: Site, region: str) -> None:
    site = replace(site, region=region)
    args = {"name": f"sources-{site.account}", "create": True, "tags": {"team": "a"}}
    made = site.applied(MODULE, args)
    s3, name = site.client("s3"), args["name"]
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == region == made["bucket"]["region"]
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=name)["TagSet"]}
    assert tags == made["bucket"]["tags"]
    assert tags["epinio.aws/wiring"] == site.wiring()
    block = s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]
    assert list(block.values()) == [True] * 4
    (statement,) = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(site.unchanged(MODULE, args)) == 4


def test_drifts_are_put_right_one_by_one(site: Site) -> None:
    args = {"name": f"sources-{site.account}", "create": True, "tags": {"team": "a"}}
    site.run(MODULE, args)
    s3, name = site.client("s3"), args["name"]
    s3.delete_public_access_block(Bucket=name)
    assert [change["operation"] for change in site.applied(MODULE, args)["changes"]] == ["s3.put_public_access_block"]
    s3.delete_bucket_policy(Bucket=name)
    assert [change["operation"] for change in site.applied(MODULE, args)["changes"]] == ["s3.put_bucket_policy"]
    more = {**args, "tags": {"team": "b", "more": "c"}}
    assert [change["operation"] for change in site.applied(MODULE, more)["changes"]] == ["s3.put_bucket_tagging"]
    assert len(site.unchanged(MODULE, more)) == 4


def test_a_bucket_of_others_is_looked_at(site: Site) -> None:
    args = {"name": f"theirs-{site.account}", "create": True}
    site.client("s3").create_bucket(Bucket=args["name"])
    found = site.run(MODULE, args)
    assert (found["changed"], found["bucket"]["ours"], len(found["notices"])) == (False, False, 1)
    assert site.unchanged(MODULE, args) == ["s3:HeadBucket", "s3:GetBucketTagging"]


def test_refusals(site: Site) -> None:
    name = f"theirs-{site.account}"
    assert "epinio_create_bucket" in site.refused(MODULE, {"name": name})
    assert "epinio_bucket" in site.refused(MODULE, {"name": "Bad_Name", "create": True})
    replace(site, region="eu-west-1").client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    elsewhere = site.refused(MODULE, {"name": name, "create": True})
    assert "eu-west-1" in elsewhere
    assert "us-east-1" in elsewhere
    other = replace(site, account="999999999999")
    other.client("s3").create_bucket(Bucket=f"foreign-{site.account}")
    assert f"another account than {site.account}" in site.refused(MODULE, {"name": f"foreign-{site.account}"})


def test_a_removal_leaves_and_reports_it(site: Site) -> None:
    name = f"sources-{site.account}"
    site.run(MODULE, {"name": name, "create": True})
    s3 = site.client("s3")
    s3.put_object(Bucket=name, Key="blob", Body=b"source")
    args, written = {"name": name, "state": "absent"}, site.writes()
    left = site.applied(MODULE, args)
    assert [one["object"] for one in left["residue"]] == [f"bucket {name}"]
    assert left["bucket"] == {
        "name": name,
        "arn": f"arn:aws:s3:::{name}",
        "region": "us-east-1",
        "account": site.account,
    }
    assert site.unchanged(MODULE, args) == ["s3:HeadBucket"]
    assert site.writes() == written
    assert s3.get_object(Bucket=name, Key="blob")["Body"].read() == b"source"
    assert len(s3.get_bucket_tagging(Bucket=name)["TagSet"]) == 2


def test_a_removal_fails_for_no_bucket(site: Site) -> None:
    name = f"theirs-{site.account}"
    missing = site.applied(MODULE, {"name": name, "state": "absent"})
    assert (missing["bucket"], missing["residue"], missing["notices"]) == ({}, [], [])
    replace(site, region="eu-west-1").client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    elsewhere = site.applied(MODULE, {"name": name, "state": "absent"})
    assert (elsewhere["residue"], "eu-west-1" in elsewhere["notices"][0]) == ([], True)
    replace(site, account="999999999999").client("s3").create_bucket(Bucket=f"foreign-{site.account}")
    foreign = site.applied(MODULE, {"name": f"foreign-{site.account}", "state": "absent"})
    assert (foreign["residue"], f"another account than {site.account}" in foreign["notices"][0]) == ([], True)
