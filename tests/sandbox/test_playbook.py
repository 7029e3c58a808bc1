"""Playbooks are run, and killed after a task of choice; with a tiny playbook that plans first and then acts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.playbook import Run, run_playbook

STEPS = ("First", "Second", "Third")
ENVIRONMENT = {
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A role whose steps each make a file, and a playbook that includes them in check mode and again for real."""
    tasks = tmp_path / "roles" / "site" / "tasks"
    tasks.mkdir(parents=True)
    steps = [
        {"name": f"{step}, {{{{ pass }}}}", "ansible.builtin.copy": {"content": "", "dest": str(tmp_path / step)}}
        for step in STEPS
    ]
    skipped = {"name": "Skipped, {{ pass }}", "ansible.builtin.command": "false", "when": "false"}
    write(tasks / "steps.yml", [*steps, skipped])
    planned = {"file": "steps.yml", "apply": {"check_mode": True}}
    passes: list[dict[str, Any]] = [
        {"name": "Plan", "ansible.builtin.include_tasks": planned, "vars": {"pass": "planned"}},
        {"name": "Act", "ansible.builtin.include_tasks": "steps.yml", "vars": {"pass": "made"}},
        {"name": "Tell", "ansible.builtin.debug": {"msg": "done"}},
    ]
    write(tasks / "main.yml", passes)
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "roles": ["site"]}
    write(tmp_path / "site.yml", [play])
    return tmp_path


def write(path: Path, content: list[Any]) -> None:
    path.write_text(json.dumps(content), encoding="utf-8")


def run(site: Path, *options: str, stop_after: str = "") -> Run:
    return run_playbook(str(site / "site.yml"), ENVIRONMENT, {}, *options, longest=60, stop_after=stop_after)


def names(run: Run) -> list[str]:
    return [task.name.removeprefix("site : ") for task in run.real]


def made(site: Path) -> list[str]:
    return [step for step in STEPS if (site / step).exists()]


def test_tasks_that_ran_for_real_are_told_from_those_that_planned(site: Path) -> None:
    ended = run(site)
    assert ended.code == 0, ended.output
    assert not ended.stopped
    assert [name for name in names(ended) if ", " in name] == [f"{step}, made" for step in STEPS]
    assert names(ended)[-1] == "Tell"
    assert [task.check for task in ended.named("First")] == [True, False]
    assert made(site) == list(STEPS)


def test_nothing_is_real_under_check(site: Path) -> None:
    ended = run(site, "--check")
    assert ended.code == 0, ended.output
    assert not [name for name in names(ended) if ", " in name]
    assert made(site) == []


def test_it_is_killed_after_the_task_and_leaves_nothing_but_its_effects(
    site: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    before = set(site.iterdir())
    ended = run(site, stop_after="Second, made")
    assert (ended.code, ended.stopped, ended.recap) == (-9, True, {}), ended.output
    assert names(ended)[-1] == "Second, made"
    assert set(site.iterdir()) - before == {site / "First", site / "Second"}
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_it_is_killed_after_the_last_task(site: Path) -> None:
    ended = run(site, stop_after="Tell")
    assert ended.stopped
    assert made(site) == list(STEPS)


@pytest.mark.parametrize("name", ["First, planned", "Skipped, made"])
def test_it_goes_on_where_the_task_does_not_run_for_real(site: Path, name: str) -> None:
    ended = run(site, stop_after=name)
    assert (ended.code, ended.stopped) == (0, False), ended.output
