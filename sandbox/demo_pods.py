"""The pods of the demo: the AWS CLI under a service account, with what a pod of that account is given and nothing else.

They really run, as the download of a staging job does; Epinio's own server only seems to.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import Any

from kubernetes import client

from sandbox.people import NAMESPACE
from sandbox.pod_paths import TERMINATION_PATH

HOME = "/scratch"
SECONDS = 60.0
STAGE_SCRIPTS = "epinio-stage-scripts"


@dataclass(frozen=True)
class Ended:
    """How a pod ended: the exit code, and what it said."""

    code: int
    said: str


@dataclass(frozen=True)
class Staging:
    """How Epinio makes staging pods: with this account, and with this image for the download."""

    account: str
    image: str


def staging(api: Any) -> Staging:
    """From where Epinio itself reads it."""
    data = client.CoreV1Api(api).read_namespaced_config_map(STAGE_SCRIPTS, NAMESPACE).data
    return Staging(json.loads(data["staging-values.json"])["serviceAccountName"], data["downloadImage"])


def run(api: Any, namespace: str, account: str, image: str, script: str, variables: dict[str, str]) -> Ended:
    """Run a shell script in a pod of that account, wait for its end, and delete the pod.

    The script says something by writing to `$SAID`; if it fails and has not, its output is what it said.
    """
    core = client.CoreV1Api(api)
    given = {**variables, "HOME": HOME, "SAID": TERMINATION_PATH}
    container = {
        "name": "aws",
        "image": image,
        "command": ["sh", "-c", script],
        "env": [{"name": name, "value": value} for name, value in given.items()],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": "home", "mountPath": HOME}],
    }
    spec = {
        "serviceAccountName": account,
        "restartPolicy": "Never",
        "containers": [container],
        "volumes": [{"name": "home", "emptyDir": {}}],
    }
    made = core.create_namespaced_pod(namespace, {"metadata": {"generateName": "demo-"}, "spec": spec})
    try:
        return _end(core, made.metadata.name, namespace)
    finally:
        core.delete_namespaced_pod(made.metadata.name, namespace, grace_period_seconds=0)


def _end(core: Any, name: str, namespace: str) -> Ended:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for status in core.read_namespaced_pod(name, namespace).status.container_statuses or []:
            if status.state.terminated:
                return Ended(status.state.terminated.exit_code, (status.state.terminated.message or "").strip())
        time.sleep(0.2)
    raise TimeoutError(f"Pod {namespace}/{name} has not ended after {SECONDS:.0f} s.")
