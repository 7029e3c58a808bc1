"""EKS Pod Identity associations; moto has none of these calls."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import Clock, allow, document, irsa_trust, keys_of, new_account, refusal, trust

SERVICE = {"Service": "pods.eks.amazonaws.com"}
NEEDED = ["sts:AssumeRole", "sts:TagSession"]
ACCOUNT_OF_PODS = {"clusterName": "epinio", "namespace": "epinio", "serviceAccount": "epinio-server"}
ABSENT = "a-00000000000000000"
REGION = "us-east-1"


@pytest.fixture
def eks(aws: StandIn, account: str) -> Any:
    """Of an account with a cluster."""
    aws.control("clusters", {"account": account, "region": REGION, "name": "epinio", "tags": {"team": "a"}})
    return aws.client("eks", account)


@pytest.fixture
def role(iam: Any) -> str:
    """A role that EKS may hand to pods."""
    return role_with(iam, "pods", trust(SERVICE, NEEDED))


def role_with(iam: Any, name: str, trusted: str) -> str:
    arn: str = iam.create_role(RoleName=name, Path="/team/", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
    return arn


def in_effect(aws: StandIn, account: str) -> list[str]:
    """The accounts whose new pods get an association's role."""
    path = f"pod-identity-associations/{account}/{REGION}/epinio"
    accounts: list[str] = aws.control(path, {}, "GET")["accounts"]
    return accounts


def test_an_association_and_its_end(eks: Any, role: str, account: str) -> None:
    """botocore's EKS model: members of PodIdentityAssociation, of its summary without role, and the filters."""
    made = eks.create_pod_identity_association(**ACCOUNT_OF_PODS, roleArn=role, tags={"a": "b"})["association"]
    identifier = made["associationId"]
    assert re.fullmatch("a-[a-z0-9]{17}", identifier)
    assert made["associationArn"] == f"arn:aws:eks:us-east-1:{account}:podidentityassociation/epinio/{identifier}"
    assert {name: made[name] for name in ACCOUNT_OF_PODS} == ACCOUNT_OF_PODS
    assert (made["roleArn"], made["tags"], made["disableSessionTags"]) == (role, {"a": "b"}, False)
    named = {"clusterName": "epinio", "associationId": identifier}
    assert eks.describe_pod_identity_association(**named)["association"] == made
    summary = {**ACCOUNT_OF_PODS, "associationArn": made["associationArn"], "associationId": identifier}
    for filters in ({}, {"namespace": "epinio"}, {"namespace": "epinio", "serviceAccount": "epinio-server"}):
        listed = eks.list_pod_identity_associations(clusterName="epinio", **filters)["associations"]
        assert listed == [summary]
    assert eks.list_pod_identity_associations(clusterName="epinio", namespace="other")["associations"] == []
    assert eks.delete_pod_identity_association(**named)["association"] == made
    assert eks.list_pod_identity_associations(clusterName="epinio")["associations"] == []


def test_it_changes_its_role_and_keeps_its_account(eks: Any, iam: Any, role: str, clock: Clock) -> None:
    """botocore's EKS model: the members of UpdatePodIdentityAssociation."""
    made = eks.create_pod_identity_association(**ACCOUNT_OF_PODS, roleArn=role)["association"]
    named = {"clusterName": "epinio", "associationId": made["associationId"]}
    other = role_with(iam, "other", trust(SERVICE, NEEDED))
    clock.advance(60)
    changed = eks.update_pod_identity_association(**named, roleArn=other, disableSessionTags=True)["association"]
    assert changed["modifiedAt"] > made["modifiedAt"]
    assert {**changed, "modifiedAt": 0} == {**made, "roleArn": other, "disableSessionTags": True, "modifiedAt": 0}
    strange = role_with(iam, "strange", irsa_trust("111122223333"))
    assert refusal(eks.update_pod_identity_association, **named, roleArn=strange)[0] == "InvalidParameterException"
    assert eks.describe_pod_identity_association(**named)["association"] == changed


def test_pages(aws: StandIn, eks: Any, role: str) -> None:
    """botocore's EKS model: maxResults of 1 to 100, nextToken."""
    for number in range(5):
        eks.create_pod_identity_association(**{**ACCOUNT_OF_PODS, "serviceAccount": f"s{number}"}, roleArn=role)
    pages = eks.get_paginator("list_pod_identity_associations").paginate(
        clusterName="epinio", PaginationConfig={"PageSize": 2}
    )
    found = [[each["serviceAccount"] for each in page["associations"]] for page in pages]
    assert found == [["s0", "s1"], ["s2", "s3"], ["s4"]]
    wrong = refusal(eks.list_pod_identity_associations, clusterName="epinio", nextToken="x")
    assert wrong[0] == "InvalidParameterException"


def test_one_account_has_one_association(eks: Any, role: str) -> None:
    """awslabs/crossplane-on-eks#168; botocore's EKS model: a request's token makes it idempotent."""
    request = {**ACCOUNT_OF_PODS, "roleArn": role, "clientRequestToken": "once"}
    made = eks.create_pod_identity_association(**request)["association"]
    assert eks.create_pod_identity_association(**request)["association"] == made
    again = refusal(eks.create_pod_identity_association, **{**request, "clientRequestToken": "twice"})
    assert again == ("ResourceInUseException", 409, f"Association already exists: {made['associationId']}")
    eks.create_pod_identity_association(**{**request, "clientRequestToken": "third", "namespace": "other"})


@pytest.mark.parametrize(
    ("statement", "taken"),
    [
        ({"Principal": SERVICE, "Action": NEEDED}, True),
        ({"Principal": SERVICE, "Action": "sts:*"}, True),
        ({"Principal": SERVICE, "Action": NEEDED, "Condition": {"StringEquals": {"aws:SourceAccount": "1"}}}, True),
        ({"Principal": SERVICE, "Action": "sts:AssumeRole"}, False),
        ({"Principal": {"Service": "ec2.amazonaws.com"}, "Action": NEEDED}, False),
        ({"Principal": {"AWS": "111122223333"}, "Action": NEEDED}, False),
    ],
)
def test_what_a_role_must_trust(eks: Any, iam: Any, statement: dict[str, Any], taken: bool) -> None:
    """hashicorp/terraform-provider-aws#41483 and aws/aws-cdk#31522 for the text; conditions are not looked at."""
    request = {**ACCOUNT_OF_PODS, "roleArn": role_with(iam, "x", document({"Effect": "Allow", **statement}))}
    if taken:
        eks.create_pod_identity_association(**request)
        return
    code, status, text = refusal(eks.create_pod_identity_association, **request)
    assert (code, status) == ("InvalidParameterException", 400)
    assert text.startswith("Trust policy of the role provided is invalid.")


def test_a_role_that_is_not_there_or_not_yet(aws: StandIn, eks: Any, iam: Any, account: str, clock: Clock) -> None:
    """hashicorp/terraform-provider-aws#34711: also just after the role was made."""
    aws.control("delays", {"effective_after": 3})
    role = role_with(iam, "new", trust(SERVICE, NEEDED))
    foreign = role.replace(account, new_account())
    absent = ("InvalidParameterException", 400, "Role provided in the request does not exist.")
    for arn in (role, foreign, role.replace("/team/", "/"), f"arn:aws:iam::{account}:role/missing"):
        assert refusal(eks.create_pod_identity_association, **ACCOUNT_OF_PODS, roleArn=arn) == absent
    clock.advance(3.1)
    eks.create_pod_identity_association(**ACCOUNT_OF_PODS, roleArn=role)


def test_what_is_not_there(aws: StandIn, eks: Any, role: str, account: str) -> None:
    """botocore's EKS model for code and status; aws-samples/eks-workshop-v2#882 for an identifier's length."""
    calls = (
        eks.describe_pod_identity_association,
        eks.update_pod_identity_association,
        eks.delete_pod_identity_association,
    )
    for call in calls:
        assert refusal(call, clusterName="epinio", associationId=ABSENT)[:2] == ("ResourceNotFoundException", 404)
        short = refusal(call, clusterName="epinio", associationId="a-1")
        assert short[::2] == (
            "InvalidParameterException",
            "The parameter associationId should be 19 characters long.",
        )
        missing = refusal(call, clusterName="missing", associationId=ABSENT)
        assert missing == ("ResourceNotFoundException", 404, "No cluster found for name: missing.")
    elsewhere = {**ACCOUNT_OF_PODS, "clusterName": "missing", "roleArn": role}
    assert refusal(eks.create_pod_identity_association, **elsewhere)[0] == "ResourceNotFoundException"


def test_pods_get_it_seconds_after_the_api_shows_it(
    aws: StandIn, eks: Any, role: str, account: str, clock: Clock
) -> None:
    """aws/containers-roadmap#2507 (made), aws-controllers-k8s/community#2684 (deleted, and made again)."""
    aws.control("delays", {"visible_after": 2, "effective_after": 3})
    clock.advance(10)
    made = eks.create_pod_identity_association(**ACCOUNT_OF_PODS, roleArn=role)["association"]
    assert len(eks.list_pod_identity_associations(clusterName="epinio")["associations"]) == 1
    assert in_effect(aws, account) == []
    clock.advance(3.1)
    assert in_effect(aws, account) == ["epinio/epinio-server"]
    eks.delete_pod_identity_association(clusterName="epinio", associationId=made["associationId"])
    assert refusal(eks.create_pod_identity_association, **ACCOUNT_OF_PODS, roleArn=role)[0] == "ResourceInUseException"
    clock.advance(2.1)
    assert eks.list_pod_identity_associations(clusterName="epinio")["associations"] == []
    assert in_effect(aws, account) == ["epinio/epinio-server"]
    clock.advance(1)
    assert in_effect(aws, account) == []
    eks.create_pod_identity_association(**ACCOUNT_OF_PODS, roleArn=role)


def test_a_planted_one_has_always_been_there(aws: StandIn, eks: Any, account: str) -> None:
    aws.control("delays", {"effective_after": 3})
    place = {"account": account, "region": REGION, "cluster": "epinio"}
    pair = {"namespace": "epinio", "service_account": "x", "role_arn": f"arn:aws:iam::{account}:role/missing"}
    planted = aws.control("pod-identity-associations", {**place, **pair})
    assert in_effect(aws, account) == ["epinio/x"]
    named = {"clusterName": "epinio", "associationId": planted["associationId"]}
    assert eks.describe_pod_identity_association(**named)["association"]["roleArn"] == pair["role_arn"]
    eks.delete_pod_identity_association(**named)


def test_rights(aws: StandIn, eks: Any, iam: Any, role: str, account: str) -> None:
    """aws/eks-hybrid#740: one association is a resource; EKS User Guide: the caller must pass the role on."""
    iam.create_user(UserName="u")
    client = aws.client("eks", account, credentials=keys_of(iam.create_access_key(UserName="u")))
    cluster = f"arn:aws:eks:us-east-1:{account}:cluster/epinio"
    one = cluster.replace(":cluster/", ":podidentityassociation/") + "/*"
    request = {**ACCOUNT_OF_PODS, "roleArn": role, "tags": {"team": "b"}}
    sent = {"StringEquals": {"aws:RequestTag/team": "b", "aws:ResourceTag/team": "a"}}
    create = allow("eks:CreatePodIdentityAssociation", cluster, Condition=sent)
    passing = allow("iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": SERVICE["Service"]}})
    rights: list[dict[str, Any]] = []

    def grant(statement: dict[str, Any]) -> None:
        rights.append(statement)
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document(*rights))

    denied = refusal(client.create_pod_identity_association, **request)
    assert denied[:2] == ("AccessDeniedException", 403)
    assert f"eks:CreatePodIdentityAssociation on resource: {cluster} because" in denied[2]
    grant(create)
    assert f"iam:PassRole on resource: {role} because" in refusal(client.create_pod_identity_association, **request)[2]
    grant(passing)
    made = client.create_pod_identity_association(**request)["association"]
    named = {"clusterName": "epinio", "associationId": made["associationId"]}
    denied = refusal(client.delete_pod_identity_association, **named)
    assert f"eks:DeletePodIdentityAssociation on resource: {made['associationArn']} because" in denied[2]
    tagged = {"StringEquals": {"aws:ResourceTag/team": "b"}}
    grant(allow("eks:DeletePodIdentityAssociation", one, Condition=tagged))
    client.delete_pod_identity_association(**named)


def test_members_that_nothing_here_looks_at(eks: Any, role: str) -> None:
    request = {**ACCOUNT_OF_PODS, "roleArn": role, "targetRoleArn": role}
    assert refusal(eks.create_pod_identity_association, **request)[:2] == ("StandInNotImplemented", 501)
