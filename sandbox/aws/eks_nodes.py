"""What EKS knows of a cluster's nodes: managed node groups, access entries, Fargate profiles.

Sources: botocore's EKS model; for an access entry's ARN aws-controllers-k8s/community#2144, for those of the others the
Service Authorization Reference, "Resource types defined by Amazon EKS"; for users and groups of the types the EKS User
Guide, "Create access entries", and `create-access-entry` in the AWS CLI's reference. Not verified: which part of a path
an access entry's ARN has; here it has none.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws import model_check, moto_requests
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused

EC2_USER, SESSION_USER = "system:node:{{EC2PrivateDNSName}}", "system:node:{{SessionName}}"
# User and groups of each type of access entry; those of STANDARD are whoever made it wanted.
ENTRY_TYPES: Mapping[str, tuple[str, list[str]]] = {
    "STANDARD": ("", []),
    "EC2_LINUX": (EC2_USER, ["system:nodes"]),
    "EC2_WINDOWS": (EC2_USER, ["eks:kube-proxy-windows", "system:nodes"]),
    "EC2": (EC2_USER, ["system:nodes"]),
    "FARGATE_LINUX": (SESSION_USER, ["system:nodes", "system:node-proxier"]),
    "HYBRID_LINUX": (SESSION_USER, ["system:nodes"]),
    "HYPERPOD_LINUX": (SESSION_USER, ["system:nodes"]),
}

Shown = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of object. `word` is in its ARN, `shape` in botocore's model; the rest are names of members."""

    word: str
    shape: str
    name: str
    arn: str
    required: tuple[str, ...]
    defaults: Mapping[str, Any] = field(default_factory=dict)


GROUPS = Kind(
    word="nodegroup",
    shape="Nodegroup",
    name="nodegroupName",
    arn="nodegroupArn",
    required=("nodegroupName", "nodeRole"),
    defaults={
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "scalingConfig": {"minSize": 1, "maxSize": 3, "desiredSize": 1},
        "instanceTypes": ["m5.large"],
        "amiType": "AL2023_x86_64_STANDARD",
        "labels": {},
        "health": {"issues": []},
        "updateConfig": {"maxUnavailable": 1},
        "tags": {},
    },
)
ENTRIES = Kind("access-entry", "AccessEntry", "principalArn", "accessEntryArn", ("principalArn", "type"), {"tags": {}})
FARGATE = Kind(
    word="fargateprofile",
    shape="FargateProfile",
    name="fargateProfileName",
    arn="fargateProfileArn",
    required=("fargateProfileName", "podExecutionRoleArn"),
    defaults={"status": "ACTIVE", "selectors": [], "subnets": [], "tags": {}},
)
# By the names that the control endpoint has for them.
KINDS: Mapping[str, Kind] = {"node_groups": GROUPS, "access_entries": ENTRIES, "fargate_profiles": FARGATE}


def arn(key: ClusterKey, kind: Kind, name: str, identifier: str) -> str:
    """Of an object of a cluster; in it a principal is its kind, account and name, without path."""
    if kind is ENTRIES:
        principal = name.split(":", 5)
        name = f"{principal[5].split('/')[0]}/{principal[4]}/{principal[5].rsplit('/', 1)[-1]}"
    return key.arn.replace(":cluster/", f":{kind.word}/") + f"/{name}/{identifier}"


def checked(kind: Kind, given: Mapping[str, Any]) -> None:
    """Refuses an object that EKS could not show."""
    found = model_check.foreign(moto_requests.shape("eks", kind.shape), given)
    found += [f"{name} is missing" for name in kind.required if not given.get(name)]
    if kind is ENTRIES and given.get("type") not in ENTRY_TYPES:
        found.append(f"type: one of {', '.join(ENTRY_TYPES)} is wanted")
    if found:
        raise Refused("BadControl", f"{kind.shape}: {'; '.join(found)}")


class NodeObjects:
    """The node groups, access entries and Fargate profiles of all clusters. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._objects: dict[ClusterKey, dict[str, dict[str, Shown]]] = {}

    def put(self, key: ClusterKey, kind: Kind, given: Mapping[str, Any], now: float) -> Shown:
        """Makes an object or replaces it, with ARN and birth as they were; as EKS shows it from now on."""
        name = given[kind.name]
        with self._lock:
            present = self._objects.setdefault(key, {}).setdefault(kind.word, {})
            born = {kind.arn: arn(key, kind, name, str(uuid.uuid4())), "createdAt": now}
            kept = {member: present.get(name, born)[member] for member in born}
            changed = {} if kind is FARGATE else {"modifiedAt": now}
            known = {"clusterName": key.name, **kept, **changed, **kind.defaults, **_typical(kind, given)}
            present[name] = {**known, **given}
            return dict(present[name])

    def names(self, key: ClusterKey, kind: Kind) -> list[str]:
        """What the API lists of a cluster, oldest first."""
        with self._lock:
            return list(self._objects.get(key, {}).get(kind.word, {}))

    def find(self, key: ClusterKey, kind: Kind, name: str) -> Shown | None:
        """The object of this name."""
        with self._lock:
            found = self._objects.get(key, {}).get(kind.word, {}).get(name)
            return dict(found) if found else None

    def delete(self, key: ClusterKey, kind: Kind, name: str) -> bool:
        """Removes an object; whether it was there."""
        with self._lock:
            return self._objects.get(key, {}).get(kind.word, {}).pop(name, None) is not None

    def forget(self, key: ClusterKey) -> None:
        """The cluster is gone, and all that belonged to it."""
        with self._lock:
            self._objects.pop(key, None)


def _typical(kind: Kind, given: Mapping[str, Any]) -> Shown:
    if kind is not ENTRIES:
        return {}
    username, groups = ENTRY_TYPES[given["type"]]
    return {"username": username or given["principalArn"], "kubernetesGroups": groups}
