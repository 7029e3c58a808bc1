"""The roles' variables: argument specs, defaults and the README's table say the same."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.meta.sources import REPOSITORY, yaml_file

Options = dict[str, dict[str, Any]]
# Where the plays run is decided before any role, so it is no role's variable.
OF_PLAYBOOKS = {"epinio_hosts"}
ROW = re.compile(r"^\| `(?P<name>epinio_\w+)` \| (?P<default>[^|]*) \| (?P<meaning>[^|]+) \|$", re.MULTILINE)
MISSING = object()


def roles(root: Path) -> list[str]:
    """The roles that people call; an internal one has no argument specs."""
    return sorted(path.parent.parent.name for path in root.glob("roles/*/meta/argument_specs.yml"))


def specs(root: Path, role: str) -> dict[str, Options]:
    """The options of each entry point of a role."""
    found = yaml_file(root / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"]
    return {entry: spec.get("options", {}) for entry, spec in found.items()}


def defaults(root: Path, role: str) -> dict[str, Any]:
    """The defaults that are in force in a role: its own over those of the roles that it depends on."""
    given: dict[str, Any] = {}
    for other in yaml_file(root / "roles" / role / "meta" / "main.yml").get("dependencies") or []:
        given |= defaults(root, other["role"].rpartition(".")[2])
    return given | (yaml_file(root / "roles" / role / "defaults" / "main.yml") or {})


def taken(root: Path, *names: str) -> set[str]:
    """The variables that these roles take."""
    return {name for role in names for options in specs(root, role).values() for name in options}


def faults_of_role(root: Path, role: str) -> Iterator[str]:
    """Where a role's argument specs and defaults disagree. What it shares, another role may take in its place."""
    known = specs(root, role)
    given = defaults(root, role)
    own = yaml_file(root / "roles" / role / "defaults" / "main.yml") or {}
    untaken = set(own) - taken(root, role) | set(given) - taken(root, *roles(root))
    for name in sorted(untaken):
        yield f"{role}: {name} has a default and is in no argument spec"
    for entry, options in known.items():
        if not (root / "roles" / role / "tasks" / f"{entry}.yml").exists():
            yield f"{role}: entry point {entry} has no tasks"
        for name, option in options.items():
            if option.get("default", MISSING) != given.get(name, MISSING):
                yield f"{role}: {entry}: {name} has another default"


def faults_between_roles(root: Path) -> list[str]:
    """The variables that are not the same in every role and entry point that takes them; one may do without it."""
    first: Options = {}
    told: list[str] = []
    for role in roles(root):
        for options in specs(root, role).values():
            for name, option in options.items():
                same = {key: value for key, value in option.items() if key not in ("description", "required")}
                if first.setdefault(name, same) != same:
                    told.append(f"{role}: {name} differs from another role's")
    return told


def shown(option: dict[str, Any]) -> str:
    """A default as the README shows it: as in YAML, between backticks. Words where there is none."""
    if "default" not in option:
        return "required" if option.get("required") else ""
    value = option["default"]
    return f"`{value}`" if isinstance(value, str) and value else f"`{json.dumps(value)}`"


def faults_of_readme(root: Path) -> list[str]:
    """Where the README's table and the argument specs disagree. What stands in for a default is free text."""
    rows = {match["name"]: match["default"].strip() for match in ROW.finditer((root / "README.md").read_text("utf-8"))}
    known: Options = {}
    for role in roles(root):
        for options in specs(root, role).values():
            known |= {name: option for name, option in options.items() if not known.get(name, {}).get("required")}
    return [
        *(f"{name}: not in the README" for name in sorted(set(known) - set(rows))),
        *(f"{name}: in the README only" for name in sorted(set(rows) - set(known) - OF_PLAYBOOKS)),
        *(
            f"{name}: the README says {rows[name]}, the argument spec {shown(option)}"
            for name, option in sorted(known.items())
            if name in rows and shown(option) and rows[name] != shown(option)
        ),
    ]


def test_there_are_roles() -> None:
    assert roles(REPOSITORY)


@pytest.mark.parametrize("role", roles(REPOSITORY))
def test_argument_specs_and_defaults_agree(role: str) -> None:
    assert list(faults_of_role(REPOSITORY, role)) == []


def test_a_variable_is_the_same_in_every_role() -> None:
    assert faults_between_roles(REPOSITORY) == []


def test_readme_lists_every_variable() -> None:
    assert faults_of_readme(REPOSITORY) == []


SPEC = """argument_specs:
  main:
    options:
      epinio_a: {type: str, required: true}
      epinio_b: {type: bool, default: false}
      epinio_c: {type: str, default: ""}
"""
README = """| variable | default | meaning |
|---|---|---|
| `epinio_a` | required | first |
| `epinio_b` | `false` | second |
| `epinio_c` | `""` | third |
| `epinio_hosts` | `localhost` | where |
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A collection without a fault: two roles with the same variables, whose defaults a third one has."""
    texts = {"README.md": README, "roles/common/defaults/main.yml": 'epinio_b: false\nepinio_c: ""\n'}
    for role in ("one", "two"):
        texts[f"roles/{role}/meta/argument_specs.yml"] = SPEC
        texts[f"roles/{role}/meta/main.yml"] = "dependencies: [{role: epinio.aws.common}]\n"
        texts[f"roles/{role}/tasks/main.yml"] = ""
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def faults(root: Path) -> list[str]:
    return [*(fault for role in roles(root) for fault in faults_of_role(root, role)), *faults_between_roles(root)]


def test_good_roles_have_no_fault(root: Path) -> None:
    assert faults(root) + faults_of_readme(root) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "fault"),
    [
        ("one/meta/argument_specs.yml", "default: false", "default: true", "one: main: epinio_b has another default"),
        ("one/meta/argument_specs.yml", ", default: false", "", "one: main: epinio_b has another default"),
        ("one/meta/argument_specs.yml", "type: bool", "type: str", "two: epinio_b differs"),
        ("one/meta/argument_specs.yml", "main:", "other:", "one: entry point other has no tasks"),
        ("common/defaults/main.yml", "epinio_b: false", "", "one: main: epinio_b has another default"),
        ("common/defaults/main.yml", "epinio_b: false", "epinio_b: false\nepinio_d: 1", "epinio_d has a default and"),
    ],
)
def test_a_fault_of_roles_is_found(root: Path, file: str, old: str, new: str, fault: str) -> None:
    path = root / "roles" / file
    path.write_text(path.read_text("utf-8").replace(old, new), encoding="utf-8")
    assert any(fault in found for found in faults(root))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("| `epinio_b` | `false` | second |\n", "", "epinio_b: not in the README"),
        ("`false`", "`true`", "epinio_b: the README says `true`, the argument spec `false`"),
        ("required", "none", "epinio_a: the README says none, the argument spec required"),
        ("`epinio_hosts`", "`epinio_gone`", "epinio_gone: in the README only"),
    ],
)
def test_a_fault_of_the_readme_is_found(root: Path, old: str, new: str, fault: str) -> None:
    (root / "README.md").write_text(README.replace(old, new), encoding="utf-8")
    assert faults_of_readme(root) == [fault]
