"""Instance profiles; moto shows new ones at once, takes any spelling of a name twice and asks nobody for PassRole."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, document, keys_of, refusal, trust

EC2 = trust({"Service": "ec2.amazonaws.com"})
NAMED = {"InstanceProfileName": "nodes"}
BOTH = {**NAMED, "RoleName": "nodes"}


@pytest.fixture
def role(iam: Any) -> str:
    """A role that EC2 may assume."""
    arn: str = iam.create_role(RoleName="nodes", Path="/team/", AssumeRolePolicyDocument=EC2)["Role"]["Arn"]
    return arn


def test_a_profile_and_its_role(iam: Any, role: str, account: str) -> None:
    """botocore's IAM model: members of InstanceProfile; its path is its own, not the role's."""
    made = iam.create_instance_profile(**NAMED, Path="/pools/")["InstanceProfile"]
    assert made["Arn"] == f"arn:aws:iam::{account}:instance-profile/pools/nodes"
    assert made["Roles"] == []
    iam.add_role_to_instance_profile(**BOTH)
    found = iam.get_instance_profile(**NAMED)["InstanceProfile"]
    assert [each["Arn"] for each in found["Roles"]] == [role]
    listed = iam.list_instance_profiles_for_role(RoleName="nodes")["InstanceProfiles"]
    assert [each["InstanceProfileName"] for each in listed] == ["nodes"]
    assert refusal(iam.delete_role, RoleName="nodes")[0] == "DeleteConflict"
    assert refusal(iam.delete_instance_profile, **NAMED)[0] == "DeleteConflict"
    iam.remove_role_from_instance_profile(**BOTH)
    assert refusal(iam.remove_role_from_instance_profile, **BOTH)[:2] == ("NoSuchEntity", 404)
    iam.delete_instance_profile(**NAMED)
    iam.delete_role(RoleName="nodes")


def test_what_is_not_there(iam: Any, role: str) -> None:
    """DataBiosphere/toil#4836 for the profile's text."""
    missing = ("NoSuchEntity", 404, "Instance Profile nodes cannot be found.")
    assert refusal(iam.get_instance_profile, **NAMED) == missing
    assert refusal(iam.add_role_to_instance_profile, **BOTH) == missing
    assert refusal(iam.remove_role_from_instance_profile, **BOTH) == missing
    assert refusal(iam.delete_instance_profile, **NAMED) == missing
    iam.create_instance_profile(**NAMED)
    for call in (iam.add_role_to_instance_profile, iam.remove_role_from_instance_profile):
        expected = ("NoSuchEntity", 404, "The role with name other cannot be found.")
        assert refusal(call, **NAMED, RoleName="other") == expected
    assert refusal(iam.list_instance_profiles_for_role, RoleName="other")[0] == "NoSuchEntity"


def test_names_and_the_one_role(iam: Any, role: str) -> None:
    """botocore's IAM model: one role in a profile, names unique; ine-labs/AWSGoat#49 for the text."""
    iam.create_instance_profile(**NAMED)
    for name in ("nodes", "Nodes"):
        again = refusal(iam.create_instance_profile, InstanceProfileName=name, Path="/other/")
        assert again == ("EntityAlreadyExists", 409, f"Instance Profile {name} already exists.")
    assert refusal(iam.create_instance_profile, InstanceProfileName="a b")[0] == "ValidationError"
    iam.add_role_to_instance_profile(**BOTH)
    iam.create_role(RoleName="second", AssumeRolePolicyDocument=EC2)
    for each in ("nodes", "second"):
        code, _, text = refusal(iam.add_role_to_instance_profile, **NAMED, RoleName=each)
        assert (code, text) == ("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")


def test_new_ones_are_not_visible_yet(aws: StandIn, iam: Any, clock: Clock) -> None:
    """terraform-provider-aws, internal/service/iam/instance_profile.go: waits for the profile, and for its role."""
    aws.control("delays", {"visible_after": 2})
    iam.create_instance_profile(**NAMED)
    assert refusal(iam.get_instance_profile, **NAMED)[0] == "NoSuchEntity"
    clock.advance(2.1)
    assert iam.get_instance_profile(**NAMED)["InstanceProfile"]["Roles"] == []
    iam.create_role(RoleName="nodes", AssumeRolePolicyDocument=EC2)
    assert refusal(iam.add_role_to_instance_profile, **BOTH)[2] == "The role with name nodes cannot be found."
    clock.advance(2.1)
    iam.add_role_to_instance_profile(**BOTH)


def test_rights(aws: StandIn, iam: Any, role: str, account: str) -> None:
    """botocore's IAM model: "The caller of this operation must be granted the PassRole permission on the IAM role"."""
    iam.create_instance_profile(**NAMED, Path="/pools/")
    iam.create_user(UserName="u")
    client = aws.client("iam", account, credentials=keys_of(iam.create_access_key(UserName="u")))
    profile = f"arn:aws:iam::{account}:instance-profile/pools/nodes"
    rights: list[dict[str, Any]] = []

    def grant(statement: dict[str, Any]) -> None:
        rights.append(statement)
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document(*rights))

    code, status, text = refusal(client.get_instance_profile, **NAMED)
    assert (code, status) == ("AccessDenied", 403)
    assert "iam:GetInstanceProfile on resource: instance profile nodes because" in text
    grant(allow(["iam:GetInstanceProfile", "iam:AddRoleToInstanceProfile"], profile))
    client.get_instance_profile(**NAMED)
    assert f"iam:PassRole on resource: {role} because" in refusal(client.add_role_to_instance_profile, **BOTH)[2]
    passed = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    grant(allow("iam:PassRole", role, Condition=passed))
    client.add_role_to_instance_profile(**BOTH)
