"""Clusters with nodes of all kinds, as EKS, EC2, IAM and the API server show them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ACCOUNT, REGION, CLUSTER = "123456789012", "us-east-1", "one"
WIRING = f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/{CLUSTER}/epinio"
COMPUTE_TYPE = "eks.amazonaws.com/compute-type"
SERVER_LABELS = {"app.kubernetes.io/name": "epinio-server", "app.kubernetes.io/instance": "epinio"}
LINUX = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}


def role(name: str, path: str = "/") -> str:
    """The ARN of a role."""
    return f"arn:aws:iam::{ACCOUNT}:role{path}{name}"


def taint(key: str, value: str = "", effect: str = "NoSchedule") -> dict[str, str]:
    return {"key": key, "value": value, "effect": effect}


@dataclass(frozen=True)
class Pool:
    """Nodes that are alike. A `role_arn` makes instances with a profile of that role's name."""

    name: str
    role_arn: str = ""
    count: int = 1
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    hops: int = 2
    metadata: str = "enabled"
    cordoned: bool = False
    ready: bool = True
    # With `{}` in the place of the node's name; "" where the nodes are instances.
    provider_id: str = ""

    @property
    def names(self) -> list[str]:
        return [f"{self.name}-{number:04}" for number in range(self.count)]

    def instance_id(self, name: str) -> str:
        return f"i-{hashlib.sha256(name.encode()).hexdigest()[:17]}"

    def nodes(self) -> list[dict[str, Any]]:
        return [self._node(name) for name in self.names]

    def instances(self) -> list[dict[str, Any]]:
        return [] if self.provider_id else [self._instance(name) for name in self.names]

    @property
    def profile(self) -> str:
        return self.role_arn.rpartition("/")[2]

    def _node(self, name: str) -> dict[str, Any]:
        provider_id = self.provider_id.format(name) or f"aws:///us-east-1a/{self.instance_id(name)}"
        spec: dict[str, Any] = {"providerID": provider_id, "taints": list(self.taints), "unschedulable": self.cordoned}
        conditions = [{"type": "Ready", "status": str(self.ready)}]
        labels = {**LINUX, "kubernetes.io/hostname": name, **self.labels}
        metadata = {"name": name, "uid": name, "labels": labels}
        return {"metadata": metadata, "spec": spec, "status": {"conditions": conditions}}

    def _instance(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {"InstanceId": self.instance_id(name), "State": {"Name": "running"}}
        found["MetadataOptions"] = {
            "HttpTokens": "required", "HttpEndpoint": self.metadata, "HttpPutResponseHopLimit": self.hops
        }  # fmt: skip
        if self.role_arn:
            arn = f"arn:aws:iam::{ACCOUNT}:instance-profile/{self.profile}"
            found["IamInstanceProfile"] = {"Arn": arn, "Id": "AIPA"}
        return found


def group(name: str, role_arn: str, ami_type: str = "AL2023_x86_64_STANDARD", **more: Any) -> dict[str, Any]:
    """A node group as DescribeNodegroup shows it."""
    usual = {"status": "ACTIVE", "capacityType": "ON_DEMAND", "labels": {}, "taints": []}
    return {**usual, "nodegroupName": name, "nodeRole": role_arn, "amiType": ami_type, **more}


def profile(name: str, *selectors: Mapping[str, Any], status: str = "ACTIVE") -> dict[str, Any]:
    """A Fargate profile as DescribeFargateProfile shows it."""
    return {"fargateProfileName": name, "selectors": list(selectors), "status": status}


def of_group(name: str) -> dict[str, str]:
    """The label of a group's nodes."""
    return {"eks.amazonaws.com/nodegroup": name}


@dataclass(frozen=True)
class World:
    """What there is. `entries` are the types of access entries by principal; `server`, `staging` are pods' specs.

    `roles` exist besides those of nodes and groups.
    """

    mode: str = "API_AND_CONFIG_MAP"
    auto_role: str = ""
    groups: tuple[Mapping[str, Any], ...] = ()
    entries: Mapping[str, str] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()
    profiles_of_fargate: tuple[Mapping[str, Any], ...] = ()
    map_roles: str = ""
    roles: tuple[str, ...] = ()
    server: Mapping[str, Any] = field(default_factory=dict)
    staging: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nodes(self) -> list[dict[str, Any]]:
        return [node for pool in self.pools for node in pool.nodes()]

    @property
    def instances(self) -> list[dict[str, Any]]:
        return [one for pool in self.pools for one in pool.instances()]

    @property
    def profiles(self) -> dict[str, str]:
        """The role's ARN of each instance profile."""
        return {pool.profile: pool.role_arn for pool in self.pools if pool.role_arn}

    @property
    def stage_scripts(self) -> dict[str, Any]:
        metadata = {"name": "epinio-stage-scripts", "namespace": "epinio", "uid": "scripts"}
        return {"metadata": metadata, "data": {"staging-values.json": json.dumps(self.staging)}}
