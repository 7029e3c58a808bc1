"""Every module is documented, tested and in the action groups whose options it has."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.meta.sources import DOCUMENTS, REPOSITORY, constants, module_files, python_files, yaml_file

PURE = ("domain", "planners")
# Ansible takes such a key of a result for what became of the task, whatever its value.
TAKEN = {"failed", "unreachable", "skipped", "ansible_facts", "warnings", "deprecations"}
ATTRIBUTES = {"check_mode", "diff_mode", "idempotent"}
# What their actions do, no module could: they see the variables of the play, and talk to nobody.
ACTIONS_ONLY = {"epinio_inputs_info"}
# What makes the module's argument spec (`arguments.py`) -> the action groups whose options it brings.
GROUPS = {
    "aws_module": {"aws"},
    "kubernetes_module": {"kubernetes"},
    "aws_and_kubernetes_module": {"aws", "kubernetes"},
}


def documents(path: Path) -> dict[str, Any]:
    """DOCUMENTATION, EXAMPLES and RETURN of a module, parsed; what is missing is empty."""
    found = constants(path)
    return {name: yaml.safe_load(str(found[name].value)) if name in found else {} for name in DOCUMENTS}


def faults_of_documents(path: Path) -> list[str]:
    """What a module's documentation lacks."""
    found = documents(path)
    name, examples, answer = path.stem, found["EXAMPLES"], found["RETURN"]
    faults = {
        "DOCUMENTATION names another module": found["DOCUMENTATION"].get("module") != name,
        "no attributes table": not tabled(found["DOCUMENTATION"]),
        "no example by its full name": not any(f"epinio.aws.{name}" in task for task in examples),
        "RETURN without types": not answer or any("type" not in entry for entry in answer.values()),
        "RETURN without a sample": "sample:" not in str(constants(path).get("RETURN", "") and raw(path, "RETURN")),
        "RETURN with a key of Ansible's own": bool(TAKEN & set(answer)),
    }
    return [f"{name}: {fault}" for fault, there in faults.items() if there]


def raw(path: Path, document: str) -> str:
    return str(constants(path)[document].value)


def tabled(documentation: dict[str, Any]) -> bool:
    """Whether the module says what it supports, by the collection's fragment or by a table of its own."""
    fragments = documentation.get("extends_documentation_fragment", [])
    shared = any(name.startswith("epinio.aws.attributes") for name in fragments)
    return shared or set(documentation.get("attributes", {})) >= ATTRIBUTES


def groups_due(path: Path) -> set[str]:
    """The action groups that a module belongs to, by the function that makes its argument spec."""
    names = {node.id for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Name)}
    return {group for maker, groups in GROUPS.items() if maker in names for group in groups}


def faults_of_groups(root: Path) -> list[str]:
    """Where `meta/runtime.yml` and the modules disagree: each is in exactly the groups whose options it has."""
    groups = yaml_file(root / "meta" / "runtime.yml")["action_groups"]
    said = {(group, name) for group, names in groups.items() for name in names}
    due = {(group, path.stem) for path in module_files(root) for group in groups_due(path)}
    grouped = {name for _group, name in due}
    return [
        *(f"{path.stem}: in no group" for path in module_files(root) if path.stem not in ACTIONS_ONLY | grouped),
        *(f"{name}: not in group {group}" for group, name in sorted(due - said)),
        *(f"{name}: wrongly in group {group}" for group, name in sorted(said - due)),
    ]


def faults_of_actions(root: Path) -> list[str]:
    """The modules that have no action plugin, or one that runs another module, and plugins without a module."""
    actions = {path.stem: path for path in python_files(root / "plugins" / "action")}
    names = [path.stem for path in module_files(root)]
    return [
        *(f"{name}: no action plugin" for name in names if name not in actions),
        *(
            f"{name}: its action plugin runs another module"
            for name in names
            if name in actions and name not in ACTIONS_ONLY and not runs(actions[name], name)
        ),
        *(f"{name}: an action plugin without a module" for name in sorted(actions.keys() - set(names))),
    ]


def runs(action: Path, name: str) -> bool:
    """Whether an action plugin runs this module, and no other."""
    text = action.read_text(encoding="utf-8")
    return {name} == set(re.findall(r"epinio_\w+", text)) and f"    module = {name}\n" in text


def imported(path: Path) -> set[str]:
    """The last names of all modules that a file imports, or imports something from."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found |= {(node.module or "").rpartition(".")[2], *(name.name for name in node.names)}
    return found


def untested(root: Path) -> list[str]:
    """The pure files that no test in the mirrored folder imports."""
    told = []
    for part in PURE:
        utils = Path("plugins", "module_utils", part)
        tests = sorted((root / "tests" / "unit" / utils).glob("test_*.py"))
        tested = {name for path in tests for name in imported(path)}
        pure = [path for path in python_files(root / utils) if path.stem not in tested]
        told += [f"{part}/{path.name}" for path in pure]
    return told


def unlisted(root: Path) -> list[str]:
    """The modules that the README's chapter about them does not name."""
    chapter = (root / "README.md").read_text(encoding="utf-8").partition("\n## Modules\n")[2].partition("\n## ")[0]
    return [path.stem for path in module_files(root) if f"`{path.stem}`" not in chapter]


@pytest.mark.parametrize("path", module_files(REPOSITORY), ids=lambda path: path.stem)
def test_module_is_documented(path: Path) -> None:
    assert faults_of_documents(path) == []


def test_modules_and_action_groups_agree() -> None:
    assert module_files(REPOSITORY)
    assert faults_of_groups(REPOSITORY) == []


def test_modules_have_their_action_plugins() -> None:
    assert faults_of_actions(REPOSITORY) == []


def test_readme_lists_every_module() -> None:
    assert unlisted(REPOSITORY) == []


def test_pure_files_have_their_tests() -> None:
    assert untested(REPOSITORY) == []


MODULE = """DOCUMENTATION = '''
module: epinio_x
extends_documentation_fragment: [epinio.aws.attributes]
'''
EXAMPLES = '''
- name: Example
  epinio.aws.epinio_x: {}
'''
RETURN = '''
x: {type: str, sample: x}
'''
aws_module(SPEC)
"""
ACTION = """class ActionModule(InProcess):
    module = epinio_x
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A collection without a fault, of one module and one planner."""
    texts = {
        "plugins/modules/epinio_x.py": MODULE,
        "plugins/action/epinio_x.py": ACTION,
        "plugins/module_utils/planners/x.py": "X = 1\n",
        "tests/unit/plugins/module_utils/planners/test_it.py": "from a.planners import x\n",
        "meta/runtime.yml": "action_groups: {aws: [epinio_x], kubernetes: []}\n",
    }
    for name, text in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_good_collection_has_no_fault(root: Path) -> None:
    faults = [*faults_of_documents(*module_files(root)), *faults_of_groups(root), *faults_of_actions(root)]
    assert [*faults, *untested(root)] == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("module: epinio_x", "module: epinio_y", "names another"),
        ("epinio.aws.attributes", "", "no attributes table"),
        ("epinio.aws.epinio_x: {}", "epinio_x: {}", "full name"),
        ("EXAMPLES", "EXAMPLE", "full name"),
        ("type: str, ", "", "without types"),
        (", sample: x", "", "without a sample"),
        ("RETURN", "RETURNS", "without types"),
        ("x: {type", "unreachable: {type", "Ansible's own"),
    ],
)
def test_missing_documentation_is_found(root: Path, old: str, new: str, fault: str) -> None:
    (path,) = module_files(root)
    path.write_text(MODULE.replace(old, new), encoding="utf-8")
    assert any(fault in found for found in faults_of_documents(path))


@pytest.mark.parametrize(
    ("groups", "fault"),
    [
        ("{aws: [], kubernetes: []}", "epinio_x: not in group aws"),
        ("{aws: [epinio_x, gone], kubernetes: []}", "gone: wrongly in group aws"),
        ("{aws: [epinio_x], kubernetes: [epinio_x]}", "epinio_x: wrongly in group kubernetes"),
    ],
)
def test_wrong_groups_are_found(root: Path, groups: str, fault: str) -> None:
    (root / "meta" / "runtime.yml").write_text(f"action_groups: {groups}\n", encoding="utf-8")
    assert faults_of_groups(root) == [fault]


def test_a_module_without_connection_is_found(root: Path) -> None:
    (path,) = module_files(root)
    path.write_text(MODULE.replace("aws_module(SPEC)", ""), encoding="utf-8")
    assert "epinio_x: in no group" in faults_of_groups(root)


@pytest.mark.parametrize("text", ["", "from a.planners import y\n", "from a.planners.y import plan\n"])
def test_a_planner_without_tests_is_found(root: Path, text: str) -> None:
    (root / "tests/unit/plugins/module_utils/planners/test_it.py").write_text(text, encoding="utf-8")
    assert untested(root) == ["planners/x.py"]


@pytest.mark.parametrize(
    ("name", "text", "faults"),
    [
        ("epinio_x", "", ["epinio_x: no action plugin"]),
        ("epinio_x", ACTION.replace("epinio_x", "epinio_y"), ["epinio_x: its action plugin runs another module"]),
        ("epinio_y", ACTION, ["epinio_y: an action plugin without a module"]),
    ],
)
def test_wrong_action_plugins_are_found(root: Path, name: str, text: str, faults: list[str]) -> None:
    (root / "plugins" / "action" / f"{name}.py").write_text(text, encoding="utf-8")
    assert faults_of_actions(root) == faults


def test_an_unlisted_module_is_found(root: Path) -> None:
    (root / "README.md").write_text("`epinio_x`\n## Modules\n`epinio_x_info`\n## Other\n`epinio_x`\n", encoding="utf-8")
    assert unlisted(root) == ["epinio_x"]
