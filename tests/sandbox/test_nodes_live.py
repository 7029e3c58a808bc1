"""A cluster of several kinds of nodes, seen with kubectl and boto3: as it starts, changes, and is copied."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import node_changes, node_kinds, node_pools
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from sandbox.node_kinds import managed
from sandbox.settings import DEFAULT_ACCOUNT
from tests.sandbox.fakes import fake_aws
from tests.sandbox.kubectl import Kubectl, until

pytestmark = pytest.mark.live
REGION = "us-east-1"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    with StandIn(tmp_path_factory.mktemp("aws") / "aws.jsonl") as running:
        yield running


@pytest.fixture(scope="module")
def charts() -> Iterator[str]:
    with fake_aws() as running:
        yield running.url


@pytest.fixture(scope="module")
def cluster(aws: StandIn, charts: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """With GPUs, another architecture, Fargate, and an `aws-auth`."""
    nodes = (*node_pools.gpu_and_arm(REGION).nodes, node_kinds.fargate(REGION, 3, "epinio-fargate"))
    pools = replace(node_kinds.pools_of(nodes), aws_auth=node_pools.config_map(REGION).pools.aws_auth)
    folder = tmp_path_factory.mktemp("nodes") / "cluster"
    with Cluster.new(folder, aws_url=aws.url, charts_url=charts, nodes=nodes, pools=pools) as running:
        yield running


def shown(kubectl: Kubectl) -> dict[str, Any]:
    return {item["metadata"]["name"]: item for item in kubectl.get("nodes")["items"]}


def ready(node: dict[str, Any]) -> bool:
    conditions = node["status"].get("conditions", [])
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def map_roles(kubectl: Kubectl) -> str:
    rows: str = kubectl.get("configmap", "aws-auth", "--namespace", "kube-system")["data"]["mapRoles"]
    return rows


def states(aws: StandIn) -> list[str]:
    reservations = aws.client("ec2", DEFAULT_ACCOUNT).describe_instances()["Reservations"]
    return [each["State"]["Name"] for reservation in reservations for each in reservation["Instances"]]


def test_the_nodes_as_the_cluster_shows_them(cluster: Cluster) -> None:
    found = shown(Kubectl(cluster))
    assert all(map(ready, found.values()))
    default, gpu, arm, fargate = (found[node.name] for node in cluster.settings.nodes)
    architectures = [each["status"]["nodeInfo"]["architecture"] for each in (default, gpu, arm, fargate)]
    assert architectures == ["amd64", "amd64", "arm64", "amd64"]
    assert arm["metadata"]["labels"]["kubernetes.io/arch"] == "arm64"
    assert arm["metadata"]["labels"]["eks.amazonaws.com/nodegroup"] == "arm"
    assert gpu["spec"]["taints"] == [node_kinds.GPU_TAINT]
    assert fargate["spec"]["taints"] == [node_kinds.FARGATE_TAINT]
    assert fargate["spec"]["providerID"].endswith(f"/{fargate['metadata']['name']}")


def test_the_accounts_rows_are_in_aws_auth(cluster: Cluster) -> None:
    assert f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/epinio-nodes" in map_roles(Kubectl(cluster))


def test_instances_have_credentials_of_their_roles(cluster: Cluster, aws: StandIn) -> None:
    place = {"account": DEFAULT_ACCOUNT, "region": REGION}
    instances = [node.instance_id for node in cluster.settings.nodes if node.kind == "managed"]
    handed = [aws.control("instance-credentials", {**place, "instance_id": each}) for each in instances]
    assert [each["role_name"] for each in handed] == ["epinio-nodes", "gpu-nodes", "arm-nodes"]


def test_a_node_group_joins_and_goes(cluster: Cluster, aws: StandIn) -> None:
    kubectl, eks = Kubectl(cluster), aws.client("eks", DEFAULT_ACCOUNT)
    node = managed(REGION, 4, "late-nodes", "late")
    node_changes.join(cluster, node)
    until(10, lambda: node.name in (found := shown(kubectl)) and ready(found[node.name]))
    group = eks.describe_nodegroup(clusterName="epinio", nodegroupName="late")["nodegroup"]
    assert group["nodeRole"] == f"arn:aws:iam::{DEFAULT_ACCOUNT}:role/late-nodes"
    node_changes.delete_group(cluster, "late")
    until(10, lambda: node.name not in shown(kubectl))
    assert "late" not in eks.list_nodegroups(clusterName="epinio")["nodegroups"]
    assert states(aws) == ["running", "running", "running", "terminated"]
    aws.client("iam", DEFAULT_ACCOUNT).get_role(RoleName="late-nodes")


def test_a_copy_in_another_account(cluster: Cluster, aws: StandIn, charts: str, tmp_path: Path) -> None:
    """Last in this file: what is copied does not run."""
    cluster.stop()
    account = "444455556666"
    with Cluster.copied_from(
        cluster.folder, tmp_path / "copy", aws_url=aws.url, charts_url=charts, account=account
    ) as copy:
        assert f"arn:aws:iam::{account}:role/epinio-nodes" in map_roles(Kubectl(copy))
        assert DEFAULT_ACCOUNT not in map_roles(Kubectl(copy))
        assert all(map(ready, shown(Kubectl(copy)).values()))
    roles = aws.client("iam", account).list_roles()["Roles"]
    assert {each["RoleName"] for each in roles} >= {"epinio-nodes", "gpu-nodes", "arm-nodes", "epinio-cluster"}
