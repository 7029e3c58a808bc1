"""The life of a pod without containers: what comes next and when, and the status that a kubelet would report. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from sandbox.rest import Json
from sandbox.settings import Timing

RUN_SECONDS = "sandbox.epinio.aws/run-seconds"
NEVER_READY = ":never-ready"


class Action(Enum):
    """What the agent does to a pod."""

    START = "start"
    FINISH = "finish"
    REMOVE = "remove"


@dataclass(frozen=True)
class Step:
    """The next action and its time, in seconds of the agent's clock."""

    action: Action
    due: float


def next_step(pod: Json, since: float, timing: Timing) -> Step | None:
    """What comes next for a pod that has been in its present stage (see `stage`) since then; None for nothing."""
    match stage(pod):
        case "terminating":
            grace = pod["metadata"].get("deletionGracePeriodSeconds") or 0
            return Step(Action.REMOVE, since + min(timing.terminate, grace))
        case "pending":
            return Step(Action.START, since + timing.ready)
        case "running" if pod["spec"].get("restartPolicy") != "Always":
            return Step(Action.FINISH, since + _run_seconds(pod, timing))
    return None


def stage(pod: Json) -> str:
    """`unscheduled`, `pending`, `running`, `ended` or `terminating`."""
    if not pod["spec"].get("nodeName"):
        return "unscheduled"
    if pod["metadata"].get("deletionTimestamp"):
        return "terminating"
    phase = pod.get("status", {}).get("phase", "Pending")
    return {"Running": "running", "Succeeded": "ended", "Failed": "ended"}.get(phase, "pending")


def _run_seconds(pod: Json, timing: Timing) -> float:
    asked = (pod["metadata"].get("annotations") or {}).get(RUN_SECONDS)
    try:
        return float(asked) if asked is not None else timing.run
    except ValueError:
        return timing.run


def running(pod: Json, now: str) -> Json:
    """The status of a pod whose containers run, ready. `now` is an RFC 3339 time."""
    address = _address(pod)
    return {
        "phase": "Running",
        "startTime": now,
        "hostIP": "127.0.0.1",
        "hostIPs": [{"ip": "127.0.0.1"}],
        "podIP": address,
        "podIPs": [{"ip": address}],
        "conditions": [_condition(kind, True, now) for kind in _ready_conditions(pod)],
        "initContainerStatuses": [
            _container(pod, container, _ended(now), ready=True) for container in pod["spec"].get("initContainers") or []
        ],
        "containerStatuses": [
            _container(pod, container, {"running": {"startedAt": now}}, ready=True, started=True)
            for container in pod["spec"]["containers"]
        ],
    }


def waiting(pod: Json, complaint: str | None, now: str) -> Json | None:
    """The status of a pod that cannot start, or None if it can: something it needs is missing, or its image."""
    reasons = {
        container["name"]: {"reason": "CreateContainerConfigError", "message": complaint}
        if complaint
        else {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{container["image"]}"'}
        for container in pod["spec"]["containers"]
        if complaint or container["image"].endswith(NEVER_READY)
    }
    if not reasons:
        return None
    creating = {"reason": "ContainerCreating"}
    return {
        "phase": "Pending",
        "startTime": pod.get("status", {}).get("startTime", now),
        "conditions": [
            {**_condition(kind, False, now), "reason": "ContainersNotReady"} for kind in ("ContainersReady", "Ready")
        ],
        "containerStatuses": [
            _container(pod, container, {"waiting": reasons.get(container["name"], creating)}, ready=False)
            for container in pod["spec"]["containers"]
        ],
    }


def container_states(status: Json) -> list[tuple[str, Json]]:
    """Name and state of each container: what a report would change."""
    return [(container["name"], container["state"]) for container in status.get("containerStatuses") or []]


def succeeded(pod: Json, now: str) -> Json:
    """The status of a pod all of whose containers have ended with exit code 0."""
    started = pod.get("status", {}).get("startTime", now)
    return {
        "phase": "Succeeded",
        "conditions": [
            {**_condition(kind, False, now), "reason": "PodCompleted"} for kind in ("ContainersReady", "Ready")
        ],
        "containerStatuses": [
            _container(pod, container, _ended(now, started), ready=False) for container in pod["spec"]["containers"]
        ],
    }


def _ready_conditions(pod: Json) -> list[str]:
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or []]
    return ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", *gates]


def _condition(kind: str, true: bool, now: str) -> Json:
    return {"type": kind, "status": "True" if true else "False", "lastTransitionTime": now}


def _ended(now: str, started: str | None = None) -> Json:
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": started or now, "finishedAt": now}
    return {"terminated": ended}


def _container(pod: Json, container: Json, state: Json, *, ready: bool, started: bool = False) -> Json:
    status = {"name": container["name"], "image": container["image"], "ready": ready, "started": started}
    if "waiting" not in state:
        status["imageID"] = f"sandbox://{container['image']}"
        status["containerID"] = f"sandbox://{pod['metadata']['uid']}/{container['name']}"
    return {"restartCount": 0, "imageID": "", **status, "state": state}


def _address(pod: Json) -> str:
    digest = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()
    return f"10.0.{digest[0]}.{digest[1]}"
