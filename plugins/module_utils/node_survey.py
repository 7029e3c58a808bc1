# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ask EKS, EC2, IAM and the cluster for all that names a role of nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth, aws_auth
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import refuse_missing
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import Survey, has_fargate, unverified
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Pods
from ansible_collections.epinio.aws.plugins.module_utils.readers import ec2, eks, iam, nodes


@dataclass(frozen=True)
class Entrance:
    """Where the cluster keeps who may enter it, and the role of the nodes that Auto Mode makes, `""` if it is off."""

    authentication_mode: str
    auto_role_arn: str


@dataclass(frozen=True)
class Clients:
    """The clients of AWS and of the cluster."""

    eks: Any
    ec2: Any
    iam: Any
    kubernetes: Any


def survey(clients: Clients, cluster: Cluster, pods: tuple[Pods, ...], here: Entrance | None = None) -> Survey:
    """All that names a role of nodes.

    AWS is asked once for the cluster unless it is known, each page of a list, each node group, each access entry of a
    role, every 200 instances, each distinct instance profile, each role that only a list of who may enter names, and
    each Fargate profile where there are any.
    """
    here = here or _cluster(clients, cluster)
    groups = eks.read_node_groups(clients.eks, cluster.name)
    entries = _entries(clients, cluster, here)
    known = Survey(cluster, pods, groups, entries, here.auto_role_arn, aws_auth=_aws_auth(clients, cluster, here))
    seen = _with_nodes(clients, known)
    named = {name: iam.read_named_role(clients.iam, name) for name in unverified(seen)}
    others = frozenset(name for name, (arn, of_ec2) in named.items() if arn and not of_ec2)
    return replace(seen, role_arns={name: arn for name, (arn, _of_ec2) in named.items()}, not_of_ec2=others)


def survey_of_chosen(clients: Clients, cluster: Cluster, pods: tuple[Pods, ...], names: tuple[str, ...]) -> Survey:
    """Roles that a person named, and the nodes, which say where pods get their credentials."""
    chosen = tuple(dict.fromkeys(names))
    arns = {name: iam.read_named_role(clients.iam, name)[0] for name in chosen}
    return _with_nodes(clients, Survey(cluster, pods, chosen=chosen, role_arns=arns))


def _cluster(clients: Clients, cluster: Cluster) -> Entrance:
    found = eks.read_cluster(clients.eks, cluster.name)
    if found is None:
        refuse_missing(cluster.name, cluster.region, cluster.account)
    return Entrance(found.authentication_mode, found.auto_role_arn)


def _entries(clients: Clients, cluster: Cluster, here: Entrance) -> tuple[AccessEntry, ...]:
    if here.authentication_mode == "CONFIG_MAP":
        return ()
    return eks.read_role_entries(clients.eks, cluster.name)


def _aws_auth(clients: Clients, cluster: Cluster, here: Entrance) -> AwsAuth:
    # What is left there after the change to `API` lets nobody in.
    if here.authentication_mode == "API":
        return AwsAuth()
    return aws_auth(nodes.read_map_roles(clients.kubernetes), cluster)


def _with_nodes(clients: Clients, known: Survey) -> Survey:
    found = nodes.read_nodes(clients.kubernetes)
    instances = ec2.read_instances(clients.ec2, [one.instance_id for one in found if one.instance_id])
    profiles = sorted({one.profile_arn for one in instances.values() if one.profile_arn})
    roles = {arn: iam.read_profile_role(clients.iam, arn) for arn in profiles}
    seen = replace(known, nodes=found, instances=instances, profile_roles=roles)
    if not has_fargate(seen):
        return seen
    return replace(seen, profiles=eks.read_fargate_profiles(clients.eks, known.cluster.name))
