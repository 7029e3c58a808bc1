"""Pods that are really run: their files, their processes one after the other, and how far each of them is."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import shutil
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sandbox import images, pod_commands, pod_files, pod_paths, pod_results
from sandbox.pod_process import Command, PodProcess, PodProcesses
from sandbox.pod_results import Ended
from sandbox.rest import Json

FOLDER = "pods"

# The end of a container: uid of its pod, its name, the exit code.
Tell = Callable[[str, str, int], None]


class Outside(Protocol):
    """What a pod gets from elsewhere. Raises as `Api` does."""

    def read(self, pod: Json, kind: str, name: str) -> Json | None:
        """A Secret (`secrets`) or ConfigMap (`configmaps`) of the pod's namespace, or None."""

    def token(self, pod: Json, audience: str, seconds: int) -> str:
        """A token of the pod's service account, bound to the pod; without audience one for the API server."""

    def admit(self, pod: Json) -> dict[str, str]:
        """Lets the pod into the network; the variables that show it the way."""

    def dismiss(self, uid: str) -> None:
        """Lets it in no more."""


@dataclass
class _Run:
    pod: Json
    folder: Path
    commands: Mapping[str, Command]
    started: dict[str, str] = field(default_factory=dict)
    ended: dict[str, Ended] = field(default_factory=dict)
    processes: dict[str, PodProcess] = field(default_factory=dict)
    ending: bool = False


def is_run(pod: Json) -> bool:
    """Whether one of its containers is a process."""
    return any(images.is_run(container["image"]) for container in pod_files.containers(pod))


def now() -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class PodRuns:
    """All pods that are run. Used by one thread; `tell` is called by others.

    A container of another image beside a process seems to run until `finish`. No container is started a second time,
    whatever the pod's restart policy.
    """

    def __init__(self, folder: Path, outside: Outside, aws: Callable[[], Path], tell: Tell) -> None:
        self._folder = folder / FOLDER
        self._outside, self._aws, self._tell = outside, aws, tell
        self._processes = PodProcesses(folder)
        self._runs: dict[str, _Run] = {}

    def stop(self) -> None:
        """Ends all processes and removes all files of pods."""
        self._processes.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, pod: Json) -> Json:
        """Starts the pod unless it runs already; its status. Unsupported for what a pod cannot be given here."""
        uid = pod["metadata"]["uid"]
        if uid not in self._runs:
            self._runs[uid] = self._prepared(pod, self._folder / uid)
        return self._advanced(self._runs[uid])

    def ended(self, uid: str, name: str, code: int) -> Json | None:
        """A process has ended; the status of its pod, or None if that is gone."""
        run = self._runs.get(uid)
        if run is None:
            return None
        if name not in run.ended:
            (container,) = (one for one in pod_files.containers(run.pod) if one["name"] == name)
            left = pod_paths.termination_file(run.folder, name)
            words = left.read_bytes() if left.is_file() else b""
            run.ended[name] = pod_results.ended(container, code, words, run.commands[name].log.read_bytes(), now())
        return self._advanced(run)

    def finish(self, pod: Json) -> Json:
        """What only seems to run has ended; so have processes of a former life of the sandbox. The pod's status."""
        run = self._runs.get(pod["metadata"]["uid"])
        if run is None:
            lost = {one["name"]: pod_results.lost(now()) for one in pod["spec"]["containers"]}
            return pod_results.status(pod, {}, lost, now())
        for one in pod["spec"]["containers"]:
            if not images.is_run(one["image"]):
                run.ended.setdefault(one["name"], pod_results.ended(one, 0, b"", b"", now()))
        return self._advanced(run)

    def terminate(self, uid: str) -> None:
        """Asks the processes of a pod to end, and starts no more of them."""
        if uid in self._runs:
            self._runs[uid].ending = True
            self._signal(self._runs[uid], signal.SIGTERM)

    def kill(self, uid: str) -> bool:
        """Kills the processes of a pod. Whether there is one whose end was not told yet."""
        return uid in self._runs and self._signal(self._runs[uid], signal.SIGKILL)

    def forget(self, uid: str) -> None:
        """The pod is gone: ends what is left of it and removes its files."""
        self.kill(uid)
        self._outside.dismiss(uid)
        run = self._runs.pop(uid, None)
        if run:
            shutil.rmtree(run.folder, ignore_errors=True)

    def _prepared(self, pod: Json, folder: Path) -> _Run:
        def read(kind: str, name: str) -> Json | None:
            return self._outside.read(pod, kind, name)

        pod_files.write(pod, folder, read, lambda audience, seconds: self._outside.token(pod, audience, seconds))
        way_out = self._outside.admit(pod)
        commands = {
            one["name"]: pod_commands.command(pod, one, folder, read, self._programs, way_out)
            for one in pod_files.containers(pod)
        }
        return _Run(pod, folder, commands)

    @functools.cached_property
    def _programs(self) -> Path:
        """A folder with the AWS CLI and nothing else, as the image has it."""
        folder = self._folder / "bin"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / "aws").symlink_to(self._aws())
        return folder

    def _signal(self, run: _Run, number: signal.Signals) -> bool:
        living = [process for name, process in run.processes.items() if name not in run.ended]
        for process in living:
            process.signal(number)
        return bool(living)

    def _advanced(self, run: _Run) -> Json:
        """Starts whatever may start now; the pod's status."""
        for one in run.pod["spec"].get("initContainers") or []:
            self._start(run, one)
            if not images.is_run(one["image"]):
                run.ended.setdefault(one["name"], pod_results.ended(one, 0, b"", b"", now()))
            if one["name"] not in run.ended or run.ended[one["name"]].code:
                return self._status(run)
        for one in run.pod["spec"]["containers"]:
            self._start(run, one)
        return self._status(run)

    def _start(self, run: _Run, container: Json) -> None:
        name, uid = container["name"], run.pod["metadata"]["uid"]
        if run.ending and name not in run.processes:
            run.ended.setdefault(name, pod_results.lost(now()))
        if name in run.started or name in run.ended:
            return
        if images.is_run(container["image"]):
            label = f"pod-{uid}-{name}"
            try:
                process = self._processes.start(label, run.commands[name], lambda code: self._tell(uid, name, code))
            except OSError as fault:
                run.ended[name] = pod_results.not_started(fault, now())
                return
            run.processes[name] = process
        run.started[name] = now()

    def _status(self, run: _Run) -> Json:
        return pod_results.status(run.pod, run.started, run.ended, now())
