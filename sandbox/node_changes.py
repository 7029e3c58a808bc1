"""Nodes that come and go while a cluster runs: known to AWS first, then to Kubernetes."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from sandbox import node_objects, node_registration, stand_in
from sandbox.cluster import Cluster
from sandbox.node_kinds import pools_of
from sandbox.pools import Pools
from sandbox.rest import Api
from sandbox.settings import Node

AWS_AUTH = "/api/v1/namespaces/kube-system/configmaps/aws-auth"


def join(cluster: Cluster, *nodes: Node) -> None:
    """New nodes, ready about a second later; AWS knows in addition what follows from them."""
    _settle(cluster, (*cluster.settings.nodes, *nodes), _pools(cluster).joined(pools_of(nodes)))
    stand_in.register_nodes(cluster.settings)
    for node in nodes:
        _api(cluster).create("/api/v1/nodes", node_objects.node_object(node))


def delete_group(cluster: Cluster, name: str) -> None:
    """A managed node group is deleted: its instances end, its nodes go. Its role stays, as with EKS."""
    gone = [node for node in cluster.settings.nodes if node.node_group == name]
    stand_in.terminate(cluster.settings, [node for node in gone if node.instance_id])
    stand_in.forget_node_group(cluster.settings, name)
    for node in gone:
        _api(cluster).delete(f"/api/v1/nodes/{node.name}", {})
    known = _pools(cluster)
    left = tuple(node for node in cluster.settings.nodes if node not in gone)
    _settle(cluster, left, replace(known, groups=tuple(each for each in known.groups if each.name != name)))


def become(cluster: Cluster, nodes: tuple[Node, ...], pools: Pools) -> None:
    """From now on the cluster has these nodes and no others, and AWS knows nothing else of them.

    Roles that are there stay, as with `delete_group`. The nodes are ready about a second later.
    """
    former = cluster.settings.nodes
    _settle(cluster, nodes, pools)
    stand_in.forget_cluster(cluster.settings)
    stand_in.register_cluster(cluster.folder, cluster.settings)
    api, rows = _api(cluster), node_registration.aws_auth(cluster.settings)
    if rows:
        api.apply(AWS_AUTH, rows)
    elif api.find(AWS_AUTH):
        api.delete(AWS_AUTH, {})
    for node in former:
        api.delete(f"/api/v1/nodes/{node.name}", {})
    for node in nodes:
        api.create("/api/v1/nodes", node_objects.node_object(node))


def _pools(cluster: Cluster) -> Pools:
    return node_registration.pools(cluster.settings)


def _settle(cluster: Cluster, nodes: tuple[Node, ...], pools: Pools) -> None:
    """From now on the cluster is so, also when it starts again."""
    cluster.settings = replace(cluster.settings, nodes=nodes, pools=pools)
    cluster.settings.write(cluster.folder)


def _api(cluster: Cluster) -> Api:
    return Api(cluster.settings.endpoint, cluster.folder / "pki")
