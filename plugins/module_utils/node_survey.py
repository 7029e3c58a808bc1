# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask EKS, EC2, IAM and the cluster for all that names a role of nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth, aws_auth
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster, refuse_missing
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import Survey, unverified
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods
from ansible_collections.epinio.aws.plugins.module_utils.readers import ec2, eks, iam, nodes


@dataclass(frozen=True)
class Clients:
    """The clients of AWS and of the cluster."""

    eks: Any
    ec2: Any
    iam: Any
    kubernetes: Any


def survey(clients: Clients, cluster: Cluster, pods: tuple[Pods, ...]) -> Survey:
    """All that names a role of nodes.

    AWS is asked once for the cluster, each page of a list, each node group, each access entry of a role, every 200
    instances, each distinct instance profile, and each role that only a list of who may enter names.
    """
    here = eks.read_cluster(clients.eks, cluster.name)
    if here is None:
        refuse_missing(cluster.name, cluster.region, cluster.account)
    groups = eks.read_node_groups(clients.eks, cluster.name)
    known = Survey(
        cluster, pods, groups, _entries(clients, here), here.auto_role_arn, aws_auth=_aws_auth(clients, here)
    )
    seen = _with_nodes(clients, known)
    return replace(seen, role_arns=_role_arns(clients, unverified(seen)))


def survey_of_chosen(clients: Clients, cluster: Cluster, pods: tuple[Pods, ...], names: tuple[str, ...]) -> Survey:
    """Roles that a person named, and the nodes, which say where pods get their credentials."""
    chosen = tuple(dict.fromkeys(names))
    return _with_nodes(clients, Survey(cluster, pods, chosen=chosen, role_arns=_role_arns(clients, chosen)))


def _entries(clients: Clients, here: EksCluster) -> tuple[AccessEntry, ...]:
    if here.authentication_mode == "CONFIG_MAP":
        return ()
    return eks.read_role_entries(clients.eks, here.identity.name)


def _aws_auth(clients: Clients, here: EksCluster) -> AwsAuth:
    # What is left there after the change to `API` lets nobody in.
    if here.authentication_mode == "API":
        return AwsAuth()
    return aws_auth(nodes.read_map_roles(clients.kubernetes), here.identity)


def _with_nodes(clients: Clients, known: Survey) -> Survey:
    found = nodes.read_nodes(clients.kubernetes)
    instances = ec2.read_instances(clients.ec2, [one.instance_id for one in found if one.instance_id])
    profiles = sorted({one.profile_arn for one in instances.values() if one.profile_arn})
    roles = {arn: iam.read_profile_role(clients.iam, arn) for arn in profiles}
    return replace(known, nodes=found, instances=instances, profile_roles=roles)


def _role_arns(clients: Clients, names: tuple[str, ...]) -> dict[str, str]:
    return {name: iam.read_role_arn(clients.iam, name) for name in names}
