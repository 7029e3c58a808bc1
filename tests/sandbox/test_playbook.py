"""Playbooks are run, and killed after a task of choice; with a tiny playbook that plans first and then acts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sandbox.playbook import Run, Start, fresh, run_playbook
from tests.scenarios.warm_ansible import warm

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


@pytest.fixture(params=[fresh, warm], ids=["fresh", "warm"])
def start(request: pytest.FixtureRequest) -> Start:
    """Both ways to start a playbook: nobody can tell them by what comes of it."""
    way: Start = request.param
    return way


def run(site: Path, start: Start, *options: str, stop_after: str = "", longest: float = 60) -> Run:
    path = str(site / "site.yml")
    return run_playbook(path, ENVIRONMENT, {}, *options, longest=longest, stop_after=stop_after, start=start)


def names(run: Run) -> list[str]:
    return [task.name.removeprefix("site : ") for task in run.real]


def made(site: Path) -> list[str]:
    return [step for step in STEPS if (site / step).exists()]


def test_tasks_that_ran_for_real_are_told_from_those_that_planned(site: Path, start: Start) -> None:
    ended = run(site, start)
    assert ended.code == 0, ended.output
    assert not ended.stopped
    assert [name for name in names(ended) if ", " in name] == [f"{step}, made" for step in STEPS]
    assert names(ended)[-1] == "Tell"
    assert [task.check for task in ended.named("First")] == [True, False]
    assert made(site) == list(STEPS)


def test_nothing_is_real_under_check(site: Path, start: Start) -> None:
    ended = run(site, start, "--check")
    assert ended.code == 0, ended.output
    assert not [name for name in names(ended) if ", " in name]
    assert made(site) == []


def test_it_is_killed_after_the_task_and_leaves_nothing_but_its_effects(
    site: Path, start: Start, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    before = set(site.iterdir())
    ended = run(site, start, stop_after="Second, made")
    assert (ended.code, ended.stopped, ended.recap) == (-9, True, {}), ended.output
    assert names(ended)[-1] == "Second, made"
    assert set(site.iterdir()) - before == {site / "First", site / "Second"}
    assert [path for path in home.rglob("*") if path.is_file()] == []


def test_it_is_killed_after_the_last_task(site: Path, start: Start) -> None:
    ended = run(site, start, stop_after="Tell")
    assert ended.stopped
    assert made(site) == list(STEPS)


@pytest.mark.parametrize("name", ["First, planned", "Skipped, made"])
def test_it_goes_on_where_the_task_does_not_run_for_real(site: Path, start: Start, name: str) -> None:
    ended = run(site, start, stop_after=name)
    assert (ended.code, ended.stopped) == (0, False), ended.output


def test_one_that_takes_too_long_is_ended(site: Path, start: Start) -> None:
    slow = {"name": "Wait", "ansible.builtin.command": "sleep 6"}
    write(site / "roles" / "site" / "tasks" / "main.yml", [slow])
    with pytest.raises(subprocess.TimeoutExpired):
        run(site, start, longest=3)


def test_it_has_its_own_environment_folder_and_arguments(site: Path, start: Start) -> None:
    shown = "{{ [lookup('env', 'TOLD'), lookup('env', 'TMPDIR'), told, playbook_dir] }}"
    write(site / "roles" / "site" / "tasks" / "main.yml", [{"ansible.builtin.debug": {"msg": shown}}])
    path, folder = str(site / "site.yml"), str(site)
    for told in ("once", "again"):
        environment = {**ENVIRONMENT, "TOLD": told, "TMPDIR": folder}
        ended = run_playbook(path, environment, {"told": f"{told} more"}, longest=60, start=start)
        assert ended.summary == [told, folder, f"{told} more", folder]
