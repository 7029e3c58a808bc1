"""A managed policy, attached to roles of nodes in the stand-in and detached again; boto3 says who has it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.integration.aws_site import Site

MODULE = "epinio_iam_policy"
ARGS: dict[str, Any] = {"name": "p", "path": "/team/", "access": "staging", "bucket": "sources"}
BACK: dict[str, Any] = {"name": "p", "path": "/team/", "state": "absent"}
READS = ["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"]
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def _text(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _arn(site: Site) -> str:
    return f"arn:aws:iam::{site.account}:policy/team/p"


def _roles(site: Site, *names: str) -> None:
    """Roles of nodes as somebody has made them, each with a policy of his own."""
    iam = site.client("iam")
    made = iam.create_policy(PolicyName=f"of-{names[0]}", PolicyDocument=_text(STATEMENT))["Policy"]["Arn"]
    for name in names:
        iam.create_role(RoleName=name, Path="/nodes/", AssumeRolePolicyDocument=_text(TRUST))
    _wait(site)
    for name in names:
        iam.attach_role_policy(RoleName=name, PolicyArn=made)


def _wait(site: Site) -> None:
    """Until AWS shows what was made, and no more what was ended."""
    time.sleep(site.stand_in.world.consistency.delays.visible_after)


def _attached(site: Site) -> list[str]:
    pages = site.client("iam").get_paginator("list_entities_for_policy").paginate(PolicyArn=_arn(site))
    return sorted(role["RoleName"] for page in pages for role in page["PolicyRoles"])


def _policies(site: Site, role: str) -> list[str]:
    found = site.client("iam").list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return sorted(one["PolicyName"] for one in found)


def _operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"].removeprefix("iam.") for change in result["changes"]]


def _exists(site: Site) -> bool:
    return _arn(site) in [one["Arn"] for one in site.client("iam").list_policies(Scope="Local")["Policies"]]


def test_there_and_back(site: Site) -> None:
    _roles(site, "one", "two", "other")
    site.run(MODULE, {**ARGS, "name": "untouched"})
    wanted = {**ARGS, "attach_to": ["two", "one"]}
    before = len(site.actions())
    checked = site.run(MODULE, wanted, check=True)
    # A policy that is not there yet is attached to nobody.
    assert site.actions()[before:] == ["iam:GetPolicy", *["iam:ListAttachedRolePolicies"] * 2]
    made = site.applied(MODULE, wanted)
    assert made["changes"] == checked["changes"]
    assert _operations(made) == ["create_policy", "attach_role_policy", "attach_role_policy"]
    assert [change["arguments"]["RoleName"] for change in made["changes"][1:]] == ["two", "one"]
    assert made["policy"]["attached_to"] == ["one", "two"] == _attached(site)
    assert site.unchanged(MODULE, wanted) == READS

    added = site.applied(MODULE, {**ARGS, "attach_to": ["one", "other"], "detach_from": ["two", "gone"]})
    assert _operations(added) == ["attach_role_policy", "detach_role_policy"]
    assert added["policy"]["attached_to"] == ["one", "other"] == _attached(site)
    # It is asked for only where somebody wants to know.
    assert site.unchanged(MODULE, ARGS) == READS[:2]
    assert "attached_to" not in site.run(MODULE, ARGS)["policy"]

    gone = site.applied(MODULE, {**BACK, "detach_from": ["one", "two", "other"]})
    assert _operations(gone) == ["detach_role_policy", "detach_role_policy", "delete_policy"]
    assert (gone["policy"], gone["residue"], _exists(site)) == ({}, [], False)
    assert [_policies(site, role) for role in ("one", "two", "other")] == [["of-one"]] * 3
    assert site.unchanged(MODULE, {**BACK, "detach_from": ["one"]}) == ["iam:GetPolicy"]


def test_whoever_else_uses_it_keeps_it(site: Site) -> None:
    _roles(site, "ours", "theirs")
    site.run(MODULE, {**ARGS, "attach_to": ["ours"]})
    iam = site.client("iam")
    iam.attach_role_policy(RoleName="theirs", PolicyArn=_arn(site))
    assert site.run(MODULE, {**ARGS, "attach_to": ["ours"]})["policy"]["attached_to"] == ["ours", "theirs"]
    kept = site.applied(MODULE, {**BACK, "detach_from": ["ours"]})
    assert _operations(kept) == ["detach_role_policy"]
    assert kept["policy"]["attached_to"] == ["theirs"] == _attached(site)
    (residue,) = kept["residue"]
    assert residue["reason"].endswith("it is attached to role theirs")
    site.follow(residue["advice"])
    site.applied(MODULE, {**BACK, "detach_from": ["ours"]})
    assert not _exists(site)


def test_a_role_that_is_gone_is_done(site: Site) -> None:
    _roles(site, "one", "two")
    site.run(MODULE, {**ARGS, "attach_to": ["one", "two"]})
    iam = site.client("iam")
    for policy in iam.list_attached_role_policies(RoleName="two")["AttachedPolicies"]:
        iam.detach_role_policy(RoleName="two", PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName="two")
    assert _operations(site.applied(MODULE, {**BACK, "detach_from": ["one", "two"]})) == [
        "detach_role_policy",
        "delete_policy",
    ]


def test_a_policy_of_somebody_else_is_attached_and_detached_but_never_deleted(site: Site) -> None:
    _roles(site, "one")
    document = {"Version": "2012-10-17", "Statement": [{**STATEMENT, "Sid": "Theirs"}]}
    site.client("iam").create_policy(PolicyName="p", Path="/team/", PolicyDocument=json.dumps(document))
    own: dict[str, Any] = {"name": "p", "path": "/team/", "document": document}
    made = site.applied(MODULE, {**own, "attach_to": ["one"]})
    assert (_operations(made), _attached(site)) == (["attach_role_policy"], ["one"])
    assert made["policy"]["tags"] == {}
    kept = site.applied(MODULE, {**BACK, "detach_from": ["one"]})
    assert (_operations(kept), _attached(site), _exists(site)) == (["detach_role_policy"], [], True)
    assert "not made by this collection" in kept["residue"][0]["reason"]
    assert site.unchanged(MODULE, {**BACK, "detach_from": ["one"]}) == READS


def test_what_another_wiring_has_is_refused_and_left(site: Site) -> None:
    _roles(site, "one")
    site.run(MODULE, {**ARGS, "attach_to": ["one"]})
    other = {"wiring": site.wiring("two")}
    assert "cluster/one/epinio" in site.refused(MODULE, {**ARGS, **other, "attach_to": ["one"]})
    kept = site.applied(MODULE, {**BACK, **other, "detach_from": ["one"]})
    assert (kept["changed"], kept["residue"][0]["wiring"], _attached(site)) == (False, site.wiring(), ["one"])


@pytest.mark.parametrize(
    ("args", "word"),
    [
        ({**ARGS, "attach_to": ["one", "missing"]}, "no role missing in the account"),
        ({**ARGS, "attach_to": ["nodes/one"]}, "epinio_node_role_names"),
        ({**ARGS, "attach_to": ["one"], "detach_from": ["one"]}, "in attach_to and in detach_from"),
        ({**BACK, "attach_to": ["one"]}, "attach_to is for a policy that is to exist"),
    ],
)
def test_refusals_come_before_the_policy_is_made(site: Site, args: dict[str, Any], word: str) -> None:
    _roles(site, "one")
    assert word in site.refused(MODULE, args)
    assert not _exists(site)


def test_the_quota_of_a_role_is_explained(site: Site) -> None:
    _roles(site, "full")
    iam = site.client("iam")
    for number in range(9):
        made = iam.create_policy(PolicyName=f"extra-{number}", PolicyDocument=_text(STATEMENT))["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="full", PolicyArn=made)
    wanted = {**ARGS, "attach_to": ["full"]}
    (notice,) = site.run(MODULE, wanted, check=True)["notices"]
    assert "Role full has 10 policies attached" in notice
    failed = site.run(MODULE, wanted)
    assert failed["failed"]
    for part in (f"Could not attach {_arn(site)} to role full", "PoliciesPerRole: 10", "have it raised"):
        assert part in failed["msg"]
    iam.detach_role_policy(RoleName="full", PolicyArn=made)
    assert _operations(site.run(MODULE, wanted)) == ["attach_role_policy"]


def test_what_aws_does_not_show_yet_is_waited_for(eventual_site: Site) -> None:
    site = eventual_site
    _roles(site, "one")
    made = site.run(MODULE, {**ARGS, "attach_to": ["one"]})
    assert _operations(made) == ["create_policy", "attach_role_policy"]
    # The first is that of the role's own policy.
    assert site.writes().count("iam:AttachRolePolicy") > 2
    _wait(site)
    gone = site.run(MODULE, {**BACK, "detach_from": ["one"]})
    assert _operations(gone) == ["detach_role_policy", "delete_policy"]
    assert site.writes().count("iam:DeletePolicy") > 1
    assert (_policies(site, "one"), _exists(site)) == (["of-one"], False)
