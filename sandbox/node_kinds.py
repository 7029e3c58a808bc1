"""Nodes of each kind as EKS makes them, and what AWS knows of them if nothing else is said.

Sources: EKS User Guide, "Create nodes with optimized Amazon Linux images" (hop limit), "Fargate", "Automate cluster
infrastructure with EKS Auto Mode" and "Hybrid nodes"; Karpenter's documentation, "Well-known labels".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.pools import AccessEntry, FargateProfile, NodeGroup, NodeRole, Pools
from sandbox.settings import DEFAULT_NAME, Node

FIRST_INSTANCE = 0x0A1B2C3D4E5F60718
COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
FARGATE_TAINT = {"key": COMPUTE_TYPE, "value": "fargate", "effect": "NoSchedule"}
INSTANCE_TYPES = {"amd64": "m5.large", "arm64": "m6g.large"}
GPU_TAINT = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
GPU_AMI_TYPE = "AL2023_x86_64_NVIDIA"
AMI_TYPES = {"amd64": "AL2023_x86_64_STANDARD", "arm64": "AL2023_ARM_64_STANDARD"}
# The type of the access entry of a node's role, and who may assume it, where it is not as with nodes of one's own.
ENTRY_TYPES = {"auto": "EC2", "fargate": "FARGATE_LINUX", "hybrid": "HYBRID_LINUX"}
SERVICES = {"fargate": "eks-fargate-pods.amazonaws.com", "hybrid": "ssm.amazonaws.com"}
POLICIES = {
    "auto": ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly"),
    "fargate": ("AmazonEKSFargatePodExecutionRolePolicy",),
}
OPERATOR = AccessEntry("user/operator", "STANDARD")


def _on_instance(region: str, number: int, kind: str, labels: Mapping[str, str], changes: Mapping[str, Any]) -> Node:
    """A node whose kubelet runs on an EC2 instance; the number tells it from the region's other nodes."""
    zone = f"{region}a"
    architecture: str = changes.get("architecture", "amd64")
    common = {
        "node.kubernetes.io/instance-type": INSTANCE_TYPES[architecture],
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": zone,
    }
    instance = f"i-{FIRST_INSTANCE + number:017x}"
    name = instance if kind == "auto" else _address(region, number)
    more = {**common, **labels, **changes.get("labels", {})}
    return Node(name, **{**changes, "labels": more, "provider_id": f"aws:///{zone}/{instance}", "kind": kind})


def _address(region: str, number: int) -> str:
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-10-0-{1 + number // 200}-{10 + number % 200}.{domain}"


def managed(region: str, number: int, role: str, group: str = "default", **changes: Any) -> Node:
    """Of a managed node group. `changes` are further fields of Node; labels are added."""
    labels = {"eks.amazonaws.com/nodegroup": group, "eks.amazonaws.com/capacityType": "ON_DEMAND"}
    return _on_instance(region, number, "managed", labels, {**changes, "role": role, "node_group": group})


def self_managed(region: str, number: int, role: str, **changes: Any) -> Node:
    """Of somebody's own Auto Scaling group."""
    return _on_instance(region, number, "self-managed", {}, {**changes, "role": role})


def karpenter(region: str, number: int, role: str, **changes: Any) -> Node:
    """Of Karpenter; hop limit 1 is its EC2NodeClass's default."""
    labels = {"karpenter.sh/nodepool": "default", "karpenter.k8s.aws/ec2nodeclass": "default"}
    return _on_instance(region, number, "karpenter", labels, {"hop_limit": 1, **changes, "role": role})


def auto(region: str, number: int, role: str) -> Node:
    """Of EKS Auto Mode; named after its instance."""
    pool = {"karpenter.sh/nodepool": "general-purpose", "eks.amazonaws.com/nodeclass": "default"}
    labels = {COMPUTE_TYPE: "auto", **pool}
    return _on_instance(region, number, "auto", labels, {"hop_limit": 1, "role": role})


def fargate(region: str, number: int, role: str) -> Node:
    """Of Fargate; the role is its pods' execution role. No instance, no metadata service."""
    zone, name = f"{region}a", f"fargate-{_address(region, number)}"
    digest = hashlib.sha256(name.encode()).hexdigest()
    labels = {COMPUTE_TYPE: "fargate", "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone}
    provider_id = f"aws:///{zone}/{digest[:10]}-{digest[10:42]}/{name}"
    return Node(name, labels, provider_id, (FARGATE_TAINT,), kind="fargate", role=role)


def hybrid(region: str, number: int, role: str, cluster: str = "epinio") -> Node:
    """Of somebody's own data centre."""
    name = f"mi-{FIRST_INSTANCE + number:017x}"
    labels = {COMPUTE_TYPE: "hybrid", "eks.amazonaws.com/hybrid-credential-provider": "ssm"}
    return Node(name, labels, f"eks-hybrid:///{region}/{cluster}/{name}", kind="hybrid", role=role)


def default_nodes(region: str, cluster: str) -> tuple[Node, ...]:
    """One node of a managed node group whose launch template lets pods reach the metadata service."""
    # Clusters of one account and region have instances of their own.
    number = 0 if cluster == DEFAULT_NAME else zlib.crc32(cluster.encode()) % 10_000
    return (managed(region, number, f"{cluster}-nodes"),)


def pools_of(nodes: Sequence[Node], paths: Mapping[str, str] | None = None) -> Pools:
    """What AWS knows of these nodes in a cluster with access entries: roles, groups, entries, profiles, Auto Mode.

    - `paths`: of roles that are not at `/`
    """
    kinds = {node.role: node.kind for node in nodes if node.role}
    roles = tuple(_role(name, kind, (paths or {}).get(name, "/")) for name, kind in kinds.items())
    autos = [name for name, kind in kinds.items() if kind == "auto"]
    return Pools(
        roles=roles,
        groups=tuple(_groups(nodes)),
        entries=(OPERATOR, *(entry(role, ENTRY_TYPES.get(kinds[role.name], "EC2_LINUX")) for role in roles)),
        fargate=tuple(FargateProfile("epinio", name, "epinio") for name, kind in kinds.items() if kind == "fargate"),
        auto_role=autos[0] if autos else "",
    )


def _role(name: str, kind: str, path: str) -> NodeRole:
    made = NodeRole(name, path, SERVICES.get(kind, "ec2.amazonaws.com"))
    return replace(made, policies=POLICIES.get(kind, made.policies))


def entry(role: NodeRole, kind: str = "EC2_LINUX") -> AccessEntry:
    """The access entry of a role."""
    return AccessEntry(f"role{role.path}{role.name}", kind)


def _groups(nodes: Sequence[Node]) -> list[NodeGroup]:
    """The node groups of the nodes, with the labels and taints that their nodes have of them."""
    members: dict[str, list[Node]] = {}
    for node in nodes:
        if node.node_group:
            members.setdefault(node.node_group, []).append(node)
    return [
        NodeGroup(
            name=name,
            role=group[0].role,
            labels={key: value for key, value in group[0].labels.items() if not _is_of_eks(key)},
            taints=group[0].taints,
            ami_type=GPU_AMI_TYPE if GPU_TAINT in group[0].taints else AMI_TYPES[group[0].architecture],
            size=len(group),
        )
        for name, group in members.items()
    ]


def _is_of_eks(label: str) -> bool:
    """Whether EKS or the kubelet sets a label, not the node group."""
    domain = label.partition("/")[0]
    return domain in ("eks.amazonaws.com", "node.kubernetes.io", "topology.kubernetes.io")
