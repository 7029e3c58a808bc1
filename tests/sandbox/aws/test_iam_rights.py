"""Who may do what in IAM."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import ISSUER, allow, document, irsa_trust, keys_of, refusal
from tests.sandbox.aws.iam_objects import POLICY, create_policy


def _user(aws: StandIn, iam: Any, account: str, text: str) -> Any:
    iam.create_user(UserName="limited")
    iam.put_user_policy(UserName="limited", PolicyName="rights", PolicyDocument=text)
    keys = keys_of(iam.create_access_key(UserName="limited"))
    return aws.client("iam", account, credentials=keys)


def test_rights_are_asked_for_the_right_resource(aws: StandIn, iam: Any, account: str) -> None:
    """Service Authorization Reference for IAM: a role's ARN, path included, also of one that does not exist yet."""
    own = f"arn:aws:iam::{account}:role/epinio/*"
    rights = document(
        allow("iam:*Role*", own),
        allow("iam:CreatePolicy", f"arn:aws:iam::{account}:policy/epinio-*"),
        allow("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{account}:oidc-provider/oidc.eks.*"),
    )
    user = _user(aws, iam, account, rights)
    create = {"RoleName": "server", "AssumeRolePolicyDocument": irsa_trust(account)}
    user.create_role(**create, Path="/epinio/")
    user.get_role(RoleName="server")
    user.create_policy(PolicyName="epinio-1", PolicyDocument=POLICY)
    user.create_open_id_connect_provider(Url=ISSUER)
    other = {**create, "RoleName": "other"}
    text = (
        f"User: arn:aws:iam::{account}:user/limited is not authorized to perform: iam:CreateRole on resource: "
        f"arn:aws:iam::{account}:role/other because no identity-based policy allows the iam:CreateRole action"
    )
    assert refusal(user.create_role, **other) == ("AccessDenied", 403, text)
    # aws/aws-cdk#27067: what is read is named by kind and name.
    assert "iam:GetRole on resource: role other because" in refusal(user.get_role, RoleName="other")[2]
    assert refusal(user.create_policy, PolicyName="mine", PolicyDocument=POLICY)[0] == "AccessDenied"
    assert f"on resource: arn:aws:iam::{account}:policy/ because" in refusal(user.list_policies)[2]


def test_conditions_of_iam_calls(aws: StandIn, iam: Any, account: str) -> None:
    """Service Authorization Reference for IAM: iam:PolicyARN, iam:PermissionsBoundary, tags of request and resource."""
    allowed, boundary = create_policy(iam, "allowed"), create_policy(iam, "boundary")
    rights = document(
        allow("iam:AttachRolePolicy", Condition={"ArnEquals": {"iam:PolicyARN": allowed}}),
        allow("iam:CreateRole", Condition={"StringEquals": {"iam:PermissionsBoundary": boundary}}),
        allow("iam:TagRole", Condition={"StringEquals": {"aws:RequestTag/team": "a"}}),
        allow("iam:DeleteRole", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),
    )
    user = _user(aws, iam, account, rights)
    create = {"RoleName": "server", "AssumeRolePolicyDocument": irsa_trust(account)}
    assert refusal(user.create_role, **create)[0] == "AccessDenied"
    user.create_role(**create, PermissionsBoundary=boundary)
    user.attach_role_policy(RoleName="server", PolicyArn=allowed)
    assert refusal(user.attach_role_policy, RoleName="server", PolicyArn=boundary)[0] == "AccessDenied"
    iam.detach_role_policy(RoleName="server", PolicyArn=allowed)
    assert refusal(user.delete_role, RoleName="server")[0] == "AccessDenied"
    assert refusal(user.tag_role, RoleName="server", Tags=[{"Key": "team", "Value": "b"}])[0] == "AccessDenied"
    user.tag_role(RoleName="server", Tags=[{"Key": "team", "Value": "a"}])
    user.delete_role(RoleName="server")


def test_tags_at_creation_need_a_right_of_their_own(aws: StandIn, iam: Any, account: str) -> None:
    """openshift/installer#1073 for roles, aws-ia/terraform-aws-eks-blueprints#902 for providers."""
    makes = ["iam:CreateRole", "iam:CreatePolicy", "iam:CreateOpenIDConnectProvider"]
    user = _user(aws, iam, account, document(allow(makes)))
    tags = [{"Key": "team", "Value": "a"}]
    role = {"RoleName": "server", "AssumeRolePolicyDocument": irsa_trust(account), "Tags": tags}
    code, status, text = refusal(user.create_role, **role)
    assert (code, status) == ("AccessDenied", 403)
    assert f"perform: iam:TagRole on resource: arn:aws:iam::{account}:role/server because" in text
    assert "iam:TagPolicy" in refusal(user.create_policy, PolicyName="p", PolicyDocument=POLICY, Tags=tags)[2]
    assert "iam:TagOpenIDConnectProvider" in refusal(user.create_open_id_connect_provider, Url=ISSUER, Tags=tags)[2]
    assert iam.list_roles()["Roles"] == []
    user.create_policy(PolicyName="p", PolicyDocument=POLICY)

    iam.put_user_policy(UserName="limited", PolicyName="tag", PolicyDocument=document(allow("iam:TagRole")))
    user.create_role(**role)
    assert aws.log.entries()[-1]["decided"] == ["iam:CreateRole", "iam:TagRole"]


def test_groups_and_boundaries_of_users_count(aws: StandIn, iam: Any, account: str) -> None:
    user = _user(aws, iam, account, document(allow("iam:GetUser")))
    assert refusal(user.list_roles)[0] == "AccessDenied"
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=document(allow("iam:List*")))
    iam.add_user_to_group(GroupName="readers", UserName="limited")
    user.list_roles()
    iam.remove_user_from_group(GroupName="readers", UserName="limited")
    assert refusal(user.list_roles)[0] == "AccessDenied"
