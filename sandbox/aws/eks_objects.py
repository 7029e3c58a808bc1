"""EKS clusters, the keys of their issuers, and pod identity associations."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import hosts

ALPHABET = string.ascii_lowercase + string.digits
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
      `status`, `tags`
    - `created`: seconds since 1970
    """
    settings = DEFAULTS | dict(planted)
    cluster = {"name": key.name, "arn": key.arn, "createdAt": created, "platformVersion": "eks.1"}
    cluster |= {name: settings[name] for name in PLAIN_MEMBERS if settings.get(name) is not None}
    if settings.get("issuer"):
        cluster["identity"] = {"oidc": {"issuer": settings["issuer"]}}
    if settings.get("certificate_authority"):
        cluster["certificateAuthority"] = {"data": settings["certificate_authority"]}
    if settings.get("authentication_mode"):
        cluster["accessConfig"] = {"authenticationMode": settings["authentication_mode"]}
    return cluster


class Clusters:
    """The clusters of all accounts. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clusters: dict[ClusterKey, dict[str, Any]] = {}
        self._key_sets: dict[str, Mapping[str, Any]] = {}
        self._associations: dict[ClusterKey, list[dict[str, str]]] = {}

    def put(self, key: ClusterKey, planted: Mapping[str, Any], now: float) -> dict[str, Any]:
        """Makes or replaces a cluster; its JSON Web Key Set is its issuer's from now on."""
        with self._lock:
            created = self._clusters.get(key, {}).get("createdAt", now)
            self._clusters[key] = described(key, planted, created)
            if planted.get("issuer") and planted.get("jwks"):
                self._key_sets[planted["issuer"]] = planted["jwks"]
            return self._clusters[key]

    def delete(self, key: ClusterKey) -> bool:
        """Removes a cluster with its associations and its issuer's keys; whether it was there."""
        with self._lock:
            self._associations.pop(key, None)
            gone = self._clusters.pop(key, None)
            if gone and "identity" in gone:
                self._key_sets.pop(gone["identity"]["oidc"]["issuer"], None)
            return gone is not None

    def find(self, key: ClusterKey) -> dict[str, Any] | None:
        """The cluster as DescribeCluster shows it."""
        with self._lock:
            return self._clusters.get(key)

    def key_set(self, issuer: str) -> Mapping[str, Any] | None:
        """The JSON Web Key Set of an issuer, or None if nobody publishes one."""
        with self._lock:
            return self._key_sets.get(issuer)

    def associate(self, key: ClusterKey, namespace: str, service_account: str, role_arn: str) -> dict[str, str]:
        """Plants a pod identity association; shown as DescribePodIdentityAssociation does."""
        identifier = "a-" + "".join(secrets.choice(ALPHABET) for _ in range(17))
        association = {
            "clusterName": key.name,
            "namespace": namespace,
            "serviceAccount": service_account,
            "roleArn": role_arn,
            "associationArn": key.arn.replace(":cluster/", ":podidentityassociation/") + f"/{identifier}",
            "associationId": identifier,
        }
        with self._lock:
            self._associations.setdefault(key, []).append(association)
        return association

    def associations(self, key: ClusterKey) -> list[dict[str, str]]:
        """The cluster's pod identity associations."""
        with self._lock:
            return list(self._associations.get(key, []))
