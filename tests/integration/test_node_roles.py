"""epinio_node_roles_info with boto3's and Kubernetes' own clients, case by case, and what it asks for."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.epinio.aws.plugins.modules import epinio_node_roles_info as module
from ansible_collections.epinio.aws.plugins.plugin_utils import in_process

from tests.integration.api_server import ApiServer, started
from tests.integration.nodes_aws import NodesAws
from tests.node_cases import AUTO, CASES, MAPPED, NODES, POOLS, SPARE, TEAM, Case
from tests.node_worlds import SERVER_LABELS, WIRING, Pool, World, group, of_group, role

NODE_PATH, MAP_PATH = "/api/v1/nodes", "/api/v1/namespaces/kube-system/configmaps/aws-auth"
OF_EPINIO = {
    "/apis/apps/v1/namespaces/epinio/deployments/epinio-server",
    "/api/v1/namespaces/epinio/configmaps",
}
Runs = Callable[..., dict[str, Any]]


@dataclass
class NodesApi(ApiServer):
    """The API server of a world."""

    world: World = field(default_factory=World)

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        parts = urlsplit(path)
        self.asked.append(parts.path)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == NODE_PATH:
            return 200, self.nodes(int(query["limit"]), int(query.get("continue", 0)))
        if parts.path == MAP_PATH and self.world.map_roles:
            metadata = {"name": "aws-auth", "namespace": "kube-system", "uid": "map"}
            return 200, {"metadata": metadata, "data": {"mapRoles": self.world.map_roles}}
        if parts.path.endswith("/epinio-server"):
            template = {"metadata": {"labels": SERVER_LABELS}, "spec": self.world.server}
            metadata = {"name": "epinio-server", "namespace": "epinio", "uid": "server"}
            return 200, {"metadata": metadata, "spec": {"selector": {}, "template": template}}
        if query.get("labelSelector") == "app.kubernetes.io/component=epinio-staging":
            return 200, {"items": [self.world.stage_scripts]}
        return 404, {"kind": "Status", "message": "not found"}

    def nodes(self, limit: int, start: int) -> dict[str, Any]:
        found, end = self.world.nodes, start + limit
        more = {"continue": str(end)} if end < len(found) else {}
        return {"metadata": more, "items": found[start:end]}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Runs:
    """Runs the module in a world; the result has `aws` and `asked`, the calls that it made."""

    def once(world: World, page: int = 100, **args: Any) -> dict[str, Any]:
        aws = NodesAws(world, page)
        real = module.clients

        def clients(made: Any) -> Any:
            made.client = aws.client
            return real(made)

        with started(NodesApi("https://issuer.test", world=world)) as api, monkeypatch.context() as patched:
            patched.setattr(module, "clients", clients)
            given = {"wiring": WIRING, "kubeconfig": str(api.kubeconfig(tmp_path)), "region": "us-east-1", **args}
            answer = in_process.run(module, given, {"HOME": str(tmp_path)})
        assert "nobody" not in str(answer)
        return {**answer, "aws": Counter(aws.calls), "asked": Counter(api.asked)}

    return once


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("scope", ["schedulable", "all"])
def test_the_right_roles_are_found(run: Runs, case: Case, scope: str) -> None:
    expected = case.schedulable if scope == "schedulable" else case.everything
    found = run(case.world, scope=scope, unreachable="report")
    if not expected:
        assert found["failed"]
        assert case.refused in found["msg"]
        return
    assert not found["changed"]
    assert tuple(one["arn"] for one in found["node_roles"]) == expected
    if scope == "schedulable":
        assert len(found["notices"]) == len(case.notices) + (1 if case.refused else 0)
    failing = run(case.world, scope=scope)
    assert failing.get("failed", False) is bool(case.refused)
    if case.refused:
        assert case.refused in failing["msg"]
        assert case.refused in " ".join(found["notices"])
        assert (failing["unreachable_nodes"], failing["node_roles"]) == (
            found["unreachable_nodes"],
            found["node_roles"],
        )


def test_only_what_a_mode_uses_is_asked(run: Runs) -> None:
    usual = {"eks:DescribeCluster": 1, "eks:ListNodegroups": 1, "ec2:DescribeInstances": 1, "iam:GetInstanceProfile": 1}
    mapped = run(CASES["aws-auth only, roles with a path"].world)
    # Fargate's role is in aws-auth.
    assert mapped["aws"] == {**usual, "iam:GetRole": 1, "eks:ListFargateProfiles": 1}
    assert mapped["asked"] == dict.fromkeys({*OF_EPINIO, NODE_PATH, MAP_PATH}, 1)
    entered = run(CASES["access entries only"].world)
    # Six roles; a user is no node.
    entries = {"eks:ListAccessEntries": 1, "eks:DescribeAccessEntry": 6}
    assert entered["aws"] == {**usual, **entries, "iam:GetRole": 2, "eks:ListFargateProfiles": 1}
    assert entered["asked"] == dict.fromkeys({*OF_EPINIO, NODE_PATH}, 1)
    known = {"authentication_mode": "API_AND_CONFIG_MAP", "auto_node_role_arn": ""}
    one = run(CASES["one managed group"].world, **known)
    without = {key: count for key, count in usual.items() if key != "eks:DescribeCluster"}
    entries = {"eks:ListAccessEntries": 1, "eks:DescribeAccessEntry": 2}
    assert one["aws"] == {**without, **entries, "eks:DescribeNodegroup": 1}


def test_the_cluster_that_is_known_already_is_what_counts(run: Runs) -> None:
    """`API_AND_CONFIG_MAP` and no Auto Mode, says EKS: neither is asked for nor believed."""
    world = World(pools=(Pool("self", TEAM),), map_roles=MAPPED, roles=(SPARE,), entries={TEAM: "EC2_LINUX"})
    found = run(world, authentication_mode="API", auto_node_role_arn=AUTO, unreachable="report")
    assert [one["arn"] for one in found["node_roles"]] == [AUTO, TEAM]
    assert found["aws"]["eks:DescribeCluster"] == 0
    refused = run(world, authentication_mode="API")
    assert "parameters are required together: authentication_mode, auto_node_role_arn" in refused["msg"]


def test_a_thousand_nodes(run: Runs) -> None:
    """20 calls of AWS and 5 of the API server, whatever the nodes' number is but for one for every 200 of them."""
    names = [f"p{number}" for number in range(4)]
    world = World(
        groups=tuple(group(name, role(name)) for name in names),
        entries={role(name): "EC2_LINUX" for name in names},
        pools=tuple(Pool(name, role(name), 250, of_group(name)) for name in names),
    )
    start = time.process_time()
    found = run(world)
    spent = time.process_time() - start
    assert found["aws"] == {
        "eks:DescribeCluster": 1,
        "eks:ListNodegroups": 1,
        "eks:DescribeNodegroup": 4,
        "eks:ListAccessEntries": 1,
        "eks:DescribeAccessEntry": 4,
        "ec2:DescribeInstances": 5,
        "iam:GetInstanceProfile": 4,
    }
    assert found["asked"] == {**dict.fromkeys((*OF_EPINIO, MAP_PATH), 1), NODE_PATH: 2}
    assert [(one["node_count"], len(one["nodes"])) for one in found["node_roles"]] == [(250, 10)] * 4
    # Of that most is the loading of EC2's model.
    assert spent < 10, spent


def test_lists_are_read_to_their_end(run: Runs) -> None:
    found = run(POOLS, page=1, scope="all")
    assert [one["name"] for one in found["node_roles"]] == ["arm", "gpu", "nodes"]
    assert (found["aws"]["eks:ListNodegroups"], found["aws"]["eks:ListAccessEntries"]) == (3, 5)


def test_chosen_roles_are_verified_and_nothing_else_is_looked_for(run: Runs) -> None:
    found = run(replace(POOLS, roles=(SPARE,)), role_names=["spare", "nodes", "spare"])
    assert [(one["arn"], one["nodes"]) for one in found["node_roles"]] == [(NODES, ["default-0000"]), (SPARE, [])]
    assert found["aws"] == {"iam:GetRole": 2, "ec2:DescribeInstances": 1, "iam:GetInstanceProfile": 3}
    assert MAP_PATH not in found["asked"]
    seen = run(CASES["mixed with Fargate"].world, role_names=["nodes"])["aws"]
    assert (seen["eks:ListFargateProfiles"], seen["eks:DescribeFargateProfile"]) == (1, 1)
    refused = run(POOLS, role_names=["typo"])
    assert "There is no role typo" in refused["msg"]
    refused = run(POOLS, role_names=[TEAM])
    assert "give the last part of its ARN" in refused["msg"]
    assert not refused["aws"]


def test_a_cluster_that_does_not_exist_is_refused(run: Runs) -> None:
    refused = run(POOLS, wiring=WIRING.replace("cluster/one", "cluster/two"))
    assert "There is no EKS cluster two in us-east-1 of account 123456789012" in refused["msg"]


def test_staging_values_that_nobody_can_read_are_told(run: Runs) -> None:
    found = run(replace(POOLS, staging={"tolerations": "all"}))
    assert "staging-values.json of ConfigMap epinio-stage-scripts cannot be read (tolerations" in found["notices"][0]
    assert len(found["node_roles"]) == 2
