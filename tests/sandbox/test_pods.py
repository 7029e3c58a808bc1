"""What comes next in a pod's life, what it waits for, and the statuses that it reports."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox import pods
from sandbox.node_objects import is_released, other_taints, volume_for
from sandbox.pods import Action, Step, next_step
from sandbox.references import Reference, complaint, references
from sandbox.settings import Timing

NOW = "2026-01-01T00:00:00Z"
TIMING = Timing(ready=1, terminate=3, run=2)


def pod(phase: str = "Pending", policy: str = "Always", image: str = "app:1", **metadata: Any) -> dict[str, Any]:
    return {
        "metadata": {"uid": "u", "namespace": "ns", "name": "p", **metadata},
        "spec": {"nodeName": "n", "restartPolicy": policy, "containers": [{"name": "c", "image": image}]},
        "status": {"phase": phase},
    }


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (pod(), Step(Action.START, 11)),
        (pod("Running"), None),
        (pod("Running", "Never"), Step(Action.FINISH, 12)),
        (pod("Running", "OnFailure", annotations={pods.RUN_SECONDS: "30"}), Step(Action.FINISH, 40)),
        (pod("Running", "Never", annotations={pods.RUN_SECONDS: "long"}), Step(Action.FINISH, 12)),
        (pod("Succeeded", "Never"), None),
        (pod("Failed", "Never"), None),
        (pod("Running", deletionTimestamp=NOW, deletionGracePeriodSeconds=30), Step(Action.REMOVE, 13)),
        (pod("Running", deletionTimestamp=NOW, deletionGracePeriodSeconds=1), Step(Action.REMOVE, 11)),
        (pod("Succeeded", deletionTimestamp=NOW), Step(Action.REMOVE, 10)),
    ],
)
def test_next_step(shown: dict[str, Any], wanted: Step | None) -> None:
    assert next_step(shown, 10, TIMING) == wanted


def test_an_unscheduled_pod_waits() -> None:
    shown = pod()
    del shown["spec"]["nodeName"]
    assert next_step(shown, 10, TIMING) is None


def test_running_is_ready() -> None:
    shown = pod()
    shown["spec"]["readinessGates"] = [{"conditionType": "gate"}]
    status = pods.running(shown, NOW)
    assert {c["type"] for c in status["conditions"] if c["status"] == "True"} >= {"Ready", "ContainersReady", "gate"}
    assert status["containerStatuses"][0]["ready"] is True
    assert status["containerStatuses"][0]["state"] == {"running": {"startedAt": NOW}}


def test_waiting_for_something_missing() -> None:
    status = pods.waiting(pod(), 'secret "s" not found', NOW)
    assert status is not None
    state = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "s" not found'}}
    assert pods.container_states(status) == [("c", state)]


def test_waiting_for_an_image() -> None:
    status = pods.waiting(pod(image="epinio/server:never-ready"), None, NOW)
    assert status is not None
    assert status["containerStatuses"][0]["state"]["waiting"]["reason"] == "ImagePullBackOff"
    assert pods.waiting(pod(), None, NOW) is None


def test_succeeded() -> None:
    status = pods.succeeded(pod("Running", "Never"), NOW)
    assert status["phase"] == "Succeeded"
    assert status["containerStatuses"][0]["state"]["terminated"]["exitCode"] == 0


NEEDY: dict[str, Any] = {
    "metadata": {"namespace": "ns"},
    "spec": {
        "volumes": [
            {"name": "a", "secret": {"secretName": "volume"}},
            {"name": "b", "configMap": {"name": "map", "items": [{"key": "k", "path": "p"}]}},
            {"name": "c", "secret": {"secretName": "spare", "optional": True}},
            {
                "name": "d",
                "projected": {"sources": [{"secret": {"name": "projected"}}, {"serviceAccountToken": {"path": "t"}}]},
            },
        ],
        "initContainers": [{"name": "i", "envFrom": [{"configMapRef": {"name": "all"}}]}],
        "containers": [
            {
                "name": "c",
                "env": [
                    {"name": "A", "value": "plain"},
                    {"name": "B", "valueFrom": {"secretKeyRef": {"name": "keyed", "key": "k"}}},
                    {"name": "C", "valueFrom": {"configMapKeyRef": {"name": "no", "key": "k", "optional": True}}},
                    {"name": "D", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                ],
            }
        ],
    },
}
ALL = [
    Reference("secret", "volume"),
    Reference("configmap", "map", ("k",)),
    Reference("secret", "projected"),
    Reference("configmap", "all"),
    Reference("secret", "keyed", ("k",)),
]


def test_references() -> None:
    assert references(NEEDY) == ALL


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        (None, None),
        ("volume", 'secret "volume" not found'),
        ("map", 'configmap "map" not found'),
        ("projected", 'secret "projected" not found'),
        ("all", 'configmap "all" not found'),
        ("keyed", 'secret "keyed" not found'),
    ],
)
def test_complaint(missing: str | None, words: str | None) -> None:
    assert complaint(NEEDY, lambda wanted: None if wanted.name == missing else {"data": {"k": ""}}) == words


def test_complaint_about_a_key() -> None:
    def read(wanted: Reference) -> dict[str, Any]:
        return {"data": {}} if wanted.name == "keyed" else {"binaryData": {"k": ""}}

    assert complaint(NEEDY, read) == "couldn't find key k in Secret ns/keyed"


def claim(**spec: Any) -> dict[str, Any]:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "2Gi"}}, **spec}
    metadata = {"namespace": "ns", "name": "data", "uid": "u"}
    return {"metadata": metadata, "spec": wanted, "status": {"phase": "Pending"}}


def test_a_pending_claim_gets_a_fitting_volume() -> None:
    made = volume_for(claim(storageClassName="gp2"))
    assert made is not None
    assert made["spec"]["capacity"] == {"storage": "2Gi"}
    assert made["spec"]["claimRef"]["uid"] == "u"
    assert made["spec"]["storageClassName"] == "gp2"
    assert is_released({**made, "status": {"phase": "Released"}})
    assert not is_released({**made, "status": {"phase": "Bound"}})


def test_other_claims_and_volumes_are_left_alone() -> None:
    assert volume_for(claim(volumeName="somebody's")) is None
    assert volume_for({**claim(), "status": {"phase": "Bound"}}) is None
    assert not is_released({"metadata": {}, "status": {"phase": "Released"}})


@pytest.mark.parametrize(
    ("taints", "kept"),
    [
        (None, None),
        ([{"key": "dedicated"}], None),
        ([{"key": "node.kubernetes.io/not-ready"}], []),
        ([{"key": "dedicated"}, {"key": "node.kubernetes.io/not-ready"}], [{"key": "dedicated"}]),
    ],
)
def test_only_the_not_ready_taint_is_lifted(
    taints: list[dict[str, str]] | None, kept: list[dict[str, str]] | None
) -> None:
    assert other_taints({"spec": {"taints": taints}}) == kept
