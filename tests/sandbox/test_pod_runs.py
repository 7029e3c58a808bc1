"""Pods as processes of this machine, without a cluster."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import queue
import select
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import processes
from sandbox.pod_runs import PodRuns
from tests.sandbox.kubectl import until
from tools.cache import REPOSITORY

IMAGE = "amazon/aws-cli:2.13.26"
VOLUMES = [
    {"name": "home", "emptyDir": {}},
    {"name": "token", "projected": {"sources": [{"serviceAccountToken": {"path": "token", "audience": "sts"}}]}},
]
MOUNTS = [{"name": "home", "mountPath": "/scratch"}, {"name": "token", "mountPath": "/var/run/token"}]


class Outside:
    """Gives a token and one variable."""

    def __init__(self) -> None:
        self.inside: set[str] = set()

    def read(self, _pod: Any, _kind: str, _name: str) -> None:
        return None

    def token(self, _pod: Any, audience: str, _seconds: int) -> str:
        return f"token for {audience}"

    def admit(self, pod: Any) -> dict[str, str]:
        self.inside.add(pod["metadata"]["uid"])
        return {"HTTPS_PROXY": "http://127.0.0.1:1"}

    def dismiss(self, uid: str) -> None:
        self.inside.discard(uid)


class Node:
    """What the agent does with pods that are run."""

    def __init__(self, folder: Path, aws: Path) -> None:
        self.folder, self.outside = folder, Outside()
        self._told: queue.SimpleQueue[tuple[str, str, int]] = queue.SimpleQueue()
        self.runs = PodRuns(folder, self.outside, lambda: aws, lambda *end: self._told.put(end))

    def next_end(self) -> dict[str, Any]:
        """The pod's status after the next end of a process."""
        status = self.runs.ended(*self._told.get(timeout=10))
        assert status is not None
        return status


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    aws = tmp_path / "aws-of-the-test"
    aws.write_text('#!/bin/sh\necho "aws $*" > "$SAID"\n')
    aws.chmod(0o755)
    running = Node(tmp_path / "sandbox", aws)
    yield running
    running.runs.stop()


def container(script: str, name: str = "c", image: str = IMAGE, **changes: Any) -> dict[str, Any]:
    environment = [{"name": "SAID", "value": "/dev/termination-log"}, {"name": "HOME", "value": "/scratch"}]
    command = {"command": ["sh", "-c", script]}
    return {"name": name, "image": image, "env": environment, "volumeMounts": MOUNTS, **command, **changes}


def pod(*containers: dict[str, Any], uid: str = "u1", first: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    metadata = {"uid": uid, "namespace": "ns", "name": "p"}
    spec = {"nodeName": "n", "volumes": VOLUMES, "initContainers": list(first), "containers": list(containers)}
    return {"metadata": metadata, "spec": spec, "status": {}}


def ends(status: dict[str, Any], kind: str = "containerStatuses") -> list[tuple[int, str, str]]:
    found = [one["state"]["terminated"] for one in status[kind]]
    return [(one["exitCode"], one["reason"], one.get("message", "")) for one in found]


def test_a_process_with_its_mounts_and_nothing_of_ours(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of the supervisor")
    script = 'env > "$HOME/env"; cat "$0" > "$SAID"; exit 3'
    started = node.runs.start(pod(container(script, args=["/var/run/token/token"])))
    assert started["phase"] == "Running"
    status = node.next_end()
    assert (status["phase"], ends(status)) == ("Failed", [(3, "Error", "token for sts")])
    lines = (node.folder / "pods" / "u1" / "volumes" / "home" / "env").read_text().splitlines()
    # `PWD`, `OLDPWD`, `SHLVL` and `_` are shells' own.
    assert {line.partition("=")[0] for line in lines} - {"PWD", "OLDPWD", "SHLVL", "_"} == {
        "PATH", "HOSTNAME", "HOME", "SAID", "HTTPS_PROXY",
    }  # fmt: skip


def test_aws_is_on_the_path_and_no_other_program_of_its_environment(node: Node) -> None:
    node.runs.start(pod(container("", command=None, args=["s3", "ls"])))
    assert ends(node.next_end()) == [(0, "Completed", "aws s3 ls\n")]
    assert [path.name for path in (node.folder / "pods" / "bin").iterdir()] == ["aws"]


def test_a_command_that_is_not_there(node: Node) -> None:
    status = node.runs.start(pod(container("", command=["no-such-program"])))
    assert status["phase"] == "Failed"
    ((code, reason, message),) = ends(status)
    assert (code, reason) == (128, "StartError")
    assert "no-such-program" in message


def test_init_containers_come_first_and_share_the_volumes(node: Node) -> None:
    first = container('echo "from the first" > "$HOME/file"', "i")
    started = node.runs.start(pod(container('cat "$HOME/file" > "$SAID"'), first=(first,)))
    assert (started["phase"], started["containerStatuses"][0]["state"]) == (
        "Pending", {"waiting": {"reason": "PodInitializing"}},
    )  # fmt: skip
    assert node.next_end()["phase"] == "Running"
    assert ends(node.next_end()) == [(0, "Completed", "from the first\n")]


def test_after_a_failed_init_container_nothing_starts(node: Node) -> None:
    node.runs.start(pod(container('touch "$HOME/started"'), first=(container("exit 5", "i"),)))
    status = node.next_end()
    assert (status["phase"], ends(status, "initContainerStatuses")) == ("Failed", [(5, "Error", "")])
    assert not (node.folder / "pods" / "u1" / "volumes" / "home" / "started").exists()


def test_a_sidecar_of_another_image_keeps_the_pod_running(node: Node) -> None:
    both = pod(container("true"), container("", "sidecar", "mesh:1"))
    node.runs.start(both)
    status = node.next_end()
    assert status["phase"] == "Running"
    assert [next(iter(one["state"])) for one in status["containerStatuses"]] == ["terminated", "running"]
    assert node.runs.finish(both)["phase"] == "Succeeded"


def test_a_pod_of_a_former_life_is_lost(node: Node) -> None:
    status = node.runs.finish(pod(container("true")))
    assert status["phase"] == "Failed"
    assert ends(status)[0][:2] == (137, "ContainerStatusUnknown")


def test_a_terminated_pod_ends_and_starts_nothing_more(node: Node) -> None:
    first = container("trap 'exit 0' TERM; echo > \"$HOME/ready\"; while :; do sleep 0.05; done", "i")
    node.runs.start(pod(container("true"), first=(first,)))
    ready = node.folder / "pods" / "u1" / "volumes" / "home" / "ready"
    wait_for(ready.exists)
    node.runs.terminate("u1")
    status = node.next_end()
    assert (status["phase"], ends(status)[0][:2]) == ("Failed", (137, "ContainerStatusUnknown"))


def test_killing_ends_the_whole_group(node: Node) -> None:
    script = "trap '' TERM; sleep 600 & echo $! > \"$HOME/child\"; wait; sleep 600"
    node.runs.start(pod(container(script)))
    child = node.folder / "pods" / "u1" / "volumes" / "home" / "child"
    wait_for(lambda: child.exists() and child.read_text().strip())
    descriptor = os.pidfd_open(int(child.read_text()))
    node.runs.terminate("u1")
    assert node.runs.kill("u1")
    assert ends(node.next_end()) == [(137, "Error", "")]
    assert select.select([descriptor], [], [], 10)[0]
    os.close(descriptor)
    assert not node.runs.kill("u1")


def test_what_a_process_leaves_running_ends_with_it(node: Node) -> None:
    node.runs.start(pod(container('sleep 600 & echo $! > "$HOME/child"')))
    node.next_end()
    child = int((node.folder / "pods" / "u1" / "volumes" / "home" / "child").read_text())
    wait_for(lambda: gone(child))


def test_nothing_is_left_of_a_forgotten_pod(node: Node) -> None:
    node.runs.start(pod(container("sleep 600")))
    assert node.outside.inside == {"u1"}
    (record,) = [one for one in processes.records(node.folder) if one.name == "pod-u1-c"]
    node.runs.forget("u1")
    wait_for(lambda: not record.alive())
    assert not (node.folder / "pods" / "u1").exists()
    assert node.outside.inside == set()


def test_stopping_ends_all(node: Node) -> None:
    for uid in ("u1", "u2"):
        node.runs.start(pod(container("sleep 600"), uid=uid))
    recorded = processes.records(node.folder)
    assert {record.name for record in recorded} == {"pod-u1-c", "pod-u2-c", "warden"}
    node.runs.stop()
    wait_for(lambda: not any(record.alive() for record in recorded))
    assert not (node.folder / "pods").exists()


def test_a_killed_supervisor_takes_its_pods_with_it(tmp_path: Path) -> None:
    home = tmp_path / "home"
    script = f"sleep 600 & echo $! > {home}; wait"
    program = (
        "import sys; from pathlib import Path; from sandbox.pod_process import *; "
        "PodProcesses(Path(sys.argv[1])).start('pod', Command(['sh', '-c', sys.argv[2]], {'PATH': '/usr/bin:/bin'}, "
        "Path('/'), Path(sys.argv[3])), print); sys.stdin.read()"
    )
    arguments = [str(tmp_path), script, str(tmp_path / "log")]
    supervisor = subprocess.Popen([sys.executable, "-c", program, *arguments], cwd=REPOSITORY, stdin=subprocess.PIPE)
    wait_for(lambda: home.exists() and home.read_text().strip())
    # The record is the last step of a start.
    wait_for(lambda: "pod" in {record.name for record in processes.records(tmp_path)})
    child = int(home.read_text())
    assert not gone(child)
    supervisor.send_signal(signal.SIGKILL)
    supervisor.communicate()
    wait_for(lambda: gone(child))
    wait_for(lambda: not any(record.alive() for record in processes.records(tmp_path)))


def test_the_folder_is_the_owner_s_alone(node: Node) -> None:
    node.runs.start(pod(container("sleep 600")))
    assert stat.S_IMODE((node.folder / "pods" / "u1").stat().st_mode) == 0o700


def gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state in "ZX"


def wait_for(met: Callable[[], Any]) -> None:
    until(10, met)
