"""What the readers make of the API server's kinds and lists."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import inventory, namespaces
from ansible_collections.epinio.aws.plugins.module_utils.readers.inventory import Kinds

VERBS = ["delete", "list"]


def resource(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "kind": kind, "namespaced": True, "verbs": VERBS}


def group(name: str, *versions: str) -> dict[str, Any]:
    served = [{"version": version} for version in versions]
    return {"name": name, "versions": served, "preferredVersion": served[0]}


ANSWERS = {
    "/v1": {"resources": [resource("configmaps", "ConfigMap"), resource("events", "Event")]},
    "": {"groups": [group("batch", "v1", "v1beta1"), group("gone", "v1")]},
    "batch/v1": {"resources": [resource("jobs", "Job")]},
    "batch/v1beta1": {"resources": [resource("jobs", "Job"), resource("cronjobs", "CronJob")]},
    "configmaps": {"items": [{"metadata": {"namespace": "space", "name": "a", "uid": "1"}}]},
    "batch/v1/jobs": {"items": None},
}


class Server:
    """An API server that knows some paths; any other is not there."""

    def __init__(self, *_: Any) -> None: ...

    def get_api_resources(self, **_: Any) -> Any:
        return answer("/v1")

    def get_api_versions(self, **_: Any) -> Any:
        return answer("")

    def list_cluster_custom_object(self, group: str, version: str, plural: str, **_: Any) -> Any:
        assert plural == ""
        return answer(f"{group}/{version}")

    def list_namespaced_custom_object(self, group: str, version: str, namespace: str, plural: str, **_: Any) -> Any:
        assert namespace == "space"
        return answer(f"{group}/{version}/{plural}")

    def list_namespaced_config_map(self, namespace: str, **_: Any) -> Any:
        assert namespace == "space"
        return answer("configmaps")


def answer(path: str) -> Any:
    if path not in ANSWERS:
        raise ServiceFailed("ask", "not found", code="404")
    return SimpleNamespace(data=json.dumps(ANSWERS[path]))


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ApisApi", "CoreV1Api", "CustomObjectsApi"):
        monkeypatch.setattr(inventory, name, Server)
    monkeypatch.setattr(inventory, "metadata_only", lambda client: client)


def test_kinds_in_their_preferred_version_without_events() -> None:
    assert inventory.read_kinds(None).resources == (
        Resource(("", "ConfigMap"), "v1", "configmaps"),
        Resource(("batch", "Job"), "v1", "jobs"),
        Resource(("batch", "CronJob"), "v1beta1", "cronjobs"),
    )


def test_objects_of_the_core_and_of_groups() -> None:
    known = (Resource(("", "ConfigMap"), "v1", "configmaps"), Resource(("batch", "Job"), "v1", "jobs"))
    assert [str(one) for one in inventory.read_objects(None, "space", Kinds(known))] == ["ConfigMap a"]


def test_a_kind_that_has_just_gone_has_no_objects() -> None:
    assert inventory.read_objects(None, "space", Kinds((Resource(("gone", "Thing"), "v1", "things"),))) == ()


def test_a_kind_that_the_client_does_not_know_is_told() -> None:
    with pytest.raises(ServiceFailed, match="list novelties in namespace space: the Python package kubernetes"):
        inventory.read_objects(None, "space", Kinds((Resource(("", "NewKind"), "v1", "novelties"),)))


def test_volumes_that_outlive_their_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    def volume(name: str, policy: str, namespace: str) -> dict[str, Any]:
        spec = {"persistentVolumeReclaimPolicy": policy, "claimRef": {"namespace": namespace, "name": "data"}}
        return {"metadata": {"name": name}, "spec": spec}

    found = [volume("b", "Retain", "space"), volume("a", "Delete", "space"), volume("c", "Retain", "other")]
    unbound = {"metadata": {"name": "d"}, "spec": {"persistentVolumeReclaimPolicy": "Retain"}}
    listed = SimpleNamespace(data=json.dumps({"items": [*found, unbound]}))
    core = SimpleNamespace(list_persistent_volume=lambda **_: listed)
    monkeypatch.setattr(namespaces, "CoreV1Api", lambda _: core)
    assert namespaces.read_retained_volumes(None, {"space"}) == (("b", "space/data"),)
