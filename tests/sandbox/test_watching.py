"""Watches and the agent outlive an API server that goes away and comes back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest
import urllib3

from sandbox import watching
from sandbox.forward_proxy import ForwardProxy
from sandbox.node_agent import NodeAgent
from sandbox.pod_outside import PodOutside
from sandbox.pod_runs import PodRuns, Tell
from sandbox.rest import Api, ApiError
from sandbox.settings import Timing


class Away:
    """An API server that fails in several ways, then answers."""

    def __init__(self) -> None:
        self.lists = 0

    def get(self, *_: str, **__: str) -> dict[str, Any]:
        self.lists += 1
        if self.lists == 1:
            raise urllib3.exceptions.ProtocolError("connection reset")
        if self.lists == 2:
            raise ApiError(503, "ServiceUnavailable", "starting")
        return {"items": [{"n": self.lists}], "metadata": {"resourceVersion": "1"}}

    def watch(self, *_: str, **__: str) -> list[dict[str, Any]]:
        if self.lists == 3:
            return [{"type": "ERROR", "object": {"code": 410, "reason": "Expired", "message": "too old"}}]
        if self.lists == 4:
            return [{"type": "ADDED", "object": {"n": 0}}]
        raise OSError("reset")


def test_a_watch_lists_again_after_every_interruption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)
    seen: list[Any] = []
    done = threading.Event()

    def listed(items: list[dict[str, Any]]) -> None:
        seen.append(items)
        if len(seen) >= 4:
            done.set()

    watch = watching.Watch(cast(Api, Away()), "/x", listed, lambda kind, item: seen.append((kind, item)))
    watch.start()
    assert done.wait(5)
    watch._stopped.set()
    watch.join(5)
    assert seen[:4] == [[{"n": 3}], [{"n": 4}], ("ADDED", {"n": 0}), [{"n": 5}]]


class Refusing:
    """Refuses a Secret's reading a few times."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.reported: list[str] = []

    def find(self, _: str) -> dict[str, Any]:
        if self.statuses:
            raise ApiError(self.statuses.pop(0), "", "")
        return {"data": {}}

    def patch(self, _: str, content: dict[str, Any]) -> None:
        self.reported.append(content["status"]["phase"])


@pytest.mark.parametrize(("statuses", "reported"), [((), ["Running"]), ((500, 503), ["Running"]), ((404,), [])])
def test_the_agent_tries_again(
    statuses: tuple[int, ...], reported: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.node_agent.RETRY_SECONDS", 0.01)
    api = Refusing(*statuses)

    def runs(tell: Tell) -> PodRuns:
        return PodRuns(tmp_path, PodOutside(cast(Api, api), cast(ForwardProxy, None)), Path, tell)

    agent = NodeAgent(cast(Api, api), Timing(ready=0), runs)
    agent._watches = []
    volumes = [{"name": "v", "secret": {"secretName": "s"}}]
    pod = {
        "metadata": {"uid": "u", "namespace": "ns", "name": "p"},
        "spec": {"nodeName": "n", "volumes": volumes, "containers": [{"name": "c", "image": "i"}]},
        "status": {},
    }
    agent.start()
    agent._inbox.put(lambda: agent._see_pod(pod, False))
    deadline = time.monotonic() + (2 if reported else 0.2)
    while time.monotonic() < deadline and not api.reported:
        time.sleep(0.01)
    agent.stop()
    assert api.reported == reported
