"""A managed policy, taken back in the stand-in; what is left, and nothing else, is read with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.converge import carry_out
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy_removal import Unwanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import read_policy_to_remove

from tests.integration.aws_site import Site

MODULE = "epinio_iam_policy"
ARGS = {"name": "p", "path": "/team/", "state": "absent"}
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READS = [
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:ListPolicyVersions",
    "iam:ListEntitiesForPolicy",
    "iam:ListEntitiesForPolicy",
]


@pytest.fixture
def arn(site: Site) -> str:
    """A policy that was made just now."""
    made = site.run(MODULE, {"name": "p", "path": "/team/", "access": "staging", "bucket": "sources"})
    return str(made["policy"]["arn"])


def _policy(site: Site, arn: str) -> tuple[list[str], int, int] | None:
    """Versions, attachments and uses as boundary; None if there is no such policy."""
    iam = site.client("iam")
    try:
        found = iam.get_policy(PolicyArn=arn)["Policy"]
    except iam.exceptions.NoSuchEntityException:
        return None
    versions = [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]]
    return versions, found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]


def _operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"].removeprefix("iam.") for change in result["changes"]]


def _add_versions(site: Site, arn: str, count: int) -> None:
    for number in range(count):
        statement = {"Effect": "Allow", "Action": "s3:*", "Resource": f"arn:aws:s3:::b{number}"}
        text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        site.client("iam").create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=number == 1)


def _create_role(site: Site, name: str, **more: str) -> None:
    trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    site.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)


def test_ours_goes_with_all_its_versions(site: Site, arn: str) -> None:
    _add_versions(site, arn, 4)
    before = len(site.actions())
    removed = site.applied(MODULE, ARGS)
    assert site.actions()[before : before + 5] == READS
    assert _operations(removed) == ["delete_policy_version"] * 4 + ["delete_policy"]
    deleted = [change["arguments"]["VersionId"] for change in removed["changes"][:-1]]
    assert deleted == ["v1", "v2", "v4", "v5"]
    assert (removed["policy"], removed["residue"], removed["diff"]["after"]) == ({}, [], {})
    assert _policy(site, arn) is None
    assert site.unchanged(MODULE, ARGS) == ["iam:GetPolicy"]


def _by_user(site: Site, arn: str) -> None:
    site.client("iam").create_user(UserName="u")
    site.client("iam").attach_user_policy(UserName="u", PolicyArn=arn)


def _by_group(site: Site, arn: str) -> None:
    site.client("iam").create_group(GroupName="g")
    site.client("iam").attach_group_policy(GroupName="g", PolicyArn=arn)


def _by_role(site: Site, arn: str) -> None:
    _create_role(site, "r")
    site.client("iam").attach_role_policy(RoleName="r", PolicyArn=arn)


def _as_boundary(site: Site, arn: str) -> None:
    _create_role(site, "ours", PermissionsBoundary=arn)
    site.client("iam").create_user(UserName="bounded", PermissionsBoundary=arn)


@pytest.mark.parametrize(
    ("use", "word"),
    [
        (_by_user, "attached to user u"),
        (_by_group, "attached to group g"),
        (_by_role, "attached to role r"),
        (_as_boundary, "permissions boundary of role ours, user bounded"),
    ],
)
def test_whoever_uses_it_keeps_it(site: Site, arn: str, use: Callable[[Site, str], None], word: str) -> None:
    _add_versions(site, arn, 1)
    use(site, arn)
    before, written = _policy(site, arn), site.writes()
    kept = site.applied(MODULE, {**ARGS, "released_by": ["other"]})
    (residue,) = kept["residue"]
    assert (residue["object"], kept["changed"]) == ("policy p", False)
    assert word in residue["reason"]
    assert (_policy(site, arn), site.writes()) == (before, written)
    site.follow(residue["advice"])
    assert _operations(site.applied(MODULE, ARGS)) == ["delete_policy_version", "delete_policy"]
    assert _policy(site, arn) is None


def test_a_role_that_releases_it_meanwhile_does_not_keep_it(site: Site, arn: str) -> None:
    _by_role(site, arn)
    args = {**ARGS, "released_by": ["r"]}
    planned = site.run(MODULE, args, check=True)
    assert _operations(planned) == ["delete_policy"]
    site.client("iam").detach_role_policy(RoleName="r", PolicyArn=arn)
    assert site.run(MODULE, args)["changes"] == planned["changes"]
    assert _policy(site, arn) is None


def test_a_role_that_aws_still_shows_does_not_keep_it(eventual_site: Site) -> None:
    """In this process, because what was detached lingers for two seconds only."""
    site, owner = eventual_site, wiring(eventual_site.wiring())
    iam, text = site.client("iam"), json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    marks = [{"Key": key, "Value": value} for key, value in owner.tags({}).items()]
    arn = iam.create_policy(PolicyName="p", PolicyDocument=text, Tags=marks)["Policy"]["Arn"]
    _create_role(site, "r")
    time.sleep(site.stand_in.world.consistency.delays.visible_after)
    iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    iam.detach_role_policy(RoleName="r", PolicyArn=arn)
    found = read_policy_to_remove(iam, arn, owner)
    assert found is not None
    assert [use.name for use in found.uses] == ["r"]
    planned = plan(Unwanted(owner, "p", "/", ("r",)), found)
    _, made = carry_out(planned, lambda: planned, {"iam": iam})
    assert made == planned.changes
    assert site.writes().count("iam:DeletePolicy") > 1
    assert iam.list_policies(Scope="Local")["Policies"] == []


@pytest.mark.parametrize("whose", ["another wiring's", "nobody's"])
def test_what_is_not_ours_is_not_touched(site: Site, arn: str, whose: str) -> None:
    args: dict[str, Any] = dict(ARGS)
    if whose == "nobody's":
        site.client("iam").untag_policy(PolicyArn=arn, TagKeys=["epinio.aws/managed-by", "epinio.aws/wiring"])
    else:
        args["wiring"] = site.wiring("two")
    before, written = _policy(site, arn), site.writes()
    (residue,) = site.applied(MODULE, args)["residue"]
    assert residue["wiring"] == ("" if whose == "nobody's" else site.wiring())
    assert site.unchanged(MODULE, args) == READS[:2]
    assert (_policy(site, arn), site.writes()) == (before, written)


def test_what_is_for_one_state_is_asked_for_and_refused(site: Site) -> None:
    present = {"name": "p", "access": "staging", "bucket": "b", "released_by": ["r"]}
    assert "state to absent" in site.refused(MODULE, present)
    assert "access, document" in site.refused(MODULE, {"name": "p"})
