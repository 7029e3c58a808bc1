"""The tables of nodes: what AWS answers about each, asked with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import node_pools, node_registration, settings, stand_in
from sandbox.aws import StandIn
from sandbox.node_pools import TABLES, NodeTable
from sandbox.settings import Ports, Settings
from tests.sandbox import registered

REGION = "us-east-1"
accounts = itertools.count(200000000001)
# By table: the names of the roles of node groups, of access entries of nodes (by type), and of running instances.
GROUPS = {
    "one_group": ["epinio-nodes"],
    "three_groups": ["epinio-nodes", "epinio-nodes", "team/a/other-nodes"],
    "karpenter_nodes": ["epinio-nodes"],
    "mixed_with_fargate": ["epinio-nodes"],
    "gpu_and_arm": ["epinio-nodes", "gpu-nodes", "arm-nodes"],
    "scaled_to_zero": ["epinio-nodes", "other-nodes"],
    "malformed_aws_auth": ["epinio-nodes"],
    "hop_limit_one": ["epinio-nodes"],
    "no_endpoint": ["epinio-nodes", "other-nodes"],
    "hybrid_beside": ["epinio-nodes"],
    "fargate_takes_epinio": ["epinio-nodes"],
}
LINUX = {"epinio-nodes": "EC2_LINUX"}
ENTRIES = {
    "one_group": LINUX,
    "three_groups": {**LINUX, "team/a/other-nodes": "EC2_LINUX"},
    "access_entries": {**LINUX, "team/a/other-nodes": "EC2_LINUX"},
    "auto_mode": {"epinio-auto": "EC2"},
    "karpenter_nodes": LINUX,
    "mixed_with_fargate": {**LINUX, "epinio-fargate": "FARGATE_LINUX"},
    "gpu_and_arm": {**LINUX, "gpu-nodes": "EC2_LINUX", "arm-nodes": "EC2_LINUX"},
    "scaled_to_zero": {**LINUX, "other-nodes": "EC2_LINUX"},
    "malformed_aws_auth": LINUX,
    "hop_limit_one": LINUX,
    "no_endpoint": {**LINUX, "other-nodes": "EC2_LINUX"},
    "fargate_only": {"epinio-fargate": "FARGATE_LINUX"},
    "hybrid_beside": {**LINUX, "hybrid-nodes": "HYBRID_LINUX"},
    "fargate_takes_epinio": {**LINUX, "epinio-fargate": "FARGATE_LINUX"},
}
RUNNING = {
    **{name: ["epinio-nodes"] for name in TABLES},
    "three_groups": ["epinio-nodes", "epinio-nodes", "team/a/other-nodes"],
    "config_map": ["team/a/epinio-nodes"],
    "auto_mode": ["epinio-auto", "epinio-auto"],
    "karpenter_nodes": ["epinio-nodes", "karpenter-nodes"],
    "gpu_and_arm": ["epinio-nodes", "gpu-nodes", "arm-nodes"],
    "nothing": [],
    "hop_limit_one": ["epinio-nodes", "epinio-nodes"],
    "no_endpoint": ["epinio-nodes", "other-nodes"],
    "fargate_only": [],
}


@pytest.fixture
def aws(tmp_path: Path) -> Iterator[StandIn]:
    """With AWS's delays: what a sandbox finds has been there long before."""
    with StandIn(tmp_path / "aws.jsonl") as running:
        yield running


def of_table(table: NodeTable, aws: StandIn) -> Settings:
    account = str(next(accounts))
    made = Settings("epinio", REGION, account, settings.new_issuer(REGION), Ports.free(), table.nodes, aws_url=aws.url)
    return replace(made, pools=table.pools)


class Asked:
    """AWS, asked about the cluster with boto3 by the account's administrator."""

    def __init__(self, aws: StandIn, account: str) -> None:
        self.eks, self.ec2, self.iam = (aws.client(service, account) for service in ("eks", "ec2", "iam"))

    def groups(self) -> list[dict[str, Any]]:
        names = self.eks.list_nodegroups(clusterName="epinio")["nodegroups"]
        return [self.eks.describe_nodegroup(clusterName="epinio", nodegroupName=each)["nodegroup"] for each in names]

    def entries(self) -> dict[str, str]:
        arns = self.eks.list_access_entries(clusterName="epinio")["accessEntries"]
        found = [
            self.eks.describe_access_entry(clusterName="epinio", principalArn=each)["accessEntry"] for each in arns
        ]
        return {role_of(each["principalArn"]): each["type"] for each in found if each["type"] != "STANDARD"}

    def instances(self) -> list[dict[str, Any]]:
        reservations = self.ec2.describe_instances()["Reservations"]
        return [each for reservation in reservations for each in reservation["Instances"]]

    def roles_of_instances(self) -> list[str]:
        names = [each["IamInstanceProfile"]["Arn"].rsplit("/", 1)[1] for each in self.instances()]
        found = [self.iam.get_instance_profile(InstanceProfileName=each)["InstanceProfile"] for each in names]
        return [role_of(each["Roles"][0]["Arn"]) for each in found]


def role_of(arn: str) -> str:
    """Path and name of a role."""
    return arn.split(":role/", 1)[1]


@pytest.mark.parametrize("name", TABLES)
def test_what_aws_says_of_a_table(aws: StandIn, tmp_path: Path, name: str) -> None:
    here = of_table(TABLES[name](REGION), aws)
    registered.register(tmp_path, here)
    asked = Asked(aws, here.account)
    assert [role_of(each["nodeRole"]) for each in asked.groups()] == GROUPS.get(name, [])
    if name != "config_map":
        assert asked.entries() == ENTRIES.get(name, {})
    assert asked.roles_of_instances() == RUNNING[name]
    by_id = {each["InstanceId"]: each for each in asked.instances()}
    for node in here.nodes:
        if node.kind in ("fargate", "hybrid") or not node.provider_id:
            continue
        options = by_id.pop(node.provider_id.rsplit("/", 1)[1])["MetadataOptions"]
        shown = (options["HttpPutResponseHopLimit"], options["HttpEndpoint"] == "enabled")
        assert shown == (node.hop_limit, node.endpoint)
    assert by_id == {}
    own = asked.eks.describe_cluster(name="epinio")["cluster"]["roleArn"]
    assert own == f"arn:aws:iam::{here.account}:role/epinio-cluster"


def test_every_table_is_expected_something_of() -> None:
    assert GROUPS.keys() | ENTRIES.keys() <= TABLES.keys()
    assert RUNNING.keys() == TABLES.keys()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_survives_the_settings_file(tmp_path: Path, aws: StandIn, name: str) -> None:
    here = of_table(TABLES[name](REGION), aws)
    here.write(tmp_path)
    assert Settings.read(tmp_path) == here


def test_auto_mode_is_told_by_its_cluster(aws: StandIn, tmp_path: Path) -> None:
    for name, expected in (("auto_mode", "epinio-auto"), ("one_group", None)):
        here = of_table(TABLES[name](REGION), aws)
        registered.register(tmp_path, here)
        cluster = aws.client("eks", here.account).describe_cluster(name="epinio")["cluster"]
        role = cluster.get("computeConfig", {}).get("nodeRoleArn")
        assert (role and role_of(role)) == expected


def test_labels_and_taints_of_groups(aws: StandIn, tmp_path: Path) -> None:
    """Only what the group gives its nodes: EKS's own labels are not among a node group's."""
    here = of_table(node_pools.gpu_and_arm(REGION), aws)
    registered.register(tmp_path, here)
    default, gpu, arm = Asked(aws, here.account).groups()
    assert (default["labels"], default.get("taints", [])) == ({}, [])
    assert (gpu["labels"], gpu["amiType"]) == ({"pool": "gpu"}, "AL2023_x86_64_NVIDIA")
    assert gpu["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]
    assert (arm["labels"], arm["amiType"]) == ({"pool": "arm"}, "AL2023_ARM_64_STANDARD")


def test_a_group_of_no_size(aws: StandIn, tmp_path: Path) -> None:
    here = of_table(node_pools.scaled_to_zero(REGION), aws)
    registered.register(tmp_path, here)
    assert [each["scalingConfig"]["desiredSize"] for each in Asked(aws, here.account).groups()] == [1, 0]


@pytest.mark.parametrize("name", ["config_map", "malformed_aws_auth", "one_group"])
def test_aws_auth(aws: StandIn, name: str) -> None:
    """EKS User Guide: "The role ARN can't include a path"."""
    here = of_table(TABLES[name](REGION), aws)
    shown = node_registration.aws_auth(here)
    if name == "one_group":
        assert shown is None
        return
    assert shown is not None
    rows = shown["data"]["mapRoles"]
    if name == "malformed_aws_auth":
        with pytest.raises(yaml.YAMLError):
            yaml.safe_load(rows)
        return
    found = {each["rolearn"].split(":role/")[1]: (each["username"], each["groups"]) for each in yaml.safe_load(rows)}
    assert found.keys() == {"epinio-nodes", "other-nodes", "epinio-fargate", "administrators"}
    node = ("system:node:{{EC2PrivateDNSName}}", ["system:bootstrappers", "system:nodes"])
    assert found["epinio-nodes"] == found["other-nodes"] == node
    assert f"arn:aws:iam::{here.account}:role/epinio-nodes" in rows


def test_a_copy_in_another_account_has_the_same(aws: StandIn, tmp_path: Path) -> None:
    here = of_table(node_pools.three_groups(REGION), aws)
    copy = here.copied(aws.url, None, str(next(accounts)))
    for each in (here, copy):
        registered.register(tmp_path, each)
    first, second = Asked(aws, here.account), Asked(aws, copy.account)
    assert first.roles_of_instances() == second.roles_of_instances()
    assert first.entries() == second.entries()
    assert all(f"::{copy.account}:" in each["nodeRole"] for each in second.groups())


def test_registered_again_a_role_keeps_what_was_attached(aws: StandIn, tmp_path: Path) -> None:
    here = of_table(node_pools.one_group(REGION), aws)
    registered.register(tmp_path, here)
    iam = aws.client("iam", here.account)
    attached = {"RoleName": "epinio-nodes", "PolicyArn": "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"}
    iam.attach_role_policy(**attached)
    stand_in.register_nodes(here)
    found = iam.list_attached_role_policies(RoleName="epinio-nodes")["AttachedPolicies"]
    assert {each["PolicyName"] for each in found} == {
        "AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonEKSClusterPolicy",
    }  # fmt: skip


def test_a_thousand_nodes_are_registered_in_one_call(aws: StandIn, tmp_path: Path) -> None:
    here = of_table(node_pools.many(REGION), aws)
    assert len({node.name for node in here.nodes}) == len({node.instance_id for node in here.nodes}) == 1000
    registered.register(tmp_path, here)
    asked = Asked(aws, here.account)
    assert len(asked.instances()) == 1000
    assert len({each["IamInstanceProfile"]["Arn"] for each in asked.instances()}) == len(asked.groups()) == 10
