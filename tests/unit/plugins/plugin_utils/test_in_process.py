"""A module in the task's worker: only where that is the same, and without traces in the worker."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible_collections.epinio.aws.plugins.plugin_utils.in_process import InProcess, _environment, _printed

HOME = {"transport": "local", "interpreter": sys.executable, "become": False, "async_val": 0}


@pytest.mark.parametrize(
    ("differs", "at_home"),
    [
        ({}, True),
        ({"transport": "ssh"}, False),
        ({"interpreter": "/usr/bin/another-python"}, False),
        ({"interpreter": None}, False),
        ({"become": True}, False),
        ({"async_val": 60}, False),
    ],
    ids=str,
)
def test_only_where_it_is_the_same(differs: dict[str, Any], at_home: bool) -> None:
    given = SimpleNamespace(**{**HOME, **differs})
    action = InProcess.__new__(InProcess)
    action._connection = given
    action._play_context = action._task = given
    action._templar = SimpleNamespace(template=lambda value: value)
    assert action._is_at_home({"ansible_python_interpreter": given.interpreter}) is at_home


def test_an_older_core_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{InProcess.__module__}.get_module_encoder", None)
    test_only_where_it_is_the_same({}, False)


def test_the_environment_is_the_tasks_and_then_the_workers_again() -> None:
    former = dict(os.environ)
    seen: list[str | None] = []

    def fail() -> None:
        with _environment({"AWS_REGION": "eu-west-1", "NUMBER": 1}):
            seen.extend(os.environ.get(name) for name in ("AWS_REGION", "NUMBER"))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert seen == ["eu-west-1", "1"]
    assert dict(os.environ) == former


def test_the_module_reads_its_arguments_and_prints_its_answer(capsys: pytest.CaptureFixture[str]) -> None:
    module = ModuleType("module")

    def main() -> None:
        basic.AnsibleModule({"name": {"required": True}}).exit_json(changed=True)

    vars(module)["main"] = main
    answer = json.loads(_printed(module, {"name": "a", "_ansible_remote_tmp": "/nowhere"}))
    assert answer["changed"] is True
    assert answer["invocation"]["module_args"]["name"] == "a"
    assert "missing required arguments: name" in json.loads(_printed(module, {}))["msg"]
    assert capsys.readouterr().out == ""


def test_what_a_module_does_not_catch_is_not_swallowed() -> None:
    module = ModuleType("module")
    vars(module)["main"] = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        _printed(module, {})
