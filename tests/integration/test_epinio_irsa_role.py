"""A role for a service account, made and changed in the stand-in and read back with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.aws_site import ISSUER, Site

MODULE = "epinio_irsa_role"
BASIC = {"name": "r", "issuer": ISSUER, "service_account": "epinio-server", "tags": {"team": "a"}}
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}


@pytest.fixture
def args(site: Site) -> dict[str, Any]:
    """What is wanted, once provider and policies are there."""
    site.run("epinio_oidc_provider", {"issuer": ISSUER})
    return {**BASIC, "policies": [_policy(site, "Ours")]}


def _policy(site: Site, name: str) -> str:
    document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    return str(site.client("iam").create_policy(PolicyName=name, PolicyDocument=document)["Policy"]["Arn"])


def _operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"] for change in result["changes"]]


def _attached(site: Site) -> set[str]:
    return {
        one["PolicyArn"] for one in site.client("iam").list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    }


def test_made_once(site: Site, args: dict[str, Any]) -> None:
    made = site.applied(MODULE, args)
    role = site.client("iam").get_role(RoleName="r")["Role"]
    host = ISSUER.removeprefix("https://")
    statement = role["AssumeRolePolicyDocument"]["Statement"]
    (statement,) = statement if isinstance(statement, list) else [statement]
    assert statement["Principal"] == {"Federated": f"arn:aws:iam::{site.account}:oidc-provider/{host}"}
    assert statement["Condition"] == {
        "StringEquals": {
            f"{host}:aud": "sts.amazonaws.com",
            f"{host}:sub": "system:serviceaccount:epinio:epinio-server",
        }
    }
    assert made["role"]["arn"] == role["Arn"]
    assert {tag["Key"]: tag["Value"] for tag in role["Tags"]} == made["role"]["tags"]
    assert _attached(site) == set(args["policies"])
    assert site.unchanged(MODULE, args) == ["iam:GetRole", "iam:ListAttachedRolePolicies"]


def test_each_drift_makes_its_own_change(site: Site, args: dict[str, Any]) -> None:
    site.run(MODULE, args)
    iam = site.client("iam")
    iam.detach_role_policy(RoleName="r", PolicyArn=args["policies"][0])
    assert _operations(site.applied(MODULE, args)) == ["iam.attach_role_policy"]
    iam.untag_role(RoleName="r", TagKeys=["team"])
    assert _operations(site.applied(MODULE, args)) == ["iam.tag_role"]
    theirs = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust)
    put_right = site.applied(MODULE, args)
    assert _operations(put_right) == ["iam.update_assume_role_policy"]
    assert "ec2.amazonaws.com" in put_right["notices"][0]
    assert len(iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Statement"]) == 2
    assert len(site.unchanged(MODULE, args)) == 2


def test_boundary_and_settings(site: Site, args: dict[str, Any]) -> None:
    site.run(MODULE, args)
    bounded = {**args, "permissions_boundary": _policy(site, "Boundary"), "max_session_duration": 7200}
    assert _operations(site.applied(MODULE, bounded)) == ["iam.put_role_permissions_boundary", "iam.update_role"]
    role = site.client("iam").get_role(RoleName="r")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == bounded["permissions_boundary"]
    assert (role["MaxSessionDuration"], role["Description"]) == (7200, "Access of Epinio to its S3 bucket")
    assert len(site.unchanged(MODULE, args)) == 2


def test_what_others_attach_is_kept(site: Site, args: dict[str, Any]) -> None:
    site.run(MODULE, args)
    theirs = _policy(site, "Theirs")
    site.client("iam").attach_role_policy(RoleName="r", PolicyArn=theirs)
    found = site.run(MODULE, args)
    assert (found["changed"], theirs in found["notices"][0]) == (False, True)
    assert _attached(site) == {theirs, *args["policies"]}


def test_a_policy_is_exchanged_for_another(site: Site, args: dict[str, Any]) -> None:
    site.run(MODULE, args)
    theirs, later = _policy(site, "Theirs"), _policy(site, "Later")
    site.client("iam").attach_role_policy(RoleName="r", PolicyArn=theirs)
    exchanged = {**args, "policies": [later], "retired_policies": args["policies"]}
    assert _operations(site.applied(MODULE, exchanged)) == ["iam.attach_role_policy", "iam.detach_role_policy"]
    assert _attached(site) == {theirs, later}
    assert len(site.unchanged(MODULE, exchanged)) == 2


def test_an_unmarked_role_is_used_or_refused(site: Site, args: dict[str, Any]) -> None:
    made = site.run(MODULE, args)
    iam = site.client("iam")
    iam.untag_role(RoleName="r", TagKeys=list(made["role"]["tags"]))
    used = site.run(MODULE, args)
    assert (used["changed"], used["role"]["tags"]) == (False, {})
    reads = ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
    assert site.unchanged(MODULE, args) == reads
    document = json.dumps({"Version": "2012-10-17", "Statement": [STATEMENT]})
    iam.put_role_policy(RoleName="r", PolicyName="more", PolicyDocument=document)
    assert "inline policy more" in site.refused(MODULE, args)


def test_refusals(site: Site, args: dict[str, Any]) -> None:
    site.run(MODULE, args)
    assert "epinio_name_suffix" in site.refused(MODULE, {**args, "wiring": site.wiring("two")})
    assert "epinio_iam_path" in site.refused(MODULE, {**args, "path": "/team/"})
    assert "malformed" in site.refused(MODULE, {**args, "service_account": "epinio-*"})
