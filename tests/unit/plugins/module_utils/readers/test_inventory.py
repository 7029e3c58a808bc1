"""What the readers make of the API server's kinds and lists."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource
from ansible_collections.epinio.aws.plugins.module_utils.readers import inventory, namespaces
from ansible_collections.epinio.aws.plugins.module_utils.readers.inventory import Kinds

from tests.unit.plugins.module_utils.fake_kubernetes import Answer, Call, FakeKubernetes, knowing, missing

VERBS = ["delete", "list"]


def resource(name: str, kind: str) -> dict[str, Any]:
    return {"name": name, "kind": kind, "namespaced": True, "verbs": VERBS}


def group(name: str, *versions: str) -> dict[str, Any]:
    served = [{"version": version} for version in versions]
    return {"name": name, "versions": served, "preferredVersion": served[0]}


ANSWERS = {
    "/api/v1": {"resources": [resource("configmaps", "ConfigMap"), resource("events", "Event")]},
    "/apis": {"groups": [group("batch", "v1", "v1beta1"), group("gone", "v1")]},
    "/apis/batch/v1": {"resources": [resource("jobs", "Job")]},
    "/apis/batch/v1beta1": {"resources": [resource("jobs", "Job"), resource("cronjobs", "CronJob")]},
    "/api/v1/namespaces/space/configmaps": {"items": [{"metadata": {"namespace": "space", "name": "a", "uid": "1"}}]},
    "/apis/batch/v1/namespaces/space/jobs": {"items": None},
}


def server() -> FakeKubernetes:
    """An API server that knows some paths; any other is not there."""

    def answer(call: Call) -> Answer:
        return (200, ANSWERS[call.path]) if call.path in ANSWERS else missing(call.path)

    return FakeKubernetes(answer)


def test_kinds_in_their_preferred_version_without_events() -> None:
    assert inventory.read_kinds(server()).resources == (
        Resource(("", "ConfigMap"), "v1", "configmaps"),
        Resource(("batch", "Job"), "v1", "jobs"),
        Resource(("batch", "CronJob"), "v1beta1", "cronjobs"),
    )


def test_objects_of_the_core_and_of_groups() -> None:
    known = (Resource(("", "ConfigMap"), "v1", "configmaps"), Resource(("batch", "Job"), "v1", "jobs"))
    api = server()
    assert [str(one) for one in inventory.read_objects(api, "space", Kinds(known))] == ["ConfigMap a"]
    assert all("as=PartialObjectMetadataList" in call.headers["Accept"] for call in api.calls)


def test_a_kind_that_has_just_gone_has_no_objects() -> None:
    assert inventory.read_objects(server(), "space", Kinds((Resource(("gone", "Thing"), "v1", "things"),))) == ()


def test_volumes_that_outlive_their_claims() -> None:
    def volume(name: str, policy: str, namespace: str) -> dict[str, Any]:
        spec = {"persistentVolumeReclaimPolicy": policy, "claimRef": {"namespace": namespace, "name": "data"}}
        return {"metadata": {"name": name}, "spec": spec}

    found = [volume("b", "Retain", "space"), volume("a", "Delete", "space"), volume("c", "Retain", "other")]
    unbound = {"metadata": {"name": "d"}, "spec": {"persistentVolumeReclaimPolicy": "Retain"}}
    api = knowing(persistentvolumes={"items": [*found, unbound]})
    assert namespaces.read_retained_volumes(api, {"space"}) == (("b", "space/data"),)
