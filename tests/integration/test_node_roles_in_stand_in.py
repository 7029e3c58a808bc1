"""epinio_node_roles_info against the stand-in's AWS and a real API server, for clusters with nodes of every kind.

What is to be found is written down by hand, one row for each table of nodes.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from kubernetes import client, config

from sandbox import node_changes
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from sandbox.node_pools import TABLES
from tests.integration.aws_site import READS
from tests.integration.modules import run_module
from tests.sandbox.fakes import fake_aws

pytestmark = pytest.mark.live

MODULE, NAMESPACE, REGION = "epinio_node_roles_info", "epinio", "us-east-1"
SERVER, LABELS = "epinio-server", {"app.kubernetes.io/name": "epinio-server"}
NODES, OTHER, GPU, ARM = "epinio-nodes", "other-nodes", "gpu-nodes", "arm-nodes"
SECONDS = 15.0
_ACCOUNTS = itertools.count(210000000001)


@dataclass(frozen=True)
class Expected:
    """What is to be found.

    - `roles`: path and name of each that counts, with how many ready nodes it has
    - `more`: those that count with scope `all` besides
    - `unreachable`: how many nodes give pods no credentials, by the reason's first words
    - `refused`: words of the refusal; with roles it is the preflight's, which can be overridden
    - `notice`: words of the one notice that there is beside
    - `calls`: of AWS, where the cluster is not known yet
    """

    roles: Mapping[str, int] = field(default_factory=dict)
    more: Mapping[str, int] = field(default_factory=dict)
    unreachable: Mapping[str, int] = field(default_factory=dict)
    refused: str = ""
    notice: str = ""
    calls: int = 0


# Calls: the cluster, two lists, the instances (4), and one for each group, entry of a role, profile, doubtful role.
EXPECTED: Mapping[str, Expected] = {
    "one_group": Expected({NODES: 1}, calls=4 + 1 + 1 + 1),
    "three_groups": Expected({NODES: 2, "team/a/other-nodes": 1}, calls=4 + 3 + 2 + 3),
    "access_entries": Expected(
        {NODES: 1, "team/a/other-nodes": 0}, notice="No node has these roles at present: other-nodes",
        calls=4 + 2 + 1 + 1,
    ),
    # No list of entries; the roles in aws-auth have lost their paths there. Fargate's row: a list of profiles.
    "config_map": Expected(
        {"team/a/epinio-nodes": 1, "team/b/other-nodes": 0}, notice="present: other-nodes", calls=3 + 1 + 1 + 1
    ),
    "auto_mode": Expected(
        {"epinio-auto": 2}, unreachable={"EKS Auto Mode keeps": 2}, refused="Choose IRSA (playbook irsa)",
        calls=4 + 1 + 1,
    ),
    "karpenter_nodes": Expected({NODES: 1, "karpenter-nodes": 1}, calls=4 + 1 + 1 + 2),
    "mixed_with_fargate": Expected({NODES: 1}, calls=4 + 1 + 2 + 1 + 2),
    "gpu_and_arm": Expected(
        {NODES: 1, ARM: 1}, {GPU: 1}, notice="are left out (epinio_node_scope=all takes them too): gpu-nodes",
        calls=4 + 3 + 3 + 3,
    ),
    "scaled_to_zero": Expected({NODES: 1, OTHER: 0}, notice="present: other-nodes", calls=4 + 2 + 2 + 1),
    "malformed_aws_auth": Expected({NODES: 1}, notice="kube-system/aws-auth is malformed", calls=4 + 1 + 1 + 1),
    "nothing": Expected(
        refused="No IAM role of nodes was found for EKS cluster epinio. Asked were: 0 node groups, 0 access entries of "
        "roles, Auto Mode (off), 1 node", calls=3,
    ),
    "hop_limit_one": Expected(
        {NODES: 2}, unreachable={"HttpPutResponseHopLimit of its instance is 1": 2},
        refused="HttpPutResponseHopLimit: 2 in the launch template of node group default", calls=4 + 1 + 1 + 1,
    ),
    "no_endpoint": Expected(
        {NODES: 1, OTHER: 1}, unreachable={"the metadata service of its instance is off": 1},
        refused="HttpEndpoint: enabled", calls=4 + 2 + 2 + 2,
    ),
    "fargate_only": Expected(refused="Fargate has no instance metadata service. Choose IRSA", calls=3 + 1 + 2),
    "hybrid_beside": Expected(
        {NODES: 1}, unreachable={"hybrid nodes have no": 1}, refused="Choose IRSA", calls=4 + 1 + 2 + 1
    ),
    "fargate_takes_epinio": Expected(
        {NODES: 1}, unreachable={"it takes the pods of Epinio's server and staging jobs": 0},
        refused="On Fargate profile epinio: it takes the pods of", calls=4 + 1 + 2 + 1 + 2,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def cluster(prompt_aws: StandIn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """One API server for all tables, with what of Epinio says where its pods may run."""
    folder = tmp_path_factory.mktemp("nodes") / "cluster"
    with fake_aws() as charts, Cluster.new(folder, aws_url=prompt_aws.url, charts_url=charts.url) as running:
        api = config.new_client_from_config(str(running.kubeconfig))
        core = client.CoreV1Api(api)
        core.create_namespace({"metadata": {"name": NAMESPACE}})
        pod = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "server", "image": "server:1"}]}}
        spec = {"replicas": 0, "selector": {"matchLabels": LABELS}, "template": pod}
        client.AppsV1Api(api).create_namespaced_deployment(NAMESPACE, {"metadata": {"name": SERVER}, "spec": spec})
        scripts = {"name": "epinio-stage-scripts", "labels": {"app.kubernetes.io/component": "epinio-staging"}}
        core.create_namespaced_config_map(NAMESPACE, {"metadata": scripts, "data": {"staging-values.json": "{}"}})
        yield running


class Nodes:
    """The cluster with the nodes of a table, in an account of its own."""

    def __init__(self, cluster: Cluster, aws: StandIn, name: str) -> None:
        table = TABLES[name](REGION)
        self.account = str(next(_ACCOUNTS))
        cluster.settings = replace(cluster.settings, account=self.account)
        node_changes.become(cluster, table.nodes, table.pools)
        keys = {key.upper(): value for key, value in aws.credentials(self.account).items()}
        self._environment = {**cluster.variables(), **keys}
        self._aws, self._arn = aws, cluster.settings.arn
        _wait_until_ready(cluster, len(table.nodes))

    def run(self, **args: Any) -> Any:
        return run_module(MODULE, {"wiring": f"{self._arn}/{NAMESPACE}", **args}, self._environment)

    def arn(self, role: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{role}"

    @property
    def calls(self) -> list[str]:
        return [entry["action"] for entry in self._aws.log.entries() if entry["account"] == self.account]


def _wait_until_ready(cluster: Cluster, count: int) -> None:
    core = client.CoreV1Api(config.new_client_from_config(str(cluster.kubeconfig)))
    deadline = time.monotonic() + SECONDS
    while True:
        said = [one for node in core.list_node().items for one in node.status.conditions or ()]
        ready = sum((one.type, one.status) == ("Ready", "True") for one in said)
        if ready == count:
            return
        assert time.monotonic() < deadline, f"{ready} of {count} nodes are ready"
        time.sleep(0.1)


def test_every_table_is_expected_something_of() -> None:
    assert EXPECTED.keys() == TABLES.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_right_roles_are_found(cluster: Cluster, prompt_aws: StandIn, name: str) -> None:
    nodes, expected = Nodes(cluster, prompt_aws, name), EXPECTED[name]
    found = nodes.run(unreachable="report")
    assert len(nodes.calls) == expected.calls, nodes.calls
    assert all(call.split(":")[1].startswith(READS) for call in nodes.calls)
    if not expected.roles:
        assert found["failed"]
        assert expected.refused in found["msg"]
        return
    assert {one["arn"]: one["node_count"] for one in found["node_roles"]} == of(nodes, expected.roles)
    shown = {one["reason"]: one["node_count"] for one in found["unreachable_nodes"]}
    assert len(shown) == len(expected.unreachable)
    for words, count in expected.unreachable.items():
        assert [each for reason, each in shown.items() if reason.startswith(words)] == [count]
    told = [part for part in (expected.notice, expected.refused) if part]
    assert len(found["notices"]) == len(told), found["notices"]
    assert all(part in notice for part, notice in zip(told, found["notices"], strict=True))
    if not (expected.more or expected.refused):
        return
    every = nodes.run(scope="all")
    assert {one["arn"]: one["node_count"] for one in every["node_roles"]} == of(
        nodes, {**expected.roles, **expected.more}
    )
    # Without leave the same words are a refusal, which shows what was found all the same.
    assert every.get("failed", False) is bool(expected.refused)
    assert expected.refused in every.get("msg", "")


def of(nodes: Nodes, roles: Mapping[str, int]) -> dict[str, int]:
    return {nodes.arn(role): count for role, count in roles.items()}
