"""Attachments of managed policies as AWS keeps, counts and tells them, and moto does not."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, document, keys_of, refusal
from tests.sandbox.aws.iam_objects import POLICY, create_policy, create_role


def _attached(iam: Any) -> list[str]:
    return [one["PolicyArn"] for one in iam.list_attached_role_policies(RoleName="server")["AttachedPolicies"]]


def test_uses_of_a_policy_are_counted_by_usage_and_once(iam: Any, account: str) -> None:
    """botocore's IAM model: AttachmentCount, PermissionsBoundaryUsageCount. moto counts each repetition."""
    arn = create_policy(iam)
    create_role(iam, account, PermissionsBoundary=arn)
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    for _ in range(2):
        iam.attach_role_policy(RoleName="server", PolicyArn=arn)
        iam.attach_user_policy(UserName="u", PolicyArn=arn)
        iam.attach_group_policy(GroupName="g", PolicyArn=arn)
    (listed,) = iam.list_policies(Scope="Local")["Policies"]
    for found in (iam.get_policy(PolicyArn=arn)["Policy"], listed):
        assert (found["AttachmentCount"], found["PermissionsBoundaryUsageCount"]) == (3, 1)


def test_a_role_takes_ten_policies(iam: Any, account: str) -> None:
    """IAM quotas page: 10 managed policies for a role, by default."""
    create_role(iam, account)
    arns = [create_policy(iam, f"p{number}") for number in range(11)]
    for arn in arns[:10]:
        iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    expected = ("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerRole: 10")
    assert refusal(iam.attach_role_policy, RoleName="server", PolicyArn=arns[10]) == expected
    iam.attach_role_policy(RoleName="server", PolicyArn=arns[0])
    iam.detach_role_policy(RoleName="server", PolicyArn=arns[0])
    iam.attach_role_policy(RoleName="server", PolicyArn=arns[10])


def test_entities_of_a_policy_beyond_a_hundred_roles_and_by_usage(iam: Any, account: str) -> None:
    """botocore's IAM model: PolicyUsageFilter ("if it is not included, all policies are returned"), EntityFilter.

    moto looks at the first hundred roles only.
    """
    arn = create_policy(iam)
    for number in range(105):
        create_role(iam, account, f"role-{number:03}")
    iam.attach_role_policy(RoleName="role-104", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="role-000", PermissionsBoundary=arn)

    def roles(**arguments: str) -> list[str]:
        found = iam.list_entities_for_policy(PolicyArn=arn, **arguments)["PolicyRoles"]
        return [each["RoleName"] for each in found]

    assert sorted(roles()) == ["role-000", "role-104"]
    assert roles(PolicyUsageFilter="PermissionsPolicy") == ["role-104"]
    assert roles(PolicyUsageFilter="PermissionsBoundary") == ["role-000"]
    assert roles(EntityFilter="User") == []
    missing = arn.replace("sources", "none")
    assert refusal(iam.list_entities_for_policy, PolicyArn=missing)[0] == "NoSuchEntity"


def test_entities_of_a_policy_have_pages(iam: Any, account: str) -> None:
    arn = create_policy(iam)
    for number in range(102):
        create_role(iam, account, f"role-{number:03}")
        iam.attach_role_policy(RoleName=f"role-{number:03}", PolicyArn=arn)
    pages = list(iam.get_paginator("list_entities_for_policy").paginate(PolicyArn=arn))
    assert [len(page["PolicyRoles"]) for page in pages] == [100, 2]


def test_attached_policies_are_listed_by_path_and_page(iam: Any, account: str) -> None:
    create_role(iam, account)
    for path in ("/", "/team/"):
        name = f"p{path.strip('/')}"
        arn = iam.create_policy(PolicyName=name, Path=path, PolicyDocument=POLICY)["Policy"]["Arn"]
        iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    below = iam.list_attached_role_policies(RoleName="server", PathPrefix="/team/")["AttachedPolicies"]
    assert [each["PolicyName"] for each in below] == ["pteam"]
    first = iam.list_attached_role_policies(RoleName="server", MaxItems=1)
    assert (len(first["AttachedPolicies"]), first["IsTruncated"]) == (1, True)


@pytest.mark.parametrize("kind", ["Role", "User", "Group"])
def test_what_was_detached_is_still_seen_for_a_while(
    aws: StandIn, iam: Any, account: str, clock: Clock, kind: str
) -> None:
    """terraform-provider-aws, internal/service/iam: DeleteConflict after a detachment is tried again."""
    arn = create_policy(iam)
    create_role(iam, account)
    iam.create_user(UserName="server")
    iam.create_group(GroupName="server")
    aws.control("delays", {"visible_after": 2})
    clock.advance(10)
    lower, named = kind.lower(), {f"{kind}Name": "server"}
    getattr(iam, f"attach_{lower}_policy")(**named, PolicyArn=arn)
    getattr(iam, f"detach_{lower}_policy")(**named, PolicyArn=arn)

    def seen() -> tuple[int, int, int]:
        attached = getattr(iam, f"list_attached_{lower}_policies")(**named)["AttachedPolicies"]
        using = iam.list_entities_for_policy(PolicyArn=arn)[f"Policy{kind}s"]
        return len(attached), len(using), iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"]

    clock.advance(1.9)
    assert seen() == (1, 1, 1)
    assert refusal(getattr(iam, f"detach_{lower}_policy"), **named, PolicyArn=arn)[0] == "NoSuchEntity"
    assert refusal(iam.delete_policy, PolicyArn=arn)[:2] == ("DeleteConflict", 409)
    clock.advance(0.2)
    assert seen() == (0, 0, 0)
    iam.delete_policy(PolicyArn=arn)


def test_a_role_whose_policy_was_just_detached_cannot_be_deleted_yet(
    aws: StandIn, iam: Any, account: str, clock: Clock
) -> None:
    """terraform-provider-aws, internal/service/iam/role.go: DeleteRole is tried again on DeleteConflict."""
    arn = create_policy(iam)
    create_role(iam, account)
    iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    aws.control("delays", {"visible_after": 2})
    clock.advance(10)
    iam.detach_role_policy(RoleName="server", PolicyArn=arn)
    expected = ("DeleteConflict", 409, "Cannot delete entity, must detach all policies first.")
    assert refusal(iam.delete_role, RoleName="server") == expected
    clock.advance(2)
    iam.delete_role(RoleName="server")


def test_what_is_attached_again_stays(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    arn = create_policy(iam)
    create_role(iam, account)
    aws.control("delays", {"visible_after": 2})
    clock.advance(10)
    for call in (iam.attach_role_policy, iam.detach_role_policy, iam.attach_role_policy):
        call(RoleName="server", PolicyArn=arn)
    assert _attached(iam) == [arn]
    clock.advance(2)
    assert _attached(iam) == [arn]


def test_a_boundary_must_exist(iam: Any, account: str) -> None:
    """Public issues of openshift/rosa quote the text. moto takes any ARN. AWS's own policies are there."""
    missing = f"arn:aws:iam::{account}:policy/none"
    expected = ("NoSuchEntity", 404, f"Scope ARN: {missing} does not exist or is not attachable.")
    create_role(iam, account)
    assert refusal(iam.put_role_permissions_boundary, RoleName="server", PermissionsBoundary=missing) == expected
    assert refusal(iam.create_user, UserName="u", PermissionsBoundary=missing) == expected
    aws_own = "arn:aws:iam::aws:policy/PowerUserAccess"
    iam.put_role_permissions_boundary(RoleName="server", PermissionsBoundary=aws_own)


def test_users_have_boundaries_too(aws: StandIn, iam: Any, account: str) -> None:
    """botocore's IAM model: PermissionsBoundary of CreateUser; moto keeps none. gruntwork-io/cloud-nuke#972."""
    arn = create_policy(iam)
    for user in ("made", "put"):
        iam.create_user(UserName=user, **({"PermissionsBoundary": arn} if user == "made" else {}))
        iam.put_user_policy(UserName=user, PolicyName="all", PolicyDocument=document(allow("*")))
    iam.put_user_permissions_boundary(UserName="put", PermissionsBoundary=arn)
    using = iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter="PermissionsBoundary")["PolicyUsers"]
    assert [each["UserName"] for each in using] == ["made", "put"]
    keys = keys_of(iam.create_access_key(UserName="made"))
    assert refusal(aws.client("iam", account, credentials=keys).list_roles)[0] == "AccessDenied"
    for user in ("made", "put"):
        assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
        iam.delete_user_permissions_boundary(UserName=user)
    iam.delete_policy(PolicyArn=arn)


def test_a_service_linked_role_is_awss(iam: Any) -> None:
    """botocore's IAM model: which calls raise UnmodifiableEntity."""
    arn = create_policy(iam)
    name = iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com")["Role"]["RoleName"]
    code, status, text = refusal(iam.attach_role_policy, RoleName=name, PolicyArn=arn)
    assert (code, status) == ("UnmodifiableEntity", 400)
    assert f"protected role '{name}'" in text
    assert refusal(iam.delete_role, RoleName=name)[0] == "UnmodifiableEntity"
    iam.tag_role(RoleName=name, Tags=[{"Key": "team", "Value": "a"}])
    assert iam.get_role(RoleName=name)["Role"]["Tags"] == [{"Key": "team", "Value": "a"}]
