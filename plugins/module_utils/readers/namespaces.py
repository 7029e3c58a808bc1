# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Namespaces, and the volumes that outlive them."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_objects, live_objects
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Namespace


def read_namespace(api_client: Any, name: str) -> Namespace | None:
    """The namespace, `None` if it does not exist."""
    found = rest.read(f"read namespace {name}", api_client, rest.path("v1/namespaces", name=name))
    return live_objects.namespace(found) if found else None


def read_application_namespaces(api_client: Any) -> tuple[Namespace, ...]:
    """The namespaces for Epinio's applications."""
    selector = "=".join(epinio_objects.NAMESPACE_LABEL)
    listed = rest.items("list Epinio's namespaces", api_client, rest.path("v1/namespaces"), labelSelector=selector)
    return tuple(map(live_objects.namespace, listed))


def read_retained_volumes(api_client: Any, namespaces: Container[str]) -> tuple[tuple[str, str], ...]:
    """Volumes of claims in these namespaces that stay when the claim goes, as name and `namespace/claim`."""
    found = []
    for volume in rest.items("list the persistent volumes", api_client, rest.path("v1/persistentvolumes")):
        spec = volume["spec"]
        claim = spec.get("claimRef") or {}
        if spec.get("persistentVolumeReclaimPolicy") == "Retain" and claim.get("namespace") in namespaces:
            found.append((volume["metadata"]["name"], f"{claim['namespace']}/{claim.get('name', '')}"))
    return tuple(sorted(found))
