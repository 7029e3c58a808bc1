"""What a kubelet reports of a pod whose containers are processes: which run, and how the others ended. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import pods
from sandbox.rest import Json

# Of the last words (pkg/kubelet/container/runtime.go, MaxContainerTerminationMessage...).
MESSAGE_BYTES = 4096
LOG_BYTES, LOG_LINES = 2048, 80
# Exit codes of a container that could not be started, and of one that nobody knows anything of any more.
NOT_STARTED, LOST = 128, 137


@dataclass(frozen=True)
class Ended:
    """How a container ended. `finished` is an RFC 3339 time."""

    code: int
    reason: str
    message: str
    finished: str


def ended(container: Json, code: int, words: bytes, log: bytes, now: str) -> Ended:
    """The end of a process: `words` is what it left at its termination path, `log` the end of its output.

    As everywhere in the kubelet it is the last bytes that are kept. A negative code is the signal that ended it.
    """
    said = words[-MESSAGE_BYTES:]
    if not said and code and container.get("terminationMessagePolicy") == "FallbackToLogsOnError":
        said = b"".join(log[-LOG_BYTES:].splitlines(keepends=True)[-LOG_LINES:])
    shown = 128 - code if code < 0 else code
    return Ended(shown, "Error" if shown else "Completed", said.decode(errors="replace"), now)


def not_started(fault: OSError, now: str) -> Ended:
    """The end of a container whose command is not there."""
    return Ended(NOT_STARTED, "StartError", f"failed to start: {fault}", now)


def lost(now: str) -> Ended:
    """The end of a container whose process went with a former life of the sandbox."""
    return Ended(LOST, "ContainerStatusUnknown", "The container could not be located when the pod was terminated", now)


def status(pod: Json, started: Mapping[str, str], done: Mapping[str, Ended], now: str) -> Json:
    """The pod's status from when each container was started and how those that ended did, by their names."""
    first, main = pod["spec"].get("initContainers") or [], pod["spec"]["containers"]
    conditions: list[Json] = []
    phase = _phase([one["name"] for one in first], [one["name"] for one in main], started, done)
    running = all(one["name"] in started and one["name"] not in done for one in main)
    if phase in ("Succeeded", "Failed"):
        conditions = pods.ended_conditions(now)
    elif running:
        conditions = [pods.condition(kind, True, now) for kind in pods.ready_conditions(pod)]
    return {
        "phase": phase,
        "startTime": pod.get("status", {}).get("startTime") or min([*started.values(), now]),
        **pods.placed(pod),
        "conditions": conditions,
        "initContainerStatuses": [_container(pod, one, started, done) for one in first],
        "containerStatuses": [_container(pod, one, started, done) for one in main],
    }


def _phase(first: list[str], main: list[str], started: Mapping[str, str], done: Mapping[str, Ended]) -> str:
    if any(name in done and done[name].code for name in first):
        return "Failed"
    if all(name in done for name in main):
        return "Failed" if any(done[name].code for name in main) else "Succeeded"
    return "Running" if any(name in started for name in main) else "Pending"


def _container(pod: Json, container: Json, started: Mapping[str, str], done: Mapping[str, Ended]) -> Json:
    name = container["name"]
    runs = name in started and name not in done
    state: dict[str, Any] = {"waiting": {"reason": "PodInitializing"}}
    if name in done:
        end = done[name]
        terminated = {"exitCode": end.code, "reason": end.reason, "finishedAt": end.finished}
        terminated["startedAt"] = started.get(name, end.finished)
        state = {"terminated": {**terminated, "message": end.message} if end.message else terminated}
    elif runs:
        state = {"running": {"startedAt": started[name]}}
    return pods.container_status(pod, container, state, ready=runs, started=runs)
