"""EKS clusters, and the keys of their issuers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import hosts

PLAIN_MEMBERS = ("version", "endpoint", "status", "tags")
DEFAULTS = {"version": "1.33", "status": "ACTIVE", "tags": {}, "authentication_mode": "API_AND_CONFIG_MAP"}


@dataclass(frozen=True, order=True)
class ClusterKey:
    """Where a cluster is."""

    account: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:{hosts.partition(self.region)}:eks:{self.region}:{self.account}:cluster/{self.name}"


def described(key: ClusterKey, planted: Mapping[str, Any], created: float) -> dict[str, Any]:
    """A cluster as DescribeCluster shows it; what was planted as null or not at all and has no default is absent.

    - `key`: where it is
    - `planted`: `issuer`, `certificate_authority` (base64 of PEM), `endpoint`, `version`, `authentication_mode`,
      `status`, `tags`, `role_arn` (the cluster's own role), `compute_config` (Auto Mode, as DescribeCluster shows it)
    - `created`: seconds since 1970
    """
    settings = DEFAULTS | dict(planted)
    cluster = {"name": key.name, "arn": key.arn, "createdAt": created, "platformVersion": "eks.1"}
    cluster |= {name: settings[name] for name in PLAIN_MEMBERS if settings.get(name) is not None}
    if settings.get("role_arn"):
        cluster["roleArn"] = settings["role_arn"]
    if settings.get("compute_config"):
        cluster["computeConfig"] = settings["compute_config"]
    if settings.get("issuer"):
        cluster["identity"] = {"oidc": {"issuer": settings["issuer"]}}
    if settings.get("certificate_authority"):
        cluster["certificateAuthority"] = {"data": settings["certificate_authority"]}
    if settings.get("authentication_mode"):
        cluster["accessConfig"] = {"authenticationMode": settings["authentication_mode"]}
    return cluster


def issuer_of(cluster: Mapping[str, Any]) -> str | None:
    """The issuer of a cluster as DescribeCluster shows it."""
    issuer: str | None = cluster.get("identity", {}).get("oidc", {}).get("issuer")
    return issuer


class Clusters:
    """The clusters of all accounts. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clusters: dict[ClusterKey, dict[str, Any]] = {}
        self._key_sets: dict[str, Mapping[str, Any]] = {}

    def put(self, key: ClusterKey, planted: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Makes or replaces a cluster; its JSON Web Key Set is its issuer's from now on."""
        with self._lock:
            created = self._clusters.get(key, {}).get("createdAt", now)
            self._clusters[key] = described(key, planted, created)
            if planted.get("issuer") and planted.get("jwks"):
                self._key_sets[planted["issuer"]] = planted["jwks"]
            return self._clusters[key]

    def delete(self, key: ClusterKey) -> bool:
        """Removes a cluster, and its issuer's keys unless a copy of it has the same issuer; whether it was there."""
        with self._lock:
            gone = self._clusters.pop(key, None)
            issuer = gone and issuer_of(gone)
            if issuer and issuer not in map(issuer_of, self._clusters.values()):
                self._key_sets.pop(issuer, None)
            return gone is not None

    def find(self, key: ClusterKey) -> dict[str, Any] | None:
        """The cluster as DescribeCluster shows it."""
        with self._lock:
            return self._clusters.get(key)

    def key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """The JSON Web Key Set of an issuer, or None if nobody publishes one."""
        with self._lock:
            return self._key_sets.get(issuer)
