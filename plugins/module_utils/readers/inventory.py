# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is in a namespace, whatever its kind, by its metadata alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import api_discovery, live_objects
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Kind, LiveObject
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import items, metadata_only, read

try:
    from kubernetes.client import ApisApi, CoreV1Api, CustomObjectsApi
except ImportError:  # kubernetes_module says so
    ApisApi = CoreV1Api = CustomObjectsApi = object

# They tell what happened and are gone in an hour.
_EVENTS = {("", "Event"), ("events.k8s.io", "Event")}


@dataclass(frozen=True)
class Kinds:
    """The kinds that can be in a namespace."""

    resources: tuple[Resource, ...]

    @property
    def all(self) -> frozenset[Kind]:
        return frozenset(one.kind for one in self.resources)

    def has_group(self, group: str) -> bool:
        return any(kind[0] == group for kind in self.all)


def read_kinds(api_client: Any) -> Kinds:
    """The kinds that can be in a namespace: a call for each version of each group, of which there are a few dozens.

    Raises `ServiceFailed` where a group does not answer: what it holds cannot be looked for, and Kubernetes does not
    end the deletion of a namespace either.
    """
    attempt = "ask the API server for the kinds that it knows"
    core, custom = CoreV1Api(api_client), CustomObjectsApi(api_client)
    found = {one.kind: one for one in api_discovery.resources("", "v1", _listed(read(attempt, core.get_api_resources)))}
    groups = read(attempt, ApisApi(api_client).get_api_versions)["groups"]
    for group, version in api_discovery.versions(groups):
        # With no plural the path is that of the version itself; early clients have no method of their own for it.
        answer = read(f"{attempt} in {group}/{version}", custom.list_cluster_custom_object, group, version, "")
        for one in api_discovery.resources(group, version, _listed(answer)):
            found.setdefault(one.kind, one)
    return Kinds(tuple(one for one in found.values() if one.kind not in _EVENTS))


def read_objects(api_client: Any, namespace: str, kinds: Kinds) -> tuple[LiveObject, ...]:
    """The objects in the namespace, but for events; one call for each kind."""
    client = metadata_only(api_client)
    found = []
    for one in kinds.resources:
        attempt = f"list {'.'.join(filter(None, [one.plural, one.kind[0]]))} in namespace {namespace}"
        listed = items(read(attempt, _lister(client, attempt, one, namespace)))
        found += [live_objects.live_object(one.kind, item) for item in listed]
    return tuple(found)


def _lister(client: Any, attempt: str, resource: Resource, namespace: str) -> Callable[..., Any]:
    group, kind = resource.kind
    if group:
        custom = CustomObjectsApi(client)
        return lambda **options: custom.list_namespaced_custom_object(
            group, resource.version, namespace, resource.plural, **options
        )
    # The client has no method for any kind of the core group.
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", kind).lower()
    method = getattr(CoreV1Api(client), f"list_namespaced_{name}", None)
    if method is None:
        raise ServiceFailed(attempt, "the Python package kubernetes does not know it", advice="Install a later one.")
    return lambda **options: method(namespace, **options)


def _listed(answer: Any) -> list[Any]:
    """The kinds of a version; none of one that has just gone."""
    return (answer or {}).get("resources") or []
