"""The demo knows every way of wiring that there is a playbook for, and refuses any other with the choices."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from sandbox import demo
from sandbox.demo_modes import BY_NAME
from tools.cache import REPOSITORY


def test_there_is_a_mode_for_each_playbook_with_a_way_back() -> None:
    names = {path.stem for path in (REPOSITORY / "playbooks").glob("*.yml")}
    assert {f"teardown_{mode}" for mode in BY_NAME} == {name for name in names if name.startswith("teardown_")}
    assert set(BY_NAME) <= names


def test_the_mode_is_chosen_by_its_name() -> None:
    assert demo.wanted(["instance_profile"]).playbook == "instance_profile"


@pytest.mark.parametrize("mode", ["", "IRSA", "gateway"])
def test_another_mode_is_refused_with_the_choices(mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        demo.wanted([mode])
    said = capsys.readouterr().err
    assert "invalid choice" in said
    assert "irsa" in said
    assert "instance_profile" in said
