"""Nodes, node groups and instances out of the answers of Kubernetes, EKS and EC2; what keeps credentials from pods."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import metadata, nodes
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import Instance, Node
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods, Taint, fits, pods
from botocore.loaders import Loader

REGION, ROLE = "us-east-1", "arn:aws:iam::123456789012:role/nodes"


@pytest.mark.parametrize(
    ("provider_id", "instance_id"),
    [
        ("aws:///us-east-1a/i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60718"),
        ("aws:///us-west-2-lax-1a/i-0a1b2c3d", "i-0a1b2c3d"),
        ("aws:///us-east-1a/5f3c2-0a1b/fargate-ip-10-0-2-1.ec2.internal", ""),
        ("aws:///use1-az2/sagemaker/cluster/hyperpod-abc-i-0a1b2c3d4e5f60718", ""),
        ("eks-hybrid:///us-east-1/one/mi-0a1b2c3d4e5f60718", ""),
        ("", ""),
    ],
)
def test_the_instance_behind_a_node(provider_id: str, instance_id: str) -> None:
    assert Node("n", provider_id=provider_id).instance_id == instance_id


def test_a_node_as_the_api_server_shows_it() -> None:
    spec = {"providerID": "aws:///a/i-1", "unschedulable": True, "taints": [{"key": "k", "effect": "NoExecute"}]}
    conditions = [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}]
    found = {"metadata": {"name": "n", "labels": {"a": "b"}}, "spec": spec, "status": {"conditions": conditions}}
    assert nodes.node(found) == Node("n", {"a": "b"}, (Taint("k", "", "NoExecute"),), "aws:///a/i-1", True, True)
    assert nodes.node({"metadata": {"name": "n"}}) == Node("n", ready=False)


# The enumeration of the installed botocore: a new type of another form would be missed.
AMI_TYPES = Loader().load_service_model("eks", "service-2")["shapes"]["AMITypes"]["enum"]


@pytest.mark.parametrize("ami_type", AMI_TYPES)
def test_every_type_of_image_but_custom_ones_has_a_platform(ami_type: str) -> None:
    found = nodes.platform(ami_type)
    if ami_type == "CUSTOM":
        assert found == {}
        return
    assert found["kubernetes.io/os"] == ("windows" if "WINDOWS" in ami_type else "linux")
    assert found["kubernetes.io/arch"] == ("arm64" if "ARM" in ami_type else "amd64")


def node_group(**more: Any) -> nodes.NodeGroup:
    usual = {"nodegroupName": "a", "nodeRole": ROLE, "amiType": "AL2023_ARM_64_STANDARD", "capacityType": "SPOT"}
    return nodes.node_group({**usual, **more})


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ({"eks.amazonaws.com/nodegroup": "a"}, True),
        ({"eks.amazonaws.com/nodegroup": "b"}, False),
        ({"eks.amazonaws.com/capacityType": "SPOT"}, True),
        ({"eks.amazonaws.com/capacityType": "ON_DEMAND"}, False),
        ({"kubernetes.io/arch": "arm64"}, True),
        ({"kubernetes.io/arch": "amd64"}, False),
        ({"pool": "apps"}, True),
        ({"pool": "system"}, False),
        ({"disk": "ssd"}, False),
        ({"topology.kubernetes.io/zone": "us-east-1a", "node.kubernetes.io/instance-type": "m7g.large"}, True),
    ],
)
def test_pods_that_select_nodes_of_a_group(selector: dict[str, str], matches: bool) -> None:
    place = node_group(labels={"pool": "apps"}).place
    assert fits(pods({"nodeSelector": selector}), place) is matches


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_a_custom_image_may_have_any_platform(architecture: str) -> None:
    assert fits(pods({"nodeSelector": {"kubernetes.io/arch": architecture}}), node_group(amiType="CUSTOM").place)


@pytest.mark.parametrize(
    ("effect", "matches"), [("NO_SCHEDULE", False), ("NO_EXECUTE", False), ("PREFER_NO_SCHEDULE", True)]
)
def test_taints_of_a_group(effect: str, matches: bool) -> None:
    assert fits(Pods(), node_group(taints=[{"key": "gpu", "effect": effect}]).place) is matches


def instance(**more: Any) -> Instance:
    options = {"HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 2, "HttpTokens": "required", **more}
    return nodes.instance({"InstanceId": "i-1", "MetadataOptions": options})


def test_an_instance_that_says_nothing_gives_nothing() -> None:
    assert nodes.instance({"InstanceId": "i-1"}) == Instance("i-1", "", False, 0)


GROUP, KARPENTER = {"eks.amazonaws.com/nodegroup": "a"}, {"karpenter.k8s.aws/ec2nodeclass": "k"}
STOP_GAP = (
    "aws ec2 modify-instance-metadata-options --region us-east-1 --http-endpoint enabled "
    "--http-put-response-hop-limit 2 --instance-id <id>; it ends with the instance"
)


@pytest.mark.parametrize(
    ("labels", "options", "reason", "remedy"),
    [
        (GROUP, {"HttpPutResponseHopLimit": 1}, "HttpPutResponseHopLimit of its instance is 1", "node group a"),
        (GROUP, {"HttpEndpoint": "disabled"}, "HttpEndpoint: disabled", "HttpEndpoint: enabled"),
        (
            KARPENTER,
            {"HttpPutResponseHopLimit": 1},
            "is 1",
            "spec.metadataOptions.httpPutResponseHopLimit: 2 in EC2NodeClass k;",
        ),
        ({"karpenter.sh/nodepool": "p"}, {"HttpPutResponseHopLimit": 1}, "is 1", "EC2NodeClass of NodePool p;"),
        ({}, {"HttpPutResponseHopLimit": 1, "HttpTokens": "optional"}, "is 1", "HttpPutResponseHopLimit: 2"),
    ],
)
def test_instances_that_can_be_mended(labels: dict[str, str], options: Any, reason: str, remedy: str) -> None:
    found = metadata.obstacle(Node("n", labels), instance(**options), ROLE, REGION)
    assert found is not None
    assert reason in found.reason
    assert remedy in found.remedy
    assert STOP_GAP in found.remedy


@pytest.mark.parametrize("options", [{}, {"HttpTokens": "optional"}, {"HttpPutResponseHopLimit": 64}])
def test_instances_that_give_pods_credentials(options: Any) -> None:
    assert metadata.obstacle(Node("n"), instance(**options), ROLE, REGION) is None


@pytest.mark.parametrize("kind", ["fargate", "hybrid", "auto"])
def test_nodes_that_never_do(kind: str) -> None:
    found = metadata.obstacle(Node("n", {nodes.COMPUTE_TYPE: kind}), instance(), ROLE, REGION)
    assert found is not None
    assert "Choose IRSA" in found.remedy
    assert f"NotIn [{kind}]" in found.remedy


def test_nodes_without_an_instance_or_a_role() -> None:
    stranger = metadata.obstacle(Node("n"), None, "", REGION)
    bare = metadata.obstacle(Node("n"), instance(), "", REGION)
    assert stranger is not None
    assert "no EC2 instance" in stranger.reason
    assert bare is not None
    assert "no instance profile" in bare.reason
