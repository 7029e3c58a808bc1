# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that is in a namespace, whatever its kind, by its metadata alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import api_discovery, live_objects
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Kind, LiveObject

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
    core = _listed(rest.read(attempt, api_client, "/api/v1"))
    found = {one.kind: one for one in api_discovery.resources("", "v1", core)}
    for group, version in api_discovery.versions(rest.read(attempt, api_client, "/apis")["groups"]):
        answer = rest.read(f"{attempt} in {group}/{version}", api_client, f"/apis/{group}/{version}")
        for one in api_discovery.resources(group, version, _listed(answer)):
            found.setdefault(one.kind, one)
    return Kinds(tuple(one for one in found.values() if one.kind not in _EVENTS))


def read_objects(api_client: Any, namespace: str, kinds: Kinds) -> tuple[LiveObject, ...]:
    """The objects in the namespace, but for events; one call for each kind."""
    found = []
    for one in kinds.resources:
        group = one.kind[0]
        attempt = f"list {'.'.join(filter(None, [one.plural, group]))} in namespace {namespace}"
        where = rest.path("/".join(filter(None, [group, one.version, one.plural])), namespace)
        listed = rest.items(attempt, api_client, where, metadata_only=True)
        found += [live_objects.live_object(one.kind, item) for item in listed]
    return tuple(found)


def _listed(answer: Any) -> list[Any]:
    """The kinds of a version; none of one that has just gone."""
    return (answer or {}).get("resources") or []
