"""Roles read their variables as they were converted, never as people gave them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.meta.sources import REPOSITORY
from tests.meta.test_roles import roles, taken

CONVERTED = re.compile(r"(epinio_\w+) \| default\(omit\) \| epinio\.aws\.as_declared\('\1', omit\)")

# A text of a role that reads a variable itself, and not what `epinio_inputs_info` has made of it.
EXPRESSION = re.compile(
    r"\{\{(.*?)\}\}|^\s*(?:when|that|changed_when|failed_when|until):([^\n]*)$", re.MULTILINE | re.DOTALL
)
LITERAL = re.compile(r"'[^']*'")


def bare(root: Path) -> list[str]:
    """Where roles and playbooks read a role's variable as people gave it, as `file: variable`."""
    known = taken(root, *roles(root))
    name = re.compile(rf"(?<![\w.])({'|'.join(sorted(known, key=len, reverse=True))})(?!\w)")
    return [
        f"{path.relative_to(root)}: {found}"
        for folder in ("roles/*/tasks", "roles/*/vars", "playbooks")
        for path in sorted(root.glob(f"{folder}/*.yml"))
        for expression in expressions(path.read_text(encoding="utf-8"))
        for found in name.findall(LITERAL.sub("''", CONVERTED.sub("''", expression)))
    ]


def expressions(text: str) -> list[str]:
    """All that Ansible evaluates in a file; braces within braces end where the last of them do."""
    marked = re.sub(r"\}\}(?=\)|\]|\})", ") ", text)
    return [first or second for first, second in EXPRESSION.findall(marked)]


def test_roles_read_what_was_converted() -> None:
    assert bare(REPOSITORY) == []


SPEC = """argument_specs:
  main:
    options:
      epinio_a: {type: str, required: true}
      epinio_b: {type: bool, default: false}
      epinio_c: {type: str, default: ""}
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A collection of one role with three variables."""
    for folder in ("meta", "tasks"):
        (tmp_path / "roles/one" / folder).mkdir(parents=True)
    (tmp_path / "roles/one/meta/argument_specs.yml").write_text(SPEC, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    "line",
    [
        '  name: "{{ epinio_a }}"',
        "  when: not epinio_b",
        "  x: \"{{ (y | default({'z': {}})).z[epinio_a] }}\"",
        "  msg: >-\n    one {{ y }} and {{\n    epinio_c }}",
    ],
)
def test_a_variable_as_given_is_found(root: Path, line: str) -> None:
    (root / "roles/one/tasks/main.yml").write_text(f"- debug:\n{line}\n", encoding="utf-8")
    assert len(bare(root)) == 1


@pytest.mark.parametrize(
    "line", ['"{{ __epinio_given.epinio_a }}"', "epinio_a is text", "\"{{ 'epinio_a is text' }}\""]
)
def test_other_mentions_are_none(root: Path, line: str) -> None:
    (root / "roles/one/tasks/main.yml").write_text(f"- debug:\n    msg: {line}\n", encoding="utf-8")
    assert bare(root) == []
