"""A role, taken back in the stand-in; what is left, and nothing else, is read with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.converge import carry_out
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_removal import Unwanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.iam import read_role_to_remove

from tests.integration.aws_site import ISSUER, Site

MODULE = "epinio_irsa_role"
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
READS = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"]


def _policy(site: Site, name: str) -> str:
    return str(site.client("iam").create_policy(PolicyName=name, PolicyDocument=DOCUMENT)["Policy"]["Arn"])


@pytest.fixture
def args(site: Site) -> dict[str, Any]:
    """What takes back a role that was made just now, with two policies of ours."""
    site.run("epinio_oidc_provider", {"issuer": ISSUER})
    policies = [_policy(site, "Server"), _policy(site, "Staging")]
    account = {"issuer": ISSUER, "service_account": "epinio-server"}
    made = site.run(MODULE, {"name": "r", "policies": policies[:1], **account})
    assert made["changed"], made
    return {
        "name": "r",
        "policies": policies[:1],
        "retired_policies": policies[1:],
        "issuer": ISSUER,
        "state": "absent",
    }


def _role(site: Site) -> dict[str, Any] | None:
    """All that IAM says about the role; None if there is none."""
    iam = site.client("iam")
    try:
        found = iam.get_role(RoleName="r")["Role"]
    except iam.exceptions.NoSuchEntityException:
        return None
    profiles = iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]
    statements = found["AssumeRolePolicyDocument"]["Statement"]
    return {
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        "trusted": [one["Principal"] for one in (statements if isinstance(statements, list) else [statements])],
        "policies": {one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]},
        "inline": iam.list_role_policies(RoleName="r")["PolicyNames"],
        "profiles": [one["InstanceProfileName"] for one in profiles],
    }


def _operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"].removeprefix("iam.") for change in result["changes"]]


def test_ours_goes(site: Site, args: dict[str, Any]) -> None:
    site.client("iam").attach_role_policy(RoleName="r", PolicyArn=args["retired_policies"][0])
    site.client("iam").tag_role(RoleName="r", Tags=[{"Key": "theirs", "Value": "x"}])
    before = len(site.actions())
    removed = site.applied(MODULE, args)
    assert site.actions()[before : before + 4] == READS
    assert _operations(removed) == ["detach_role_policy", "detach_role_policy", "delete_role"]
    assert (removed["role"], removed["residue"], removed["diff"]["after"]) == ({}, [], {})
    assert "theirs" in removed["notices"][0]
    assert _role(site) is None
    assert site.unchanged(MODULE, args) == ["iam:GetRole"]


def _attach(site: Site) -> None:
    site.client("iam").attach_role_policy(RoleName="r", PolicyArn=_policy(site, "Theirs"))


def _inline(site: Site) -> None:
    site.client("iam").put_role_policy(RoleName="r", PolicyName="more", PolicyDocument=DOCUMENT)


def _profile(site: Site) -> None:
    site.client("iam").create_instance_profile(InstanceProfileName="nodes")
    site.client("iam").add_role_to_instance_profile(InstanceProfileName="nodes", RoleName="r")


def _statement(site: Site) -> None:
    iam = site.client("iam")
    found = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    ours = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    trust = json.dumps({**found, "Statement": [*ours, EC2]})
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust)


@pytest.mark.parametrize(
    ("add", "word"),
    [
        (_attach, "policy/Theirs is attached"),
        (_inline, "inline policy more"),
        (_profile, "instance profile nodes"),
        (_statement, "ec2.amazonaws.com"),
    ],
)
def test_what_somebody_else_added_keeps_it(
    site: Site, args: dict[str, Any], add: Callable[[Site], None], word: str
) -> None:
    add(site)
    before = _role(site)
    assert before is not None
    removed = site.applied(MODULE, args)
    after = _role(site)
    trusted = [{"Service": "ec2.amazonaws.com"}] if add is _statement else before["trusted"]
    assert after == {**before, "policies": before["policies"] - set(args["policies"]), "trusted": trusted}
    (residue,) = removed["residue"]
    assert (residue["object"], word in residue["reason"]) == ("role r", True)
    assert removed["role"]["policies"] == sorted(after["policies"])
    assert site.unchanged(MODULE, args) == READS
    assert site.run(MODULE, args)["residue"] == removed["residue"]


def test_the_advice_takes_it_away(site: Site, args: dict[str, Any]) -> None:
    """Every command of the advice is one call of IAM; together they leave nothing."""
    for add in (_attach, _inline, _profile, _statement):
        add(site)
    (residue,) = site.applied(MODULE, args)["residue"]
    site.follow(residue["advice"])
    assert _role(site) is None


@pytest.mark.parametrize("whose", ["another wiring's", "nobody's"])
def test_what_is_not_ours_is_not_touched(site: Site, args: dict[str, Any], whose: str) -> None:
    if whose == "nobody's":
        site.client("iam").untag_role(RoleName="r", TagKeys=["epinio.aws/managed-by", "epinio.aws/wiring"])
    else:
        args = {**args, "wiring": site.wiring("two")}
    before, written = _role(site), site.writes()
    found = site.run(MODULE, args)
    (residue,) = found["residue"]
    assert residue["wiring"] == ("" if whose == "nobody's" else site.wiring())
    assert found["role"]["policies"] == args["policies"]
    site.unchanged(MODULE, args)
    assert (_role(site), site.writes()) == (before, written)


def test_one_that_goes_meanwhile_is_gone(site: Site, args: dict[str, Any]) -> None:
    iam, owner = site.client("iam"), wiring(site.wiring())
    unwanted = Unwanted(owner, "r", (*args["policies"], *args["retired_policies"]))
    planned = plan(unwanted, read_role_to_remove(iam, "r", owner))
    iam.detach_role_policy(RoleName="r", PolicyArn=args["policies"][0])
    iam.delete_role(RoleName="r")
    _, made = carry_out(planned, lambda: planned, {"iam": iam})
    assert made == planned.changes
    assert _role(site) is None


def test_only_what_is_needed_is_asked_for(site: Site, args: dict[str, Any]) -> None:
    nothing = {name: value for name, value in args.items() if name != "issuer"}
    assert "issuer, service_account" in site.refused(MODULE, {**nothing, "state": "present"})
    assert "malformed" in site.refused(MODULE, {**args, "name": "a b"})
