"""What is reported of containers that are processes."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox import pod_results, pods
from sandbox.pod_results import Ended

NOW, LATER = "2026-01-01T00:00:00Z", "2026-01-01T00:00:09Z"
GOOD, BAD = Ended(0, "Completed", "", LATER), Ended(2, "Error", "why", LATER)
CREATING = {"waiting": {"reason": "PodInitializing"}}
RUNS = {"running": {"startedAt": NOW}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": NOW, "finishedAt": LATER}}
BROKEN = {"terminated": {**DONE["terminated"], "exitCode": 2, "reason": "Error", "message": "why"}}


def pod() -> dict[str, Any]:
    containers = [{"name": name, "image": "aws-cli"} for name in ("a", "b")]
    spec = {"initContainers": [{"name": "i", "image": "aws-cli"}], "containers": containers}
    return {"metadata": {"uid": "u"}, "spec": spec, "status": {}}


@pytest.mark.parametrize(
    ("started", "ended", "phase", "states"),
    [
        ("", {}, "Pending", (CREATING, CREATING, CREATING)),
        ("i", {}, "Pending", (RUNS, CREATING, CREATING)),
        ("i", {"i": BAD}, "Failed", (BROKEN, CREATING, CREATING)),
        ("iab", {"i": GOOD}, "Running", (DONE, RUNS, RUNS)),
        ("iab", {"i": GOOD, "a": BAD}, "Running", (DONE, BROKEN, RUNS)),
        ("iab", {"i": GOOD, "a": BAD, "b": GOOD}, "Failed", (DONE, BROKEN, DONE)),
        ("iab", {"i": GOOD, "a": GOOD, "b": GOOD}, "Succeeded", (DONE, DONE, DONE)),
    ],
)
def test_status(started: str, ended: dict[str, Ended], phase: str, states: tuple[Any, ...]) -> None:
    found = pod_results.status(pod(), dict.fromkeys(started, NOW), ended, LATER)
    assert found["phase"] == phase
    shown = [*found["initContainerStatuses"], *found["containerStatuses"]]
    assert tuple(one["state"] for one in shown) == states
    assert found["startTime"] == (NOW if started else LATER)
    ready = {one["type"]: one["status"] for one in found["conditions"]}.get("Ready")
    assert ready == ("True" if states[1:] == (RUNS, RUNS) else "False" if phase in ("Failed", "Succeeded") else None)
    assert pods.container_states(found) == list(zip("ab", states[1:], strict=True))


@pytest.mark.parametrize(
    ("code", "policy", "words", "log", "wanted"),
    [
        (0, "File", b"said", b"log", (0, "Completed", "said")),
        (3, "File", b"said", b"log", (3, "Error", "said")),
        (3, "File", b"", b"log", (3, "Error", "")),
        (-15, "File", b"", b"", (143, "Error", "")),
        (3, "FallbackToLogsOnError", b"", b"log", (3, "Error", "log")),
        (3, "FallbackToLogsOnError", b"said", b"log", (3, "Error", "said")),
        (0, "FallbackToLogsOnError", b"", b"log", (0, "Completed", "")),
        (0, "File", b"a" + b"b" * 4096, b"", (0, "Completed", "b" * 4096)),
        (1, "FallbackToLogsOnError", b"", b"a" * 10 + b"b" * 2048, (1, "Error", "b" * 2048)),
        (1, "FallbackToLogsOnError", b"", b"x\n" * 90, (1, "Error", "x\n" * 80)),
        (0, "File", b"\xff", b"", (0, "Completed", "\ufffd")),
    ],
)
def test_ended(code: int, policy: str, words: bytes, log: bytes, wanted: tuple[int, str, str]) -> None:
    found = pod_results.ended({"name": "c", "terminationMessagePolicy": policy}, code, words, log, NOW)
    assert (found.code, found.reason, found.message) == wanted
