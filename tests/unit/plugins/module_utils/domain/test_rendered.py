"""What stored revisions rendered."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests, rendered
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import CLAIM, LiveObject

NEWEST = """
apiVersion: v1
kind: Namespace
metadata: {name: workspace}
---
apiVersion: v1
kind: Namespace
metadata:
  name: kept-space
  annotations: {helm.sh/resource-policy: keep}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: server}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: workspace, namespace: workspace}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: kept
  annotations: {helm.sh/resource-policy: keep}
"""
FORMER = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store.a}
spec:
  volumeClaimTemplates:
  - metadata: {name: data}
"""
HOOK = "apiVersion: batch/v1\nkind: Job\nmetadata: {name: post-job}\n"


def release(manifest: str, hooks: str = "") -> Release:
    return Release("epinio", "space", 1, "deployed", "epinio", "1.13.9", manifest=manifest, hooks=hooks)


FOUND = rendered.rendered([release(NEWEST), release(FORMER, HOOK)])


def test_objects_of_all_revisions_by_group_kind_namespace_and_name() -> None:
    assert FOUND.objects >= {
        ("apps", "Deployment", "space", "server"),
        ("", "ServiceAccount", "workspace", "workspace"),
        ("apps", "StatefulSet", "space", "store.a"),
        ("batch", "Job", "space", "post-job"),
    }
    assert ("", "ConfigMap", "space", "kept") in FOUND.kept - FOUND.objects


@pytest.mark.parametrize(
    ("name", "expected"),
    [("data-store.a-0", True), ("data-store.a-12", True), ("data-store-a-0", False), ("my-data-store.a-0", False)],
)
def test_claims_of_stateful_sets(name: str, expected: bool) -> None:
    assert FOUND.has(LiveObject(CLAIM, "space", name, "uid")) is expected
    assert not FOUND.has(LiveObject(("", "Secret"), "space", name, "uid"))


def test_namespaces_that_helm_deletes() -> None:
    assert rendered.namespaces(manifests.objects(NEWEST)) == ("workspace",)


def test_nothing() -> None:
    assert rendered.rendered([]) == rendered.Rendered()
