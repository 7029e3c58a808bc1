"""kubectl for the live tests, what they create with it, and a bounded wait."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from typing import Any

from sandbox.cluster import Cluster


class Kubectl:
    """kubectl against one cluster, in the environment that the sandbox gives to tools."""

    def __init__(self, cluster: Cluster) -> None:
        self.environment = cluster.environment()

    def __call__(self, *arguments: str, given: dict[str, Any] | None = None) -> str:
        answer = subprocess.run(
            ["kubectl", *arguments],
            check=False,
            env=self.environment,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def get(self, *arguments: str) -> Any:
        return json.loads(self("get", "-o", "json", *arguments))

    def apply(self, content: dict[str, Any]) -> None:
        self("apply", "-f", "-", given={"apiVersion": "v1", **content})

    def pod(self, name: str, **spec: Any) -> None:
        self.apply(pod(name, **spec))

    def account(self, name: str, **annotations: str) -> None:
        self.apply(account(name, **annotations))


def pod(name: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "app", "image": spec.pop("image", "app:1"), **spec.pop("container", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}


def account(name: str, **annotations: str) -> dict[str, Any]:
    named = {f"eks.amazonaws.com/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "annotations": named}}


def until(seconds: float, met: Callable[[], object]) -> float:
    """Waits until it is met. The time that this took."""
    began = time.monotonic()
    while not met():
        assert time.monotonic() - began < seconds, "not met in time"
        # A kubectl takes a seventh of a second of a core.
        time.sleep(0.5)
    return time.monotonic() - began
