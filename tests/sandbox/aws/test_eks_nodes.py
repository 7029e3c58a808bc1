"""Node groups, access entries and Fargate profiles; moto knows no access entries, and fails for missing clusters."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from typing import Any
from urllib.error import HTTPError

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws import planted_nodes
from tests.sandbox.aws.fixtures import ISSUER, Clock, allow, document, keys_of, new_account, refusal

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"
NO_ENTRIES = (
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
)


@pytest.fixture
def eks(aws: StandIn, account: str) -> Any:
    """Of an account with a cluster."""
    planted_nodes.cluster(aws, account, issuer=ISSUER, tags={"team": "a"})
    return aws.client("eks", account)


def role_arn(account: str, name: str = "nodes") -> str:
    return f"arn:aws:iam::{account}:role/team/{name}"


def group(account: str, name: str = "default", **members: Any) -> dict[str, Any]:
    return {"nodegroupName": name, "nodeRole": role_arn(account), **members}


def entry(account: str, kind: str = "EC2_LINUX") -> dict[str, str]:
    return {"principalArn": role_arn(account, kind), "type": kind}


def test_a_node_group(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: members of Nodegroup; the role's ARN has its path."""
    taint = {"key": "gpu", "value": "true", "effect": "NO_SCHEDULE"}
    size = {"minSize": 0, "maxSize": 3, "desiredSize": 0}
    members: dict[str, Any] = {
        "labels": {"pool": "gpu"},
        "taints": [taint],
        "amiType": "AL2_x86_64_GPU",
        "scalingConfig": size,
    }
    planted_nodes.nodes(aws, account, node_groups=[group(account, **members)])
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == ["default"]
    found = eks.describe_nodegroup(clusterName="epinio", nodegroupName="default")["nodegroup"]
    pattern = rf"arn:aws:eks:us-east-1:{account}:nodegroup/epinio/default/{UUID}"
    assert re.fullmatch(pattern, found["nodegroupArn"])
    assert {name: found[name] for name in members} == members
    assert (found["clusterName"], found["nodeRole"]) == ("epinio", role_arn(account))
    assert (found["status"], found["capacityType"]) == ("ACTIVE", "ON_DEMAND")


def test_access_entries(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: ARNs are listed, types described; EKS User Guide: users and groups of the types."""
    kinds = ("EC2_LINUX", "EC2_WINDOWS", "EC2", "FARGATE_LINUX", "HYBRID_LINUX", "HYPERPOD_LINUX", "STANDARD")
    planted_nodes.nodes(aws, account, access_entries=[entry(account, kind) for kind in kinds])
    listed = eks.list_access_entries(clusterName="epinio")["accessEntries"]
    assert listed == [role_arn(account, kind) for kind in kinds]
    for arn, kind in zip(listed, kinds, strict=True):
        found = eks.describe_access_entry(clusterName="epinio", principalArn=arn)["accessEntry"]
        assert (found["principalArn"], found["type"]) == (arn, kind)
        pattern = rf"arn:aws:eks:us-east-1:{account}:access-entry/epinio/role/{account}/{kind}/{UUID}"
        assert re.fullmatch(pattern, found["accessEntryArn"])
    linux = eks.describe_access_entry(clusterName="epinio", principalArn=listed[0])["accessEntry"]
    assert (linux["username"], linux["kubernetesGroups"]) == ("system:node:{{EC2PrivateDNSName}}", ["system:nodes"])


def test_fargate_profiles(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: members of FargateProfile."""
    profile = {
        "fargateProfileName": "epinio",
        "podExecutionRoleArn": f"arn:aws:iam::{account}:role/fargate",
        "selectors": [{"namespace": "epinio"}],
    }
    planted_nodes.nodes(aws, account, fargate_profiles=[profile])
    assert eks.list_fargate_profiles(clusterName="epinio")["fargateProfileNames"] == ["epinio"]
    named = {"clusterName": "epinio", "fargateProfileName": "epinio"}
    found = eks.describe_fargate_profile(**named)["fargateProfile"]
    assert {name: found[name] for name in profile} == profile
    assert re.fullmatch(
        rf"arn:aws:eks:us-east-1:{account}:fargateprofile/epinio/epinio/{UUID}", found["fargateProfileArn"]
    )


def test_auto_mode(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: `roleArn`, and `computeConfig`, which clusters without Auto Mode lack."""
    assert "computeConfig" not in eks.describe_cluster(name="epinio")["cluster"]
    compute = {"enabled": True, "nodePools": ["general-purpose"], "nodeRoleArn": role_arn(account)}
    control_plane = f"arn:aws:iam::{account}:role/epinio-cluster"
    planted_nodes.cluster(aws, account, issuer=ISSUER, compute_config=compute, role_arn=control_plane)
    cluster = eks.describe_cluster(name="epinio")["cluster"]
    assert (cluster["computeConfig"], cluster["roleArn"]) == (compute, control_plane)


def test_nothing_of_a_cluster_that_knows_nothing(eks: Any) -> None:
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == []
    assert eks.list_access_entries(clusterName="epinio")["accessEntries"] == []
    assert eks.list_fargate_profiles(clusterName="epinio")["fargateProfileNames"] == []


def test_pages(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: maxResults of 1 to 100, 100 without it; nextToken."""
    planted_nodes.nodes(aws, account, node_groups=[group(account, f"g{number:03}") for number in range(101)])
    assert len(eks.list_nodegroups(clusterName="epinio")["nodegroups"]) == 100
    for size, pages in ((None, 2), (40, 3)):
        paginator = eks.get_paginator("list_nodegroups")
        found = list(paginator.paginate(clusterName="epinio", PaginationConfig={"PageSize": size}))
        assert len(found) == pages
        assert [name for page in found for name in page["nodegroups"]] == [f"g{number:03}" for number in range(101)]
    assert refusal(eks.list_nodegroups, clusterName="epinio", nextToken="x")[0] == "InvalidParameterException"
    assert refusal(eks.list_access_entries, clusterName="epinio", maxResults=101)[0] == "InvalidParameterException"


def test_what_is_not_there(eks: Any, account: str) -> None:
    """aws-samples/eks-workshop-v2#915, terraform-aws-modules/terraform-aws-eks#3024; Fargate's text not verified."""
    missing = ("ResourceNotFoundException", 404)
    described = refusal(eks.describe_nodegroup, clusterName="epinio", nodegroupName="x")
    assert described == (*missing, "No node group found for name: x.")
    described = refusal(eks.describe_access_entry, clusterName="epinio", principalArn=role_arn(account))
    assert described[:2] == missing
    assert described[2].startswith("The specified principalArn could not be found.")
    assert refusal(eks.describe_fargate_profile, clusterName="epinio", fargateProfileName="x")[:2] == missing
    for call in (eks.list_nodegroups, eks.list_access_entries, eks.list_fargate_profiles):
        assert refusal(call, clusterName="other") == (*missing, "No cluster found for name: other.")


@pytest.mark.parametrize("mode", ["CONFIG_MAP", ""])
def test_access_entries_of_a_cluster_that_knows_the_config_map_only(
    aws: StandIn, eks: Any, account: str, mode: str
) -> None:
    """upbound/configuration-aws-eks#122; a cluster older than the modes shows none (botocore's model: not required)."""
    planted_nodes.nodes(aws, account, access_entries=[entry(account)])
    planted_nodes.cluster(aws, account, issuer=ISSUER, authentication_mode=mode)
    expected = ("InvalidRequestException", 400, NO_ENTRIES)
    assert refusal(eks.list_access_entries, clusterName="epinio") == expected
    assert refusal(eks.describe_access_entry, clusterName="epinio", principalArn=role_arn(account)) == expected
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == []


def test_a_filter_that_nothing_here_looks_at(eks: Any) -> None:
    call = {"clusterName": "epinio", "associatedPolicyArn": "arn:aws:eks::aws:cluster-access-policy/x"}
    assert refusal(eks.list_access_entries, **call)[:2] == ("StandInNotImplemented", 501)


def test_they_change_and_go(aws: StandIn, eks: Any, account: str, clock: Clock) -> None:
    planted_nodes.nodes(aws, account, node_groups=[group(account)], access_entries=[entry(account)])
    named = {"clusterName": "epinio", "nodegroupName": "default"}
    before = eks.describe_nodegroup(**named)["nodegroup"]
    clock.advance(60)
    planted_nodes.nodes(aws, account, node_groups=[group(account, status="DELETING"), group(account, "second")])
    after = eks.describe_nodegroup(**named)["nodegroup"]
    assert (after["nodegroupArn"], after["createdAt"]) == (before["nodegroupArn"], before["createdAt"])
    assert (after["status"], after["modifiedAt"] > before["modifiedAt"]) == ("DELETING", True)
    planted_nodes.remove(aws, account, "node_groups", "default")
    planted_nodes.remove(aws, account, "access_entries", entry(account)["principalArn"])
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == ["second"]
    assert eks.list_access_entries(clusterName="epinio")["accessEntries"] == []
    with pytest.raises(HTTPError) as caught:
        planted_nodes.remove(aws, account, "node_groups", "default")
    assert caught.value.code == 404
    caught.value.close()


@pytest.mark.parametrize("another", [True, False])
def test_they_go_with_their_cluster(aws: StandIn, eks: Any, account: str, another: bool) -> None:
    """Deleted, or replaced by another cluster of the name; a copy in another account keeps its own."""
    other = new_account()
    for each in (account, other):
        planted_nodes.cluster(aws, each, issuer=ISSUER)
        planted_nodes.nodes(aws, each, node_groups=[group(each)], access_entries=[entry(each)])
    if not another:
        aws.control(f"clusters/{account}/us-east-1/epinio", {}, "DELETE")
    planted_nodes.cluster(aws, account, issuer=f"{ISSUER}2")
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == []
    assert eks.list_access_entries(clusterName="epinio")["accessEntries"] == []
    assert aws.client("eks", other).list_nodegroups(clusterName="epinio")["nodegroups"] == ["default"]


@pytest.mark.parametrize(
    "lists",
    [
        {"node_groups": [{"nodegroupName": "x"}]},
        {"node_groups": [{"nodegroupName": "x", "nodeRole": "r", "size": 1}]},
        {"node_groups": [{"nodegroupName": "x", "nodeRole": "r", "amiType": "AL3"}]},
        {"node_groups": [{"nodegroupName": "x", "nodeRole": "r", "labels": ["a"]}]},
        {"node_groups": [{"nodegroupName": "x", "nodeRole": "r", "taints": [{"key": "a", "effect": "NoSchedule"}]}]},
        {"access_entries": [{"principalArn": "arn:aws:iam::111122223333:role/x", "type": "LINUX"}]},
        {"fargate_profiles": [{"fargateProfileName": "x"}]},
        {"roles": [{"name": "x"}]},
        {"roles": [{"name": "x", "service": "ec2.amazonaws.com", "policies": ["AmazonNothing"]}]},
        {"instance_profiles": [{"name": "x", "role": "missing"}]},
        {"pools": []},
    ],
)
def test_what_aws_could_not_show_is_not_planted(aws: StandIn, eks: Any, account: str, lists: dict[str, Any]) -> None:
    """botocore's EKS model: members, types and enumerations."""
    with pytest.raises(HTTPError) as caught:
        planted_nodes.nodes(aws, account, **lists)
    assert caught.value.code == 400
    caught.value.close()
    assert eks.list_nodegroups(clusterName="epinio")["nodegroups"] == []


def test_rights(aws: StandIn, eks: Any, iam: Any, account: str) -> None:
    """Service Authorization Reference: a list needs rights on the cluster, a description on the object itself."""
    planted_nodes.nodes(aws, account, node_groups=[group(account)], access_entries=[entry(account)])
    iam.create_user(UserName="u")
    client = aws.client("eks", account, credentials=keys_of(iam.create_access_key(UserName="u")))
    arns = {
        "eks:ListNodegroups": f"arn:aws:eks:us-east-1:{account}:cluster/epinio",
        "eks:ListAccessEntries": f"arn:aws:eks:us-east-1:{account}:cluster/epinio",
        "eks:ListFargateProfiles": f"arn:aws:eks:us-east-1:{account}:cluster/epinio",
        "eks:DescribeNodegroup": f"arn:aws:eks:us-east-1:{account}:nodegroup/epinio/default/*",
        "eks:DescribeAccessEntry": f"arn:aws:eks:us-east-1:{account}:access-entry/epinio/role/{account}/EC2_LINUX/*",
        "eks:DescribeFargateProfile": f"arn:aws:eks:us-east-1:{account}:fargateprofile/epinio/missing/*",
    }
    calls: dict[str, Any] = {
        "eks:ListNodegroups": lambda: client.list_nodegroups(clusterName="epinio"),
        "eks:ListAccessEntries": lambda: client.list_access_entries(clusterName="epinio"),
        "eks:ListFargateProfiles": lambda: client.list_fargate_profiles(clusterName="epinio"),
        "eks:DescribeNodegroup": lambda: client.describe_nodegroup(clusterName="epinio", nodegroupName="default"),
        "eks:DescribeAccessEntry": lambda: client.describe_access_entry(
            clusterName="epinio", principalArn=role_arn(account, "EC2_LINUX")
        ),
    }
    for action, call in calls.items():
        code, status, text = refusal(call)
        assert (code, status) == ("AccessDeniedException", 403)
        assert f"is not authorized to perform: {action} on resource: {arns[action].removesuffix('*')}" in text
    missing = {"clusterName": "epinio", "fargateProfileName": "missing"}
    assert refusal(client.describe_fargate_profile, **missing)[0] == "AccessDeniedException"
    rights = document(*(allow(action, arn) for action, arn in arns.items()))
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=rights)
    for call in calls.values():
        call()
    assert refusal(client.describe_fargate_profile, **missing)[0] == "ResourceNotFoundException"
