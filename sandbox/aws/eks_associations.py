"""EKS Pod Identity associations, and since when clusters act on them.

They are eventually consistent (EKS User Guide, "How EKS Pod Identity works", considerations). The API shows a new one
at once, and pods that start in the next seconds still come up without it (aws/containers-roadmap#2507). One that was
deleted goes on to be there for a moment, so making it again is refused (aws-controllers-k8s/community#2684).
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws.consistency import Consistency
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused

ALPHABET = string.ascii_lowercase + string.digits
ID_LENGTH = 19
SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")

Shown = dict[str, Any]


@dataclass
class Association:
    """`shown` as DescribePodIdentityAssociation does; `token` made the request that created it idempotent."""

    shown: Shown
    token: str
    deleted: bool = False

    @property
    def arn(self) -> str:
        arn: str = self.shown["associationArn"]
        return arn

    @property
    def identity(self) -> tuple[str, str]:
        """Namespace and name of the service account."""
        return self.shown["namespace"], self.shown["serviceAccount"]


def association_arn(key: ClusterKey, identifier: str) -> str:
    """Of the association with this identifier in that cluster."""
    return key.arn.replace(":cluster/", ":podidentityassociation/") + f"/{identifier}"


class Associations:
    """The associations of all clusters. Safe to use from many threads."""

    def __init__(self, consistency: Consistency) -> None:
        self._consistency = consistency
        self._lock = threading.Lock()
        self._associations: dict[ClusterKey, list[Association]] = {}

    def create(
        self, key: ClusterKey, wanted: Mapping[str, Any], now: float, *, token: str = "", at_once: bool = False
    ) -> Shown:
        """Makes an association; the same token again gives the same one. One account can have one: else `Refused`.

        - `key`: of a cluster that exists
        - `wanted`: members of CreatePodIdentityAssociation's answer: namespace, serviceAccount, roleArn, tags, …
        - `now`: seconds since 1970
        - `token`: the request's
        - `at_once`: pods get it as if it had always been there
        """
        identity = wanted["namespace"], wanted["serviceAccount"]
        with self._lock:
            for each in filter(self._visible, self._associations.get(key, [])):
                if token and each.token == token:
                    return dict(each.shown)
                if each.identity == identity:
                    identifier = each.shown["associationId"]
                    raise Refused("ResourceInUseException", f"Association already exists: {identifier}", 409)
            identifier = "a-" + "".join(secrets.choice(ALPHABET) for _ in range(ID_LENGTH - 2))
            place = {
                "clusterName": key.name,
                "associationArn": association_arn(key, identifier),
                "associationId": identifier,
            }
            made = Association({**place, **wanted, "createdAt": now, "modifiedAt": now}, token)
            self._associations.setdefault(key, []).append(made)
        self._consistency.record(made.arn, made.identity, at_once=at_once)
        return dict(made.shown)

    def listed(self, key: ClusterKey) -> list[Shown]:
        """What the API shows of a cluster."""
        with self._lock:
            return [dict(each.shown) for each in self._associations.get(key, []) if self._visible(each)]

    def find(self, key: ClusterKey, identifier: str) -> Shown:
        """The association with this identifier. `Refused` if there is none."""
        with self._lock:
            return dict(self._found(key, identifier).shown)

    def update(self, key: ClusterKey, identifier: str, changes: Mapping[str, Any], now: float) -> Shown:
        """The association with these members changed. `Refused` if there is none."""
        with self._lock:
            found = self._found(key, identifier)
            found.shown |= {**changes, "modifiedAt": now}
            return dict(found.shown)

    def delete(self, key: ClusterKey, identifier: str) -> Shown:
        """Removes an association; as it was. `Refused` if there is none."""
        with self._lock:
            found = self._found(key, identifier)
            if not found.deleted:
                found.deleted = True
                self._consistency.born(_deletion(found))
                self._consistency.record(found.arn, None)
            return dict(found.shown)

    def forget(self, key: ClusterKey) -> None:
        """The cluster is gone, and its associations with it."""
        with self._lock:
            self._associations.pop(key, None)

    def identities(self, key: ClusterKey) -> list[tuple[str, str]]:
        """Namespaces and names of the service accounts whose new pods get an association's role."""
        with self._lock:
            known = list(self._associations.get(key, []))
        return [each.identity for each in known if self._consistency.effective(each.arn)]

    def _found(self, key: ClusterKey, identifier: str) -> Association:
        known = filter(self._visible, self._associations.get(key, []))
        found = next((each for each in known if each.shown["associationId"] == identifier), None)
        if found is None:
            raise not_found(identifier)
        return found

    def _visible(self, association: Association) -> bool:
        return not (association.deleted and self._consistency.visible(_deletion(association)))


def _deletion(association: Association) -> tuple[str, str]:
    return "deletion", association.arn


def not_found(identifier: str) -> Refused:
    """EKS's answer for an association that is not there; code and status by botocore's model, the text not verified."""
    return Refused("ResourceNotFoundException", f"No association found with id: {identifier}", 404)
