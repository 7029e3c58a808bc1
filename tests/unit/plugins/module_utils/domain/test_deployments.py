"""A Deployment and its pods, out of the API server's JSON."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import deployments


def deployment(**changes: Any) -> dict[str, Any]:
    spec = {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "server"}},
        "template": {
            "metadata": {"annotations": {"eks.amazonaws.com/skip-containers": "proxy"}},
            "spec": {
                "serviceAccountName": "epinio-server",
                "initContainers": [{"name": "init"}],
                "containers": [
                    {"name": "server", "env": [{"name": "AWS_REGION", "value": "x"}, {"name": "PORT", "value": "1"}]},
                    {"name": "proxy"},
                ],
            },
        },
    }
    status = {"observedGeneration": 3, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
    return {
        "metadata": {"namespace": "epinio", "name": "server", "uid": "d", "generation": 3},
        "spec": {**spec, **changes.get("spec", {})},
        "status": {**status, **changes.get("status", {})},
    }


def test_a_deployment() -> None:
    found = deployments.deployment(deployment())
    assert (str(found), found.service_account, found.replicas) == ("deployment epinio/server", "epinio-server", 1)
    assert found.templates == {"init": {}, "server": {"AWS_REGION": "x"}}
    assert (found.paused, found.observed, found.complete, found.trouble) == (False, True, True, ())
    assert not found.settled


@pytest.mark.parametrize(
    ("changes", "observed", "complete"),
    [
        ({}, True, True),
        ({"status": {"observedGeneration": 2}}, False, False),
        ({"status": {"updatedReplicas": 0}}, True, False),
        ({"status": {"replicas": 2}}, True, False),
        ({"status": {"availableReplicas": 0}}, True, False),
        ({"spec": {"replicas": 2}}, True, False),
    ],
)
def test_how_far_the_controller_is(changes: dict[str, Any], observed: bool, complete: bool) -> None:
    found = deployments.deployment(deployment(**changes))
    assert (found.observed, found.complete) == (observed, complete)


def test_what_the_controller_complains_of() -> None:
    conditions = [
        {"type": "Available", "status": "False", "message": "unavailable"},
        {"type": "Progressing", "status": "False", "message": "deadline exceeded"},
        {"type": "ReplicaFailure", "status": "True", "message": "quota exceeded"},
    ]
    found = deployments.deployment(deployment(status={"conditions": conditions}))
    assert found.trouble == ("deadline exceeded", "quota exceeded")


def test_nothing_is_waited_for_without_replicas() -> None:
    found = deployments.deployment(deployment(spec={"replicas": 0}))
    assert found.settled


def test_a_deployment_that_nobody_has_seen_yet() -> None:
    found = deployments.deployment({**deployment(), "status": {}})
    assert (found.observed, found.settled) == (False, False)


def test_selectors() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["x", "y"]},
        {"key": "b", "operator": "NotIn", "values": ["z"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    labels = {"tier": "1", "app": "server"}
    found = deployment(spec={"selector": {"matchLabels": labels, "matchExpressions": expressions}})
    assert deployments.selector(found) == "app=server,tier=1,a in (x,y),b notin (z),c,!d"


def replica_set(uid: str, owner: str, revision: str | None) -> dict[str, Any]:
    annotations = {} if revision is None else {"deployment.kubernetes.io/revision": revision}
    owners = [{"uid": "else"}, {"uid": owner, "controller": True}]
    return {"metadata": {"uid": uid, "annotations": annotations, "ownerReferences": owners}}


def test_the_newest_replica_set_goes_by_revision_and_owner() -> None:
    sets = [
        replica_set("nine", "d", "9"),
        replica_set("ten", "d", "10"),
        replica_set("foreign", "other", "11"),
        replica_set("new", "d", None),
    ]
    assert deployments.newest(sets, "d") == "ten"
    assert deployments.newest([], "d") == ""
    assert deployments.owner({"metadata": {"ownerReferences": [{"uid": "x"}]}}) == ""


def pod(**status: Any) -> dict[str, Any]:
    env = [{"name": "AWS_ROLE_ARN", "value": "r"}, {"name": "AWS_REGION", "valueFrom": {}}, {"name": "X", "value": "y"}]
    return {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "server", "env": env}]}, "status": status}


def test_a_ready_pod_has_no_trouble() -> None:
    found = deployments.pod(pod(phase="Running", conditions=[{"type": "Ready", "status": "True"}]))
    assert (found.name, found.trouble) == ("p", "")
    assert found.environments == {"server": {"AWS_ROLE_ARN": "r", "AWS_REGION": ""}}


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        ({}, "phase unknown"),
        (
            {
                "phase": "Pending",
                "conditions": [{"type": "PodScheduled", "status": "False", "message": "0/1 nodes are available"}],
            },
            "phase Pending; 0/1 nodes are available",
        ),
        (
            {
                "phase": "Pending",
                "initContainerStatuses": [{"name": "init", "state": {"terminated": {"reason": "Completed"}}}],
                "containerStatuses": [
                    {"name": "server", "state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}},
                    {"name": "proxy", "state": {"waiting": {"reason": "PodInitializing"}}},
                    {"name": "other", "state": {"running": {}}},
                ],
            },
            "phase Pending; container server: ErrImagePull: no such image; container proxy: PodInitializing",
        ),
    ],
)
def test_what_keeps_a_pod_from_being_ready(status: dict[str, Any], trouble: str) -> None:
    assert deployments.pod(pod(**status)).trouble == trouble
