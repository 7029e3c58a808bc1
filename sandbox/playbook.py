"""Run a playbook against a sandbox and read what became of its tasks."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent
# Seconds; no playbook of ours takes that long against a sandbox.
_LONGEST = 600
_HERE = Path(__file__).parent
# Ansible's own settings, the same for every run.
SETTINGS: Mapping[str, str] = {
    "ANSIBLE_CONFIG": str(_HERE / "ansible.cfg"),
    "ANSIBLE_CALLBACK_PLUGINS": str(_HERE / "callbacks"),
    "ANSIBLE_CALLBACKS_ENABLED": "task_results,stop_after",
    "ANSIBLE_NOCOLOR": "1",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
}
# Starts ansible-playbook with arguments, in a folder, with an environment, for so many seconds at most
# (`subprocess.TimeoutExpired`), and returns its exit code and what it printed.
Start = Callable[[Sequence[str], Path, Mapping[str, str], float], tuple[int, str]]


@dataclass(frozen=True)
class Task:
    """What became of a task on a host: `status` is ok, failed, skipped, unreachable or ignored; `check`: check mode."""

    name: str
    action: str
    host: str
    status: str
    check: bool
    result: Mapping[str, Any]

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The changes that a module of ours returned."""
        return list(self.result.get("changes", []))


@dataclass(frozen=True)
class Run:
    """A playbook that has ended: its exit code, what it printed, its tasks and the recap by host.

    `stopped`: it was killed after the task that it was to be stopped after, and has no recap.
    """

    code: int
    output: str = field(repr=False)
    tasks: tuple[Task, ...] = field(repr=False)
    recap: Mapping[str, Mapping[str, int]]
    stopped: bool = False

    @property
    def changed(self) -> int:
        """The number of changed tasks in the recap, all hosts together."""
        return sum(host["changed"] for host in self.recap.values())

    @property
    def failure(self) -> str:
        """The message of the task that ended the run, empty if none did."""
        return next(reversed(self.failures.values()), "")

    @property
    def failures(self) -> dict[str, str]:
        """The message of the task that ended the run of a host, by host."""
        ended = [task for task in self.tasks if task.status in ("failed", "unreachable")]
        return {task.host: _said(task.result) for task in ended}

    @property
    def summary(self) -> list[str]:
        """The lines in which a role says at its end what it did."""
        return [line for lines in self.summaries.values() for line in lines]

    @property
    def summaries(self) -> dict[str, list[str]]:
        """The same by host."""
        said: dict[str, list[str]] = {}
        for task in self.tasks:
            lines = task.result.get("msg")
            if task.action.endswith("debug") and isinstance(lines, list):
                said.setdefault(task.host, []).extend(lines)
        return said

    @property
    def real(self) -> list[Task]:
        """The tasks that ran out of check mode and were not skipped, in order."""
        return [task for task in self.tasks if not task.check and task.status != "skipped"]

    def named(self, part: str) -> list[Task]:
        """The tasks with this in their names."""
        return [task for task in self.tasks if part in task.name]


def fresh(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], longest: float) -> tuple[int, str]:
    """`Start` with a Python of its own, as people run it."""
    ended = subprocess.run(
        ["ansible-playbook", *arguments],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=longest,
        check=False,
    )
    return ended.returncode, ended.stdout


def run_playbook(
    name: str,
    environment: Mapping[str, str],
    variables: Mapping[str, Any],
    *options: str,
    longest: float = _LONGEST,
    stop_after: str = "",
    start: Start = fresh,
) -> Run:
    """Run `playbooks/<name>.yml` (or a playbook by path, or by its collection) with a sandbox's environment.

    - `variables`: extra variables
    - `options`: of ansible-playbook
    - `longest`: seconds; `subprocess.TimeoutExpired` after that
    - `stop_after`: name of a task (without its role) after whose real run the playbook is killed
    """
    path = name if name.endswith(".yml") or "." in name else str(REPOSITORY / "playbooks" / f"{name}.yml")
    with tempfile.TemporaryDirectory(prefix="epinio-play-") as made:
        folder = Path(made)
        results = folder / "results.jsonl"
        results.touch()
        extra = folder / "variables.json"
        extra.write_text(json.dumps(variables), encoding="utf-8")
        arguments = [path, "-e", f"@{extra}", *options]
        code, output = start(arguments, folder, _environment(environment, results, stop_after), longest)
        lines = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    fields = ("task", "action", "host", "status", "check", "result")
    tasks = tuple(Task(*(row[field] for field in fields)) for row in lines if "task" in row)
    recap: dict[str, dict[str, int]] = next((row["stats"] for row in lines if "stats" in row), {})
    return Run(code, output, tasks, recap, stopped=bool(stop_after) and code == -signal.SIGKILL)


def _said(result: Mapping[str, Any]) -> str:
    """The message of a result; of a loop, those of the rounds that failed."""
    rounds = [str(one.get("msg", "")) for one in result.get("results", []) if one.get("failed")]
    return "; ".join(rounds) or str(result.get("msg", ""))


def _environment(environment: Mapping[str, str], results: Path, stop_after: str) -> dict[str, str]:
    url = environment.get("AWS_ENDPOINT_URL", "")
    if not url.startswith("http://127.0.0.1:"):
        raise SystemExit(f"AWS_ENDPOINT_URL is {url!r}: a sandbox's playbooks run against loopback only.")
    return {
        "HOME": os.environ["HOME"],
        **environment,
        **SETTINGS,
        "EPINIO_TASK_RESULTS": str(results),
        "EPINIO_STOP_AFTER": stop_after,
        # A run that is killed does not clear up after itself.
        "ANSIBLE_LOCAL_TEMP": str(results.parent / "tmp"),
    }
