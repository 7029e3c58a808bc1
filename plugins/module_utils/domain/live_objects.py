# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An object in a namespace by its metadata, whatever its kind, and the namespace itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Group and kind; the core group is "".
Kind = tuple[str, str]
# Group, kind, namespace, name.
Identity = tuple[str, str, str, str]


@dataclass(frozen=True)
class Owner:
    """An owner reference (https://kubernetes.io/docs/concepts/overview/working-with-objects/owners-dependents/)."""

    kind: Kind
    uid: str


@dataclass(frozen=True)
class LiveObject:
    """An object that exists. Its annotations may hold what `kubectl apply` was given, secrets too."""

    kind: Kind
    namespace: str
    name: str
    uid: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    owners: tuple[Owner, ...] = ()

    def __str__(self) -> str:
        return f"{self.kind[1]} {self.name}"

    @property
    def identity(self) -> Identity:
        return (*self.kind, self.namespace, self.name)

    @property
    def is_claim(self) -> bool:
        return self.kind == CLAIM


@dataclass(frozen=True)
class Namespace:
    """A namespace that exists. `troubles` is what the API server says of one that does not get away."""

    name: str
    uid: str
    terminating: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict, repr=False)
    troubles: tuple[str, ...] = ()


CLAIM: Kind = ("", "PersistentVolumeClaim")
SECRET: Kind = ("", "Secret")


def live_object(kind: Kind, found: Mapping[str, Any]) -> LiveObject:
    """The object in the API server's JSON, of which only the metadata is read."""
    metadata = found["metadata"]
    owners = metadata.get("ownerReferences") or []
    return LiveObject(
        kind,
        metadata["namespace"],
        metadata["name"],
        metadata["uid"],
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        tuple(Owner((group(one.get("apiVersion", "")), one.get("kind", "")), one.get("uid", "")) for one in owners),
    )


def namespace(found: Mapping[str, Any]) -> Namespace:
    """The namespace in the API server's JSON.

    The conditions are those of a deletion that does not get on (k8s.io/api/core/v1, NamespaceConditionType).
    """
    metadata = found["metadata"]
    conditions = (found.get("status") or {}).get("conditions") or []
    return Namespace(
        metadata["name"],
        metadata["uid"],
        bool(metadata.get("deletionTimestamp")),
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        tuple(f"{one['type']}: {one.get('message', '')}" for one in conditions if one.get("status") == "True"),
    )


def group(api_version: str) -> str:
    """The group in an object's `apiVersion`."""
    return api_version.rpartition("/")[0]
