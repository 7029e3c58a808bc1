"""Ready-made tables of nodes, each with what EKS, EC2, IAM and `aws-auth` know of them.

`Cluster.new` takes both parts. All instances let pods reach the metadata service unless a table is about that.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sandbox.node_kinds import (
    GPU_TAINT,
    OPERATOR,
    auto,
    entry,
    fargate,
    hybrid,
    karpenter,
    managed,
    pools_of,
    self_managed,
)
from sandbox.pools import FargateProfile, NodeGroup, NodeRole, Pools
from sandbox.settings import Node

NODES, OTHER = "epinio-nodes", "other-nodes"
ROW = """\
- rolearn: arn:aws:iam::ACCOUNT:role/{role}
  username: {username}
  groups: [{groups}]
"""
NODE = {"username": "system:node:{{EC2PrivateDNSName}}", "groups": "system:bootstrappers, system:nodes"}
FARGATE = {
    "username": "system:node:{{SessionName}}",
    "groups": "system:bootstrappers, system:nodes, system:node-proxier",
}
ADMINISTRATORS = {"username": "admin", "groups": "system:masters"}


@dataclass(frozen=True)
class NodeTable:
    """The nodes of a cluster, and what AWS knows of them."""

    nodes: tuple[Node, ...]
    pools: Pools

    @classmethod
    def of(cls, *nodes: Node, **changes: object) -> NodeTable:
        """With what follows from the nodes, but for the changed fields of `Pools`."""
        return cls(nodes, replace(pools_of(nodes), **changes))  # type: ignore[arg-type]  # fields of Pools


def one_group(region: str) -> NodeTable:
    """A managed node group of one node."""
    return NodeTable.of(managed(region, 0, NODES))


def three_groups(region: str) -> NodeTable:
    """Three managed node groups with two roles, one of them with a path."""
    nodes = (managed(region, 0, NODES), managed(region, 1, NODES, "second"), managed(region, 2, OTHER, "third"))
    return NodeTable(nodes, pools_of(nodes, {OTHER: "/team/a/"}))


def access_entries(region: str) -> NodeTable:
    """Mode `API`: a self-managed node, and another role whose nodes are yet to come, known by its entry only."""
    later = NodeRole(OTHER, "/team/a/")
    table = NodeTable.of(self_managed(region, 0, NODES), mode="API")
    known = table.pools
    return replace(table, pools=replace(known, roles=(*known.roles, later), entries=(*known.entries, entry(later))))


def config_map(region: str) -> NodeTable:
    """Mode `CONFIG_MAP`: a self-managed node whose role has a path, which `aws-auth` lacks; a role known there only.

    Rows of Fargate and of administrators are no nodes'.
    """
    nodes = (self_managed(region, 0, NODES),)
    known = pools_of(nodes, {NODES: "/team/a/"})
    rows = (
        ROW.format(role=NODES, **NODE),
        ROW.format(role=OTHER, **NODE),
        ROW.format(role="epinio-fargate", **FARGATE),
        ROW.format(role="administrators", **ADMINISTRATORS),
    )
    roles = (*known.roles, NodeRole(OTHER, "/team/b/"), _fargate_role(region))
    return NodeTable(nodes, replace(known, roles=roles, entries=(), mode="CONFIG_MAP", aws_auth="".join(rows)))


def _fargate_role(region: str) -> NodeRole:
    return pools_of((fargate(region, 0, "epinio-fargate"),)).roles[0]


def auto_mode(region: str) -> NodeTable:
    """EKS Auto Mode: pods reach no metadata service."""
    return NodeTable.of(auto(region, 0, "epinio-auto"), auto(region, 1, "epinio-auto"), mode="API")


def karpenter_nodes(region: str) -> NodeTable:
    """A managed group, and nodes of Karpenter whose role no API lists: neither entry nor row."""
    nodes = (managed(region, 0, NODES), karpenter(region, 1, "karpenter-nodes", hop_limit=2))
    known = pools_of(nodes)
    return NodeTable(nodes, replace(known, entries=(OPERATOR, entry(known.roles[0]))))


def mixed_with_fargate(region: str) -> NodeTable:
    """A managed group and somebody else's pods on Fargate, whose execution role has an entry, too."""
    theirs = FargateProfile("batch", "epinio-fargate", "batch")
    return NodeTable.of(managed(region, 0, NODES), fargate(region, 1, "epinio-fargate"), fargate=(theirs,))


def fargate_takes_epinio(region: str) -> NodeTable:
    """A managed group that nobody of Epinio's namespace runs on: a profile sends all its pods to Fargate."""
    return NodeTable.of(managed(region, 0, NODES), fargate(region, 1, "epinio-fargate"))


def gpu_and_arm(region: str) -> NodeTable:
    """Beside a managed group one of tainted nodes with GPUs and one of another architecture, each with its role."""
    gpu = managed(region, 1, "gpu-nodes", "gpu", labels={"pool": "gpu"}, taints=(GPU_TAINT,))
    arm = managed(region, 2, "arm-nodes", "arm", labels={"pool": "arm"}, architecture="arm64")
    return NodeTable.of(managed(region, 0, NODES), gpu, arm)


def scaled_to_zero(region: str) -> NodeTable:
    """A managed group, and another one with a role of its own and no node."""
    empty, role = NodeGroup("empty", OTHER, size=0), NodeRole(OTHER)
    table = NodeTable.of(managed(region, 0, NODES))
    known = table.pools
    roles, entries = (*known.roles, role), (*known.entries, entry(role))
    return replace(table, pools=replace(known, roles=roles, entries=entries, groups=(*known.groups, empty)))


def malformed_aws_auth(region: str) -> NodeTable:
    """A managed group, and an `aws-auth` that is no YAML."""
    return NodeTable.of(managed(region, 0, NODES), aws_auth="- rolearn: [arn:aws:iam::ACCOUNT:role/epinio-nodes\n")


def nothing(region: str) -> NodeTable:
    """A node that is no instance's, and nobody knows of a role."""
    del region
    return NodeTable((Node("somewhere"),), Pools(entries=(OPERATOR,)))


def hop_limit_one(region: str) -> NodeTable:
    """A managed group of AL2023 with EKS's own launch template: pods do not reach the metadata service."""
    return NodeTable.of(managed(region, 0, NODES, hop_limit=1), managed(region, 1, NODES, hop_limit=1))


def no_endpoint(region: str) -> NodeTable:
    """A managed group whose metadata service is off, beside one where it answers."""
    return NodeTable.of(managed(region, 0, NODES), managed(region, 1, OTHER, "closed", endpoint=False))


def fargate_only(region: str) -> NodeTable:
    """Nothing but Fargate."""
    return NodeTable.of(fargate(region, 0, "epinio-fargate"))


def hybrid_beside(region: str) -> NodeTable:
    """A managed group, and a node in somebody's own data centre."""
    return NodeTable.of(managed(region, 0, NODES), hybrid(region, 1, "hybrid-nodes"))


def many(region: str, count: int = 1000) -> NodeTable:
    """Many nodes in ten managed groups of two roles."""
    return NodeTable.of(
        *(managed(region, each, (NODES, OTHER)[each % 2], f"group-{each % 10}") for each in range(count))
    )


TABLES: Mapping[str, Callable[[str], NodeTable]] = {
    each.__name__: each
    for each in (
        one_group, three_groups, access_entries, config_map, auto_mode, karpenter_nodes, mixed_with_fargate,
        gpu_and_arm, scaled_to_zero, malformed_aws_auth, nothing, hop_limit_one, no_endpoint, fargate_only,
        hybrid_beside, fargate_takes_epinio,
    )
}  # fmt: skip
