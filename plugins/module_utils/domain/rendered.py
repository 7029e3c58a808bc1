# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the stored revisions of a release rendered: which objects are the release's, also those helm never deletes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import fitting
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import Identity, LiveObject, group
from ansible_collections.epinio.aws.plugins.module_utils.domain.manifests import Object

# `helm uninstall` reads it from the stored manifest only (helm/helm, pkg/action/resource_policy.go).
POLICY, KEEP = "helm.sh/resource-policy", "keep"


@dataclass(frozen=True)
class Rendered:
    """`objects` are all of them but those that are `kept` by their policy; `claims` are patterns of claims' names.

    A StatefulSet's claims are in no manifest, are named `<template>-<set>-<ordinal>`, and nobody deletes them
    (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#stable-storage).
    """

    objects: frozenset[Identity] = frozenset()
    kept: frozenset[Identity] = frozenset()
    claims: tuple[re.Pattern[str], ...] = ()

    def has(self, found: LiveObject) -> bool:
        """Whether it was rendered, or is the claim of a StatefulSet that was."""
        claimed = found.is_claim and any(claim.fullmatch(found.name) for claim in self.claims)
        return found.identity in self.objects or claimed


def rendered(releases: Iterable[Release]) -> Rendered:
    """What these revisions rendered, hooks included: an upgrade that failed leaves objects that only an older one has.

    Raises `ServiceFailed` for a manifest that cannot be read.
    """
    kept: set[Identity] = set()
    found: set[Identity] = set()
    claims: dict[str, re.Pattern[str]] = {}
    for release in releases:
        for one in (*manifests.objects(release.manifest), *manifests.objects(release.hooks)):
            (kept if is_kept(one) else found).add(_identity(one, release.namespace))
            claims.update((pattern, re.compile(pattern)) for pattern in _claims(one))
    return Rendered(frozenset(found - kept), frozenset(kept), tuple(claims.values()))


def namespaces(objects: Iterable[Object]) -> tuple[str, ...]:
    """The namespaces that helm deletes with the release."""
    found = (one for one in objects if one.get("kind") == "Namespace" and not is_kept(one))
    return tuple(_metadata(one)["name"] for one in found if "name" in _metadata(one))


def is_kept(one: Object) -> bool:
    """Whether helm leaves the object when the release is uninstalled."""
    return bool((_metadata(one).get("annotations") or {}).get(POLICY) == KEEP)


def _identity(one: Object, namespace: str) -> Identity:
    metadata = _metadata(one)
    where, name = metadata.get("namespace") or namespace, metadata.get("name", "")
    return group(one.get("apiVersion", "")), one.get("kind", ""), where, name


def _metadata(one: Object) -> Mapping[str, Any]:
    found: Mapping[str, Any] = one.get("metadata") or {}
    return found


def _claims(one: Object) -> Iterator[str]:
    if one.get("kind") != "StatefulSet":
        return
    templates = fitting([{"metadata": {"name": str}}], (one.get("spec") or {}).get("volumeClaimTemplates") or [])
    for template in templates:
        yield rf"{re.escape(_metadata(template).get('name', ''))}-{re.escape(_metadata(one).get('name', ''))}-\d+"
