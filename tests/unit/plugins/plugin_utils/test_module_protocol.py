"""Modules are given their arguments only where ansible-core does it in the way that is known here."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.action import ActionBase
from ansible_collections.epinio.aws.plugins.plugin_utils import module_protocol as protocol


def difference() -> str:
    return protocol.difference.__wrapped__()


def test_this_core_is_known() -> None:
    assert difference() == ""


@pytest.mark.parametrize("method", protocol.METHODS)
def test_a_method_that_is_gone_is_a_difference(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    monkeypatch.delattr(ActionBase, method)
    assert difference() == f"ActionBase has no method {method}"


@pytest.mark.parametrize(("method", "parameters"), protocol.METHODS.items())
def test_other_parameters_are_a_difference(
    monkeypatch: pytest.MonkeyPatch, method: str, parameters: tuple[str, ...]
) -> None:
    monkeypatch.setattr(ActionBase, method, lambda self, *others: None)
    assert difference() == f"ActionBase.{method} takes no {parameters[0]}"


def no_arguments(_self: Any) -> None:
    raise TypeError("no arguments")


def other_arguments(self: Any) -> None:
    self.params = {"word": "another", "_ansible_check_mode": False}


@pytest.mark.parametrize(
    ("load", "words"),
    [(no_arguments, "cannot be given its arguments"), (other_arguments, "")],
)
def test_arguments_that_come_another_way_are_a_difference(
    monkeypatch: pytest.MonkeyPatch, load: Any, words: str
) -> None:
    monkeypatch.setattr(basic.AnsibleModule, "_load_params", load)
    assert difference()
    assert words in difference()


@pytest.mark.parametrize("printed", ["", "no answer", '{"word": "another"}', "[]"])
def test_an_answer_that_is_printed_another_way_is_a_difference(monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    monkeypatch.setattr(basic.AnsibleModule, "exit_json", lambda self, **result: print(printed))
    assert difference() == "a module's answer cannot be read"


@pytest.mark.skipif(not hasattr(basic, protocol.PROFILE), reason="ansible-core before 2.19 has no profiles")
@pytest.mark.parametrize("name", ["get_module_encoder", "get_module_decoder"])
def test_another_way_to_serialise_is_a_difference(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(protocol, name, lambda profile: None)
    assert difference().startswith("a module cannot be given its arguments (TypeError")


def test_what_a_library_prints_is_no_answer() -> None:
    def main() -> None:
        print("{a notice}")
        print('{"notice": 1}')
        basic.AnsibleModule({}).exit_json(changed=True)

    answer = protocol.answer(main, {})
    assert answer["changed"] is True
    assert "notice" not in answer


def test_a_module_that_ends_without_an_answer_has_failed() -> None:
    answer = protocol.answer(lambda: print("good bye"), {})
    assert answer == {
        "failed": True,
        "msg": "The module ended without an answer.",
        "module_stdout": "good bye\n",
    }


def test_what_is_the_cores_own_is_left_as_it_was() -> None:
    names = [name for name in (protocol.ARGUMENTS, protocol.PROFILE) if hasattr(basic, name)]
    before = [getattr(basic, name) for name in names]
    answer = protocol.answer(lambda: basic.AnsibleModule({}).exit_json(_ansible_facts_gathered=True), {})
    assert [getattr(basic, name) for name in names] == before
    assert not [name for name in answer if name.startswith("_ansible_") or name in ("warnings", "deprecations")]


def test_warnings_of_one_module_are_not_the_next_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = ["of another module"]
    monkeypatch.setattr(warnings, "_global_warnings", kept)
    protocol.answer(lambda: basic.AnsibleModule({}).exit_json(), {})
    assert "of another module" not in kept
