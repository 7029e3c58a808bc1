"""A module in the task's worker: only where that is the same, and without traces in the worker."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.release import __version__
from ansible_collections.epinio.aws.plugins.plugin_utils import in_process, module_protocol
from ansible_collections.epinio.aws.plugins.plugin_utils.in_process import InProcess, run

HOME = {"transport": "local", "interpreter": sys.executable, "become": False, "async_val": 0}


def of(main: Callable[[], Any]) -> ModuleType:
    """A module with this main function."""
    module = ModuleType("module")
    vars(module)["main"] = main
    return module


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


def test_an_unknown_core_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_process, "_can_run", lambda: False)
    test_only_where_it_is_the_same({}, False)


def test_an_unknown_core_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(module_protocol, "difference", lambda: "basic has no _ANSIBLE_ARGS")
    monkeypatch.setattr(in_process, "Display", lambda: SimpleNamespace(v=told.append))
    can_run = functools.cache(in_process._can_run.__wrapped__)
    assert [can_run(), can_run()] == [False, False]
    (line,) = told
    assert "basic has no _ANSIBLE_ARGS" in line
    assert __version__ in line


def test_the_environment_is_the_tasks_and_then_the_workers_again() -> None:
    former = dict(os.environ)
    seen: list[str | None] = []

    def main() -> None:
        seen.extend(os.environ.get(name) for name in ("AWS_REGION", "NUMBER"))
        raise KeyError

    with pytest.raises(KeyError):
        run(of(main), {}, {"AWS_REGION": "eu-west-1", "NUMBER": 1})
    assert seen == ["eu-west-1", "1"]
    assert dict(os.environ) == former


def test_a_modules_own_folder_goes_with_it() -> None:
    folders: list[str] = []

    def main() -> None:
        module = basic.AnsibleModule({})
        folders.append(module.tmpdir)
        Path(module.tmpdir, "kubeconfig").touch()
        module.exit_json()

    run(of(main), {}, {})
    assert [Path(folder).exists() for folder in folders] == [False]


def test_the_module_reads_its_arguments_and_prints_its_answer(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        module = basic.AnsibleModule({"name": {"required": True}})
        module.exit_json(changed=True, given=module.params["name"])

    answer = run(of(main), {"name": "a"}, {})
    assert answer["changed"] is True
    assert answer["given"] == "a"
    assert "missing required arguments: name" in run(of(main), {}, {})["msg"]
    assert capsys.readouterr().out == ""


def test_what_a_module_does_not_catch_is_not_swallowed() -> None:
    with pytest.raises(ZeroDivisionError):
        run(of(lambda: 1 / 0), {}, {})


def dying(monkeypatch: pytest.MonkeyPatch, *, told: bool) -> InProcess:
    """An action whose module dies, with an ansible-core that tells of exceptions, or takes them for templates."""
    monkeypatch.setattr(module_protocol, "TELLS_OF_EXCEPTIONS", told)
    action = InProcess.__new__(InProcess)
    action._task = SimpleNamespace(args={}, action="epinio.aws.x")
    action.module = of(lambda: int("{{ x }}"))
    monkeypatch.setattr(InProcess, "_compute_environment_string", lambda self, out: None)
    monkeypatch.setattr(InProcess, "_update_module_args", lambda self, name, given, variables: None)
    return action


def test_a_module_that_dies_has_failed_with_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    result = dying(monkeypatch, told=False)._answer({})
    assert result["failed"] is True
    assert result["msg"].startswith("MODULE FAILURE: ValueError: ")
    assert "Traceback" in result["exception"]
    with pytest.raises(ValueError, match="{{ x }}"):
        dying(monkeypatch, told=True)._answer({})
