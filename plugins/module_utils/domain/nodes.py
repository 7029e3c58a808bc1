# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of an EKS cluster, and what makes them: node groups, access entries, EC2 instances."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import (
    ARCHITECTURE,
    EVERYTHING,
    OS,
    Place,
    Taint,
)

# https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
GROUP = "eks.amazonaws.com/nodegroup"
# `fargate`, `hybrid` or `auto`; other nodes do not have it.
COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
AUTO, FARGATE, HYBRID = "auto", "fargate", "hybrid"
# Types of access entries that are nodes' in EC2
# (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html); `EC2` is Auto Mode's.
AUTO_ENTRY, WINDOWS_ENTRY = "EC2", "EC2_WINDOWS"
NODE_ENTRIES = ("EC2_LINUX", WINDOWS_ENTRY, AUTO_ENTRY)
_INSTANCE = re.compile(r"aws:///[^/]*/(i-[0-9a-f]+)", re.ASCII)
_EFFECTS = {"NO_SCHEDULE": "NoSchedule", "NO_EXECUTE": "NoExecute", "PREFER_NO_SCHEDULE": "PreferNoSchedule"}
# Domains of taints that say what state a node is in, and not what it is for: node lifecycle, cloud controller,
# Karpenter (https://kubernetes.io/docs/reference/labels-annotations-taints/).
_STATES = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/", "karpenter.sh/")
# What a group's nodes have in common is not all that their kubelets say of themselves.
_OF_EACH_NODE = frozenset(
    {
        "kubernetes.io/hostname",
        "node.kubernetes.io/instance-type",
        "topology.kubernetes.io/zone",
        "topology.k8s.aws/zone-id",
        "eks.amazonaws.com/nodegroup-image",
    }
)
_PLATFORM = frozenset({OS, ARCHITECTURE})


@dataclass(frozen=True)
class Node:
    """A node. `cordoned` says that it takes no new pods at present."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    provider_id: str = ""
    ready: bool = True
    cordoned: bool = False

    @property
    def instance_id(self) -> str:
        """The EC2 instance behind it, `""` if there is none."""
        found = _INSTANCE.fullmatch(self.provider_id)
        return found[1] if found else ""

    @property
    def compute_type(self) -> str:
        return self.labels.get(COMPUTE_TYPE, "")

    @property
    def place(self) -> Place:
        """Where pods land that are scheduled to it, whatever state it is in."""
        purposes = tuple(taint for taint in self.taints if not taint.key.startswith(_STATES))
        return Place(self.labels, purposes, self.name)


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group; `role_arn` is `""` where EKS names none.

    `ami_type` and `capacity_type` are EKS's, `deleting` says that it makes no more nodes.
    """

    name: str
    role_arn: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    ami_type: str = "AL2023_x86_64_STANDARD"
    capacity_type: str = "ON_DEMAND"
    deleting: bool = False

    @property
    def place(self) -> Place:
        """What any node of the group is, also of one that has none at present."""
        own = {**platform(self.ami_type), GROUP: self.name, "eks.amazonaws.com/capacityType": self.capacity_type}
        return Place({**self.labels, **own}, self.taints, unknown=_OF_EACH_NODE | _PLATFORM)


@dataclass(frozen=True)
class AccessEntry:
    """Somebody who may enter the cluster, by the type of the entry."""

    principal_arn: str
    type: str


@dataclass(frozen=True)
class Instance:
    """An EC2 instance that exists, and whether its metadata service answers pods."""

    id: str
    profile_arn: str = ""
    metadata: bool = True
    hop_limit: int = 2


# Node pools of Auto Mode give their nodes any labels.
AUTO_PLACE = Place({COMPUTE_TYPE: AUTO, OS: "linux"}, unknown=EVERYTHING)


def platform(ami_type: str) -> dict[str, str]:
    """Operating system and architecture of a node group's images, as labels; nothing of custom ones.

    The types are an enumeration of botocore's model (`AMITypes`).
    """
    architecture = "arm64" if "_ARM_64" in ami_type else "amd64" if "_x86_64" in ami_type else ""
    if not architecture:
        return {}
    return {OS: "windows" if ami_type.startswith("WINDOWS") else "linux", ARCHITECTURE: architecture}


def node(found: Mapping[str, Any]) -> Node:
    """A node in the API server's JSON."""
    metadata, spec = found["metadata"], found.get("spec") or {}
    conditions = (found.get("status") or {}).get("conditions") or ()
    return Node(
        metadata["name"],
        metadata.get("labels") or {},
        tuple(Taint(one["key"], one.get("value") or "", one["effect"]) for one in spec.get("taints") or ()),
        spec.get("providerID") or "",
        any(one["type"] == "Ready" and one.get("status") == "True" for one in conditions),
        bool(spec.get("unschedulable")),
    )


def node_group(found: Mapping[str, Any]) -> NodeGroup:
    """A node group as `DescribeNodegroup` shows it."""
    taints = found.get("taints") or ()
    return NodeGroup(
        found["nodegroupName"],
        found.get("nodeRole") or "",
        found.get("labels") or {},
        tuple(Taint(one["key"], one.get("value") or "", _EFFECTS.get(one["effect"], one["effect"])) for one in taints),
        found.get("amiType") or "",
        found.get("capacityType") or "",
        found.get("status") == "DELETING",
    )


def instance(found: Mapping[str, Any]) -> Instance:
    """An instance as `DescribeInstances` shows it."""
    options = found.get("MetadataOptions") or {}
    return Instance(
        found["InstanceId"],
        (found.get("IamInstanceProfile") or {}).get("Arn") or "",
        options.get("HttpEndpoint") == "enabled",
        options.get("HttpPutResponseHopLimit") or 0,
    )
