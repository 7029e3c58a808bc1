"""Instance-profile mode on nodes that give pods no credentials: refused first, else disproven."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kubernetes import client

from sandbox import node_changes, stand_in
from sandbox.node_pools import NodeTable, auto_mode, fargate_only
from sandbox.people import NAMESPACE
from tests.scenarios.world import World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

REGION = "us-east-1"
SETTING = "HttpPutResponseHopLimit"


def release(world: World) -> tuple[Any, ...]:
    """Of the release what an upgrade would change."""
    status = world.status()
    return (
        status["version"],
        status["info"]["status"],
        world.values(),
        [pod.metadata.uid for pod in world.server_pods()],
    )


def of_the_proof(world: World) -> list[str]:
    """What a proof makes, in the namespace and in the bucket."""
    jobs = client.BatchV1Api(world.people.api).list_namespaced_job(NAMESPACE).items
    pods = world.core.list_namespaced_pod(NAMESPACE).items
    names = [one.metadata.name for one in (*jobs, *pods) if "probe" in one.metadata.name]
    return [*names, *(one["Key"] for one in world.s3.list_objects_v2(Bucket=world.bucket).get("Contents", []))]


def test_a_hop_limit_of_1_is_refused_first_and_else_disproven(world: World) -> None:
    far = tuple(replace(node, hop_limit=1) for node in world.cluster.settings.nodes)
    world.cluster.settings = replace(world.cluster.settings, nodes=far)
    stand_in.register_nodes(world.cluster.settings)
    before = release(world)
    message = world.refused("instance_profile").failure
    for part in (
        f"{SETTING} of its instance is 1",
        f"{SETTING}: 2 in the launch template of node group default",
        "modify-instance-metadata-options",
        "epinio_ignore_metadata_preflight=true",
    ):
        assert part in message

    with world.wire() as wire:
        run = world.run("instance_profile", verify="auto", ignore_metadata_preflight=True)
    assert run.code == 2, run.output
    assert run.failure.startswith("Disproven: A pod of service account epinio/epinio-server could not act"), run.failure
    for part in ("role/epinio-nodes: NoCredentials", f"its {SETTING} must be 2 or more"):
        assert part in run.failure
    # It has really been asked from there, and what it made is gone.
    assert [one.verb for one in wire.kubernetes_writes if one.resource == "jobs"] == ["create", "delete"]
    assert of_the_proof(world) == []
    assert release(world) == before


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (fargate_only(REGION), ("No IAM role of nodes was found", "Fargate has no instance metadata service")),
        (auto_mode(REGION), ("EKS Auto Mode keeps its nodes' credentials from pods",)),
    ],
    ids=["fargate", "auto mode"],
)
def test_nodes_that_never_give_pods_any_are_refused_with_the_other_mode(
    world: World, table: NodeTable, words: tuple[str, ...]
) -> None:
    node_changes.become(world.cluster, table.nodes, table.pools)
    message = world.refused("instance_profile").failure
    for part in (*words, "Choose IRSA (playbook irsa)"):
        assert part in message
