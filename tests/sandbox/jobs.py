"""Jobs whose pods really run, and how they end."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

from sandbox import processes
from sandbox.cluster import Cluster
from tests.sandbox.kubectl import Kubectl, until

IMAGE = "amazon/aws-cli:2.13.26"
# A process of the CLI takes a second or two on a slow machine, and the pod's start one.
SECONDS = 60
RUN = {"name": "RUN", "value": "/dev/termination-log"}
HOME = {
    "env": [{"name": "HOME", "value": "/scratch"}, {"name": "AWS_DEFAULT_REGION", "value": "us-east-1"}, RUN],
    "volumeMounts": [{"name": "home", "mountPath": "/scratch"}],
}


class Jobs:
    """Those of one cluster's namespace `default`."""

    def __init__(self, cluster: Cluster) -> None:
        self.kubectl, self._folder = Kubectl(cluster), cluster.folder

    def start(self, name: str, script: str, account: str = "default", **changes: Any) -> None:
        """Applies a Job whose pod runs the script. `changes`: of its spec, and `container` and `pod` of theirs."""
        command = ["sh", "-c", script]
        container = {"name": "c", "image": IMAGE, "command": command, **HOME, **changes.pop("container", {})}
        spec = {
            "restartPolicy": "Never", "serviceAccountName": account, "containers": [container],
            "volumes": [{"name": "home", "emptyDir": {}}], **changes.pop("pod", {}),
        }  # fmt: skip
        wanted = {"backoffLimit": 0, "template": {"spec": spec}, **changes}
        self.kubectl.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": wanted})

    def end(self, name: str) -> dict[str, Any]:
        """How the container of that Job's pod ended, once it has."""

        def state() -> Any:
            return next(iter(self.states(name)), {}).get("terminated")

        until(SECONDS, state)
        found: dict[str, Any] = state()
        return found

    def wait_until_running(self, name: str) -> None:
        until(SECONDS, lambda: any("running" in state for state in self.states(name)))

    def states(self, name: str) -> list[dict[str, Any]]:
        """Of its pods' containers."""
        pods = self._pods(name)
        return [one["state"] for pod in pods for one in pod["status"].get("containerStatuses") or []]

    def has(self, name: str, condition: str) -> bool:
        found = self.kubectl.get("job", name)["status"].get("conditions") or []
        return any(one["type"] == condition and one["status"] == "True" for one in found)

    def folder(self, name: str) -> Path:
        """Of its pod."""
        (pod,) = self._pods(name)
        return Path(self._folder / "pods" / pod["metadata"]["uid"])

    def output(self, name: str) -> str:
        """What its pod printed."""
        return (self.folder(name) / "c.log").read_text()

    def process(self) -> processes.Record:
        """The only process of a pod that there is at the moment."""
        (found,) = (one for one in processes.records(self._folder) if one.name.startswith("pod-"))
        return found

    def _pods(self, name: str) -> Any:
        return self.kubectl.get("pods", "-l", f"job-name={name}")["items"]
