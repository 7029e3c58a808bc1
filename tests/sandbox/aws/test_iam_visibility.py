"""IAM is eventually consistent: what is new is invisible at first."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import ISSUER, Clock, irsa_trust, refusal
from tests.sandbox.aws.iam_objects import POLICY, create_policy, create_role


def test_a_new_object_is_invisible_at_first(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    """terraform-provider-aws retries NoSuchEntity after each of these; making it again is refused at once."""
    aws.control("delays", {"visible_after": 2})
    arn = create_policy(iam)
    role = create_role(iam, account)
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
    arn = create_policy(iam)
    aws.control("delays", {"visible_after": 2})
    clock.advance(10)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)
    assert refusal(iam.get_policy_version, PolicyArn=arn, VersionId="v2")[0] == "NoSuchEntity"
    assert [each["VersionId"] for each in iam.list_policy_versions(PolicyArn=arn)["Versions"]] == ["v1"]
    clock.advance(2)
    iam.get_policy_version(PolicyArn=arn, VersionId="v2")


def test_attachments_are_listed_at_once(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    arn = create_policy(iam)
    create_role(iam, account)
    aws.control("delays", {"visible_after": 2, "effective_after": 3})
    clock.advance(10)
    iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    assert len(iam.list_attached_role_policies(RoleName="server")["AttachedPolicies"]) == 1
