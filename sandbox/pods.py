"""The life of a pod: what comes next and when, and what a kubelet would report of one that only seems to run. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum

from sandbox import images
from sandbox.rest import Json
from sandbox.settings import Timing

RUN_SECONDS = "sandbox.epinio.aws/run-seconds"
HOST_ADDRESS = "127.0.0.1"


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
    return {
        "phase": "Running",
        "startTime": now,
        **placed(pod),
        "conditions": [condition(kind, True, now) for kind in ready_conditions(pod)],
        "initContainerStatuses": [
            container_status(pod, container, _ended(now), ready=True)
            for container in pod["spec"].get("initContainers") or []
        ],
        "containerStatuses": [
            container_status(pod, container, {"running": {"startedAt": now}}, ready=True, started=True)
            for container in pod["spec"]["containers"]
        ],
    }


def waiting(pod: Json, complaint: str | None, now: str) -> Json | None:
    """The status of a pod that cannot start, or None if it can: something it needs is missing, or its image."""
    reported = dict(container_states(pod.get("status", {})))
    reasons: dict[str, Json] = {}
    for container in pod["spec"]["containers"]:
        missing = images.pull_failure(container["image"], reported.get(container["name"], {}))
        reason = {"reason": "CreateContainerConfigError", "message": complaint} if complaint else missing
        if reason:
            reasons[container["name"]] = reason
    if not reasons:
        return None
    creating = {"reason": "ContainerCreating"}
    return {
        "phase": "Pending",
        "startTime": pod.get("status", {}).get("startTime", now),
        "conditions": [
            {**condition(kind, False, now), "reason": "ContainersNotReady"} for kind in ("ContainersReady", "Ready")
        ],
        "containerStatuses": [
            container_status(pod, container, {"waiting": reasons.get(container["name"], creating)}, ready=False)
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
        "conditions": ended_conditions(now),
        "containerStatuses": [
            container_status(pod, container, _ended(now, started), ready=False)
            for container in pod["spec"]["containers"]
        ],
    }


def placed(pod: Json) -> Json:
    """Where a started pod is."""
    own = address(pod)
    return {
        "hostIP": HOST_ADDRESS,
        "hostIPs": [{"ip": HOST_ADDRESS}],
        "podIP": own,
        "podIPs": [{"ip": own}],
    }


def ready_conditions(pod: Json) -> list[str]:
    """The conditions that are true of a pod that is ready."""
    gates = [gate["conditionType"] for gate in pod["spec"].get("readinessGates") or []]
    return ["PodReadyToStartContainers", "Initialized", "ContainersReady", "Ready", *gates]


def ended_conditions(now: str) -> list[Json]:
    """What is not true any more of a pod that has ended."""
    return [{**condition(kind, False, now), "reason": "PodCompleted"} for kind in ("ContainersReady", "Ready")]


def condition(kind: str, true: bool, now: str) -> Json:
    """One condition of a pod."""
    return {"type": kind, "status": "True" if true else "False", "lastTransitionTime": now}


def _ended(now: str, started: str | None = None) -> Json:
    ended = {"exitCode": 0, "reason": "Completed", "startedAt": started or now, "finishedAt": now}
    return {"terminated": ended}


def container_status(pod: Json, container: Json, state: Json, *, ready: bool, started: bool = False) -> Json:
    """The report of one container."""
    status = {"name": container["name"], "image": container["image"], "ready": ready, "started": started}
    if "waiting" not in state:
        status["imageID"] = f"sandbox://{container['image']}"
        status["containerID"] = f"sandbox://{pod['metadata']['uid']}/{container['name']}"
    return {"restartCount": 0, "imageID": "", **status, "state": state}


def address(pod: Json) -> str:
    """The pod's own address, on which nobody listens."""
    digest = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()
    return f"10.0.{digest[0]}.{digest[1]}"
