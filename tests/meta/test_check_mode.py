"""One function carries plans out, and it alone knows check mode."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.meta.sources import REPOSITORY, python_files

NAMES = ("check_mode", "_check_mode", "_ansible_check_mode")


def readers(folder: Path) -> list[str]:
    """The files, once for each place, that ask for check mode: as an attribute, a name or a key."""
    return [
        str(path.relative_to(folder))
        for path in python_files(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if asks(node)
    ]


def asks(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in NAMES
    if isinstance(node, ast.Name):
        return node.id in NAMES
    return isinstance(node, ast.Constant) and node.value in NAMES


def test_one_place_asks_for_check_mode() -> None:
    assert readers(REPOSITORY / "plugins") == ["module_utils/converge.py"]


@pytest.mark.parametrize(
    "line",
    ["if module.check_mode: pass", "getattr(module, 'check_mode')", "params['_ansible_check_mode']", "check_mode = 1"],
)
def test_each_way_to_ask_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "other.py").write_text(line, encoding="utf-8")
    assert readers(tmp_path) == ["other.py"]


def test_a_declaration_is_no_question(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("module(supports_check_mode=True)  # check_mode\n", encoding="utf-8")
    assert readers(tmp_path) == []
