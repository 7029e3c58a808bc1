"""Nodes of each kind, and their objects in Kubernetes."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

import pytest

from sandbox import node_objects, node_pools
from sandbox.node_kinds import default_nodes, pools_of
from sandbox.settings import Node

REGION = "us-east-1"


def test_the_default_nodes() -> None:
    (node,) = default_nodes("eu-west-1", "epinio")
    assert node.name == "ip-10-0-1-10.eu-west-1.compute.internal"
    assert (node.role, node.node_group) == ("epinio-nodes", "default")
    assert (node.provider_id, node.hop_limit) == ("aws:///eu-west-1a/i-0a1b2c3d4e5f60718", 2)
    assert [each.name for each in pools_of((node,)).groups] == ["default"]


def test_two_clusters_of_an_account_share_no_node() -> None:
    (first,), (second,) = default_nodes(REGION, "epinio"), default_nodes(REGION, "second")
    assert second.role == "second-nodes"
    assert (first.instance_id, first.name) != (second.instance_id, second.name)
    assert re.fullmatch(r"ip-10-0-\d+-\d+\.ec2\.internal", second.name)


def test_a_fargate_node() -> None:
    """EKS User Guide, "Fargate": name, label, taint and provider of its nodes."""
    node = node_pools.fargate_only(REGION).nodes[0]
    name = "fargate-ip-10-0-1-10.ec2.internal"
    assert node.name == name
    assert re.fullmatch(rf"aws:///us-east-1a/[0-9a-f]{{10}}-[0-9a-f]{{32}}/{re.escape(name)}", node.provider_id)
    assert node.labels["eks.amazonaws.com/compute-type"] == "fargate"
    assert node.taints == ({"key": "eks.amazonaws.com/compute-type", "value": "fargate", "effect": "NoSchedule"},)


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_the_architecture_of_a_node(architecture: str) -> None:
    shown = node_objects.node_object(Node("a", architecture=architecture))
    assert shown["metadata"]["labels"]["kubernetes.io/arch"] == architecture
    status = node_objects.ready_status(shown, "2026-01-01T00:00:00Z", "v1")
    assert status["nodeInfo"]["architecture"] == architecture


def test_a_node_that_somebody_made_has_the_usual_architecture() -> None:
    made = {"metadata": {"name": "a"}}
    assert node_objects.ready_status(made, "2026-01-01T00:00:00Z", "v1")["nodeInfo"]["architecture"] == "amd64"
