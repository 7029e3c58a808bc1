# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of objects that an API server knows (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Kind

# What can be deleted is an object; metrics, for one, can only be listed.
_VERBS = {"list", "delete"}


@dataclass(frozen=True)
class Resource:
    """Where the objects of a kind are listed: `version` without the group, `plural` as in paths."""

    kind: Kind
    version: str
    plural: str


def versions(groups: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Group and version of all that the server serves, of each group the preferred version first."""
    for group in groups:
        preferred = (group.get("preferredVersion") or {}).get("version")
        for version in sorted((one["version"] for one in group["versions"]), key=lambda one: one != preferred):
            yield group["name"], version


def resources(group: str, version: str, listed: Iterable[Mapping[str, Any]]) -> Iterator[Resource]:
    """What of a version can be in a namespace, and be listed and deleted there."""
    for one in listed:
        if one.get("namespaced") and set(one.get("verbs") or ()) >= _VERBS:
            yield Resource((group, one["kind"]), version, one["name"])
