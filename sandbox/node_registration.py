"""A cluster's nodes as EKS, EC2, IAM and `aws-auth` know them, with the account's ARNs. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import uuid
from typing import Any

from sandbox import node_kinds
from sandbox.pools import AccessEntry, FargateProfile, NodeGroup, NodeRole, Pools
from sandbox.rest import Json
from sandbox.settings import INSTANCE, Node, Settings

# Of EC2's architectures, which has other names than Kubernetes.
ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
EFFECTS = {"NoSchedule": "NO_SCHEDULE", "NoExecute": "NO_EXECUTE", "PreferNoSchedule": "PREFER_NO_SCHEDULE"}


def pools(settings: Settings) -> Pools:
    """What AWS knows of the cluster's nodes: what the settings say, else what follows from the nodes."""
    return settings.pools or node_kinds.pools_of(settings.nodes)


def of_cluster(settings: Settings) -> dict[str, Any]:
    """The roles in the control request `clusters`: the cluster's own, and that of Auto Mode's nodes."""
    found = pools(settings)
    own = {"role_arn": _role_arn(settings, _cluster_role(settings).name)}
    if not found.auto_role:
        return own
    compute = {"enabled": True, "nodePools": ["general-purpose", "system"]}
    return {**own, "compute_config": {**compute, "nodeRoleArn": _role_arn(settings, found.auto_role)}}


def of_nodes(settings: Settings) -> dict[str, Any]:
    """The control request `nodes`."""
    found = pools(settings)
    roles = (_cluster_role(settings), *found.roles)
    profiles = {profile(settings, node): node.role for node in settings.nodes if node.instance_id and node.role}
    return {
        "account": settings.account,
        "region": settings.region,
        "cluster": settings.name,
        "roles": [_role(each) for each in roles],
        "instance_profiles": [{"name": name, "role": role} for name, role in profiles.items()],
        "node_groups": [_group(settings, each) for each in found.groups],
        "access_entries": [_entry(settings, each) for each in found.entries],
        "fargate_profiles": [_fargate(settings, each) for each in found.fargate],
        "instances": [_instance(settings, node) for node in settings.nodes if node.instance_id],
    }


def aws_auth(settings: Settings) -> Json | None:
    """The ConfigMap `aws-auth`, if the cluster has one."""
    rows = pools(settings).map_roles(settings.account)
    if rows is None:
        return None
    metadata = {"name": "aws-auth", "namespace": "kube-system"}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"mapRoles": rows}}


def profile(settings: Settings, node: Node) -> str:
    """The name of a node's instance profile, which is never its role's: EKS makes one for each managed group."""
    if node.node_group:
        seed = f"{settings.region}/{settings.name}/{node.node_group}"
        return f"eks-{uuid.uuid5(uuid.NAMESPACE_DNS, seed)}"
    return f"{settings.name}-{settings.region}-{node.kind}-{node.role}"


def _cluster_role(settings: Settings) -> NodeRole:
    return NodeRole(f"{settings.name}-cluster", service="eks.amazonaws.com", policies=("AmazonEKSClusterPolicy",))


def _arn(settings: Settings, resource: str) -> str:
    return f"arn:aws:iam::{settings.account}:{resource}"


def _role_arn(settings: Settings, name: str) -> str:
    paths = {each.name: each.path for each in pools(settings).roles}
    return _arn(settings, f"role{paths.get(name, '/')}{name}")


def _role(role: NodeRole) -> dict[str, Any]:
    return {"name": role.name, "path": role.path, "service": role.service, "policies": list(role.policies)}


def _group(settings: Settings, group: NodeGroup) -> dict[str, Any]:
    return {
        "nodegroupName": group.name,
        "nodeRole": _role_arn(settings, group.role),
        "labels": dict(group.labels),
        "taints": [{**taint, "effect": EFFECTS[taint["effect"]]} for taint in group.taints],
        "amiType": group.ami_type,
        "scalingConfig": {"minSize": 0, "maxSize": max(group.size, 3), "desiredSize": group.size},
    }


def _entry(settings: Settings, entry: AccessEntry) -> dict[str, Any]:
    return {"principalArn": _arn(settings, entry.principal), "type": entry.type}


def _fargate(settings: Settings, profile: FargateProfile) -> dict[str, Any]:
    return {
        "fargateProfileName": profile.name,
        "podExecutionRoleArn": _role_arn(settings, profile.role),
        "selectors": [{"namespace": profile.namespace}],
    }


def _instance(settings: Settings, node: Node) -> dict[str, Any]:
    place = INSTANCE.fullmatch(node.provider_id)
    instance = {
        "InstanceId": node.instance_id,
        "PrivateDnsName": node.name if node.name.startswith("ip-") else "",
        "Placement": {"AvailabilityZone": place["zone"] if place else ""},
        "Architecture": ARCHITECTURES[node.architecture],
        "Tags": [{"Key": f"kubernetes.io/cluster/{settings.name}", "Value": "owned"}],
        "MetadataOptions": {
            "HttpTokens": node.tokens,
            "HttpPutResponseHopLimit": node.hop_limit,
            "HttpEndpoint": "enabled" if node.endpoint else "disabled",
        },
    }
    if node.role:
        instance["IamInstanceProfile"] = {"Arn": _arn(settings, f"instance-profile/{profile(settings, node)}")}
    return instance
