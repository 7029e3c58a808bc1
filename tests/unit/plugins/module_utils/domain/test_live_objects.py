"""Objects and namespaces in the API server's JSON."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import (
    LiveObject,
    Namespace,
    Owner,
    live_object,
    namespace,
)


def test_an_object_by_its_metadata() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "set", "uid": "2"}
    metadata = {"namespace": "epinio", "name": "pod", "uid": "1", "ownerReferences": [owner]}
    found = live_object(("", "Pod"), {"metadata": metadata})
    assert found == LiveObject(("", "Pod"), "epinio", "pod", "1", owners=(Owner(("apps", "ReplicaSet"), "2"),))
    assert (str(found), found.identity, found.is_claim) == ("Pod pod", ("", "Pod", "epinio", "pod"), False)


def test_a_namespace() -> None:
    found = namespace({"metadata": {"name": "epinio", "uid": "1"}, "status": {"phase": "Active"}})
    assert found == Namespace("epinio", "1")


def test_a_namespace_that_does_not_get_away() -> None:
    conditions = [
        {"type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "All fine"},
        {"type": "NamespaceFinalizersRemaining", "status": "True", "message": "x in 1 resource instances"},
    ]
    metadata = {"name": "epinio", "uid": "1", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    found = namespace({"metadata": metadata, "status": {"conditions": conditions}})
    assert found.terminating
    assert found.troubles == ("NamespaceFinalizersRemaining: x in 1 resource instances",)
