"""IAM as AWS answers it where moto does not. Each test names the gap and where AWS's answer is known from."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import (
    AUDIENCE,
    ISSUER,
    Clock,
    allow,
    document,
    irsa_trust,
    keys_of,
    new_account,
    refusal,
    trust,
)

POLICY = document(allow("s3:GetObject", "arn:aws:s3:::sources/*"))


def _policy(iam: Any, name: str = "sources", text: str = POLICY) -> str:
    arn: str = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
    return arn


def _role(iam: Any, account: str, name: str = "server", **elements: Any) -> str:
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=irsa_trust(account), **elements)["Role"]["Arn"]
    return arn


def test_a_policy_that_is_attached_cannot_be_deleted(iam: Any, account: str) -> None:
    """rebuy-de/aws-nuke#1. A boundary counts as well: gruntwork-io/cloud-nuke#972."""
    arn = _policy(iam)
    _role(iam, account, PermissionsBoundary=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        409,
        "Cannot delete a policy attached to entities.",
    )
    iam.delete_role_permissions_boundary(RoleName="server")
    iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="server", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn)[:2] == ("NoSuchEntity", 404)


def test_a_policy_with_versions_cannot_be_deleted(iam: Any) -> None:
    """99designs/iamy#22."""
    arn = _policy(iam)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    assert "more than one version" in refusal(iam.delete_policy, PolicyArn=arn)[2]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize("text", ["{", "{}", trust({"AWS": "arn:aws:iam::100000000000:role/none"})])
def test_the_trust_policy_is_read_when_a_role_is_made_and_when_it_changes(iam: Any, account: str, text: str) -> None:
    """terraform-provider-aws#8905: Invalid principal in policy."""
    create = {"RoleName": "new", "AssumeRolePolicyDocument": text}
    assert refusal(iam.create_role, **create)[:2] == ("MalformedPolicyDocument", 400)
    assert refusal(iam.get_role, RoleName="new")[0] == "NoSuchEntity"
    _role(iam, account)
    update = {"RoleName": "server", "PolicyDocument": text}
    assert refusal(iam.update_assume_role_policy, **update)[0] == "MalformedPolicyDocument"


def test_a_role_of_the_account_is_a_principal_by_its_exact_arn(iam: Any, account: str) -> None:
    arn = _role(iam, account, Path="/team/")
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust({"AWS": arn}))
    wrong = {"RoleName": "third", "AssumeRolePolicyDocument": trust({"AWS": arn.replace("/team", "")})}
    assert "Invalid principal" in refusal(iam.create_role, **wrong)[2]


def test_a_trust_policy_comes_back_in_another_spelling(iam: Any, account: str) -> None:
    """aws-controllers-k8s/community#2142 and #2875."""
    sent = json.loads(irsa_trust(account))
    created = iam.create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(sent))["Role"]
    condition = list(created["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"])
    assert [key.rsplit(":", 1)[1] for key in condition] == ["sub", "aud"]
    assert created["AssumeRolePolicyDocument"]["Statement"] == sent["Statement"]
    assert iam.get_role(RoleName="server")["Role"]["AssumeRolePolicyDocument"] == created["AssumeRolePolicyDocument"]


def test_a_trust_policy_of_2008_may_be_updated(iam: Any, account: str) -> None:
    """moto wants Version 2012-10-17 there; IAM takes both versions in any policy."""
    _role(iam, account)
    old = document({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}, version="2008-10-17")
    iam.update_assume_role_policy(RoleName="server", PolicyDocument=old)
    found = iam.get_role(RoleName="server")["Role"]["AssumeRolePolicyDocument"]
    assert found["Version"] == "2008-10-17"
    assert found["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}


@pytest.mark.parametrize("name", ["Server", "SERVER"])
def test_names_are_unique_whatever_case_and_path(iam: Any, account: str, name: str) -> None:
    """botocore's IAM model: "not distinguished by case", unique within the account."""
    _role(iam, account)
    create = {"RoleName": name, "Path": "/x/", "AssumeRolePolicyDocument": irsa_trust(account)}
    assert refusal(iam.create_role, **create)[:2] == ("EntityAlreadyExists", 409)
    _policy(iam, "server")
    again = {"PolicyName": name, "Path": "/x/", "PolicyDocument": POLICY}
    assert refusal(iam.create_policy, **again)[:2] == ("EntityAlreadyExists", 409)


@pytest.mark.parametrize(("name", "path"), [("a b", "/"), ("x" * 129, "/"), ("x", "no-slashes"), ("x*", "/")])
def test_names_and_paths_are_held_against_the_model(iam: Any, name: str, path: str) -> None:
    """botocore's IAM model: policyNameType, policyPathType."""
    create = {"PolicyName": name, "Path": path, "PolicyDocument": POLICY}
    assert refusal(iam.create_policy, **create)[:2] == ("ValidationError", 400)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (document(allow("s3:GetObject", "arn:aws:s3:::" + "x" * 6200)), "LimitExceeded"),
        (document(allow("s3:GetObject", Principal="*")), "MalformedPolicyDocument"),
        (document(allow("s3:GetObject", "arn:aws-cn:s3:::x")), "MalformedPolicyDocument"),
        ("{", "MalformedPolicyDocument"),
    ],
)
def test_documents_are_checked_for_policies_versions_and_inline(iam: Any, account: str, text: str, code: str) -> None:
    """IAM quotas page: 6144 characters without blanks."""
    arn = _policy(iam)
    _role(iam, account)
    assert refusal(iam.create_policy, PolicyName="new", PolicyDocument=text)[0] == code
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=text)[0] == code
    assert refusal(iam.put_role_policy, RoleName="server", PolicyName="in", PolicyDocument=text)[0] == code


def test_lists_of_versions_have_no_documents_and_start_with_the_newest(iam: Any) -> None:
    """botocore's IAM model: the document "is returned in the response to GetPolicyVersion" only."""
    arn = _policy(iam)
    created = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)["PolicyVersion"]
    assert "Document" not in created
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [("v2", True), ("v1", False)]
    assert not any("Document" in each for each in versions)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(POLICY)


def test_lists_of_versions_have_pages(iam: Any) -> None:
    arn = _policy(iam)
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    first = iam.list_policy_versions(PolicyArn=arn, MaxItems=3)
    assert first["IsTruncated"]
    rest = iam.list_policy_versions(PolicyArn=arn, MaxItems=3, Marker=first["Marker"])
    assert not rest["IsTruncated"]
    names = [each["VersionId"] for each in first["Versions"] + rest["Versions"]]
    assert names == ["v5", "v4", "v3", "v2", "v1"]
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=POLICY)[0] == "LimitExceeded"


def test_setting_the_default_version_once_more_changes_nothing(iam: Any) -> None:
    """moto then has no default version at all."""
    arn = _policy(iam)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.list_policy_versions(PolicyArn=arn)["Versions"][0]["IsDefaultVersion"]
    assert refusal(iam.set_default_policy_version, PolicyArn=arn, VersionId="v7")[0] == "NoSuchEntity"


def test_attaching_twice_counts_once(iam: Any, account: str) -> None:
    arn = _policy(iam)
    _role(iam, account)
    for _ in range(2):
        iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    assert iam.get_policy(PolicyArn=arn)["Policy"]["AttachmentCount"] == 1


def test_what_is_missing_is_named_as_iam_names_it(iam: Any) -> None:
    """NoSuchEntity texts as in public issues; moto speaks of the policy when the role is missing."""
    arn = _policy(iam)
    expected = ("NoSuchEntity", 404, "The role with name none cannot be found.")
    assert refusal(iam.get_role, RoleName="none") == expected
    assert refusal(iam.attach_role_policy, RoleName="none", PolicyArn=arn) == expected
    assert refusal(iam.list_instance_profiles_for_role, RoleName="none") == expected
    assert refusal(iam.update_assume_role_policy, RoleName="none", PolicyDocument="{}") == expected


def test_entities_of_a_policy_beyond_a_hundred_roles_and_by_usage(iam: Any, account: str) -> None:
    """botocore's IAM model: PolicyUsageFilter, EntityFilter; moto looks at the first hundred roles only."""
    arn = _policy(iam)
    for number in range(105):
        _role(iam, account, f"role-{number:03}")
    iam.attach_role_policy(RoleName="role-104", PolicyArn=arn)
    iam.put_role_permissions_boundary(RoleName="role-000", PermissionsBoundary=arn)

    def roles(**arguments: str) -> list[str]:
        found = iam.list_entities_for_policy(PolicyArn=arn, **arguments)["PolicyRoles"]
        return [each["RoleName"] for each in found]

    assert roles() == ["role-104"]
    assert roles(PolicyUsageFilter="PermissionsBoundary") == ["role-000"]
    assert roles(EntityFilter="User") == []
    missing = arn.replace("sources", "none")
    assert refusal(iam.list_entities_for_policy, PolicyArn=missing)[0] == "NoSuchEntity"


@pytest.mark.parametrize(
    "url",
    ["http://oidc.example.com/id/1", "https://oidc.example.com:8443/id/1", "https://o.example.com/?a=1", "nothing"],
)
def test_provider_urls_that_iam_refuses(iam: Any, url: str) -> None:
    """botocore's IAM model of CreateOpenIDConnectProvider: https, no port, no query."""
    assert refusal(iam.create_open_id_connect_provider, Url=url)[:2] == ("ValidationError", 400)


def test_a_provider_gets_a_thumbprint_and_exists_once(iam: Any, account: str) -> None:
    """botocore's IAM model: without thumbprints IAM retrieves one itself."""
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/{ISSUER.removeprefix('https://')}"
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert [len(each) for each in found["ThumbprintList"]] == [40]
    code, status, text = refusal(iam.create_open_id_connect_provider, Url=ISSUER)
    assert (code, status, text) == ("EntityAlreadyExists", 409, f"Provider with url {ISSUER} already exists.")


def test_audiences_of_a_provider(iam: Any) -> None:
    """botocore's IAM model: adding one that is there succeeds, removing one that is not too."""
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["other"])["OpenIDConnectProviderArn"]
    provider = {"OpenIDConnectProviderArn": arn}
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(**provider, ClientID=AUDIENCE)
    assert iam.get_open_id_connect_provider(**provider)["ClientIDList"] == ["other", AUDIENCE]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**provider, ClientID="other")
    assert iam.get_open_id_connect_provider(**provider)["ClientIDList"] == [AUDIENCE]
    missing = {"OpenIDConnectProviderArn": f"{arn}0", "ClientID": AUDIENCE}
    assert refusal(iam.add_client_id_to_open_id_connect_provider, **missing)[0] == "NoSuchEntity"


def test_what_is_not_there_is_not_a_404(iam: Any) -> None:
    arguments = {"PolicySourceArn": "arn:aws:iam::111122223333:role/x", "ActionNames": ["s3:GetObject"]}
    assert refusal(iam.simulate_principal_policy, **arguments)[:2] == ("StandInNotImplemented", 501)


def test_accounts_and_partitions_are_separate(aws: StandIn, iam: Any, account: str) -> None:
    _role(iam, account)
    other = aws.client("iam", new_account())
    assert other.list_roles()["Roles"] == []
    china = new_account()
    chinese = aws.client("iam", china, region="cn-north-1", partition="aws-cn")
    arn = chinese.create_role(
        RoleName="server", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws-cn:iam::{china}:root"})
    )["Role"]["Arn"]
    assert arn == f"arn:aws-cn:iam::{china}:role/server"
    # The keys of one partition are unknown in another.
    wrong = aws.client("iam", china, credentials=aws.credentials(china, "aws-cn"))
    assert refusal(wrong.list_roles)[0] == "InvalidClientTokenId"


def test_a_new_object_is_invisible_at_first(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    """terraform-provider-aws retries NoSuchEntity after each of these; making it again is refused at once."""
    aws.control("delays", {"visible_after": 2})
    arn = _policy(iam)
    role = _role(iam, account)
    provider = iam.create_open_id_connect_provider(Url=ISSUER)["OpenIDConnectProviderArn"]
    calls: list[tuple[Any, dict[str, str]]] = [
        (iam.get_role, {"RoleName": "server"}),
        (iam.list_attached_role_policies, {"RoleName": "server"}),
        (iam.attach_role_policy, {"RoleName": "server", "PolicyArn": arn}),
        (iam.get_policy, {"PolicyArn": arn}),
        (iam.get_policy_version, {"PolicyArn": arn, "VersionId": "v1"}),
        (iam.list_policy_versions, {"PolicyArn": arn}),
        (iam.list_entities_for_policy, {"PolicyArn": arn}),
        (iam.get_open_id_connect_provider, {"OpenIDConnectProviderArn": provider}),
    ]
    clock.advance(1.9)
    for call, arguments in calls:
        assert refusal(call, **arguments)[:2] == ("NoSuchEntity", 404)
    assert iam.list_roles()["Roles"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    again = {"RoleName": "server", "AssumeRolePolicyDocument": irsa_trust(account)}
    assert refusal(iam.create_role, **again)[0] == "EntityAlreadyExists"
    bounded = {"RoleName": "bounded", "AssumeRolePolicyDocument": irsa_trust(account), "PermissionsBoundary": arn}
    assert refusal(iam.create_role, **bounded)[0] == "NoSuchEntity"
    clock.advance(0.2)
    for call, arguments in calls:
        call(**arguments)
    assert [each["Arn"] for each in iam.list_roles()["Roles"]] == [role]
    assert [each["Arn"] for each in iam.list_policies(Scope="Local")["Policies"]] == [arn]
    assert iam.list_open_id_connect_providers()["OpenIDConnectProviderList"] == [{"Arn": provider}]


def test_a_new_version_is_invisible_at_first(aws: StandIn, iam: Any, clock: Clock) -> None:
    arn = _policy(iam)
    aws.control("delays", {"visible_after": 2})
    clock.advance(10)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v2")[0] == "NoSuchEntity"
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]
    clock.advance(2)
    iam.get_policy_version(PolicyArn=arn, VersionId="v2")


def test_attachments_are_listed_at_once(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    arn = _policy(iam)
    _role(iam, account)
    aws.control("delays", {"visible_after": 2, "effective_after": 3})
    clock.advance(10)
    iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    assert len(iam.list_attached_role_policies(RoleName="server")["AttachedPolicies"]) == 1


def _user(aws: StandIn, iam: Any, account: str, text: str, service: str = "iam") -> Any:
    iam.create_user(UserName="limited")
    iam.put_user_policy(UserName="limited", PolicyName="rights", PolicyDocument=text)
    keys = keys_of(iam.create_access_key(UserName="limited"))
    return aws.client(service, account, credentials=keys)


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
    allowed, boundary = _policy(iam, "allowed"), _policy(iam, "boundary")
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


def test_groups_and_boundaries_of_users_count(aws: StandIn, iam: Any, account: str) -> None:
    user = _user(aws, iam, account, document(allow("iam:GetUser")))
    assert refusal(user.list_roles)[0] == "AccessDenied"
    iam.create_group(GroupName="readers")
    iam.put_group_policy(GroupName="readers", PolicyName="read", PolicyDocument=document(allow("iam:List*")))
    iam.add_user_to_group(GroupName="readers", UserName="limited")
    user.list_roles()
    iam.remove_user_from_group(GroupName="readers", UserName="limited")
    assert refusal(user.list_roles)[0] == "AccessDenied"
