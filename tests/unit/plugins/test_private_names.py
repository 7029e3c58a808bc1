"""Every name of other packages that is no public interface, in one list, and what becomes of us without it.

The unit tests run with the oldest and the newest of these packages, so each name is looked for in both.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Set
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[3] / "plugins"
# File -> each private name in it -> where it is defined; empty for a key in data, which has no definition.
KNOWN = {
    "module_utils/kubernetes_client.py": {"_collections": "urllib3"},
    "action/epinio_inputs_info.py": dict.fromkeys(
        ("_ansible_no_log", "_ansible_verbose_override", "_loader", "_templar"), ""
    ),
    "plugin_utils/in_process.py": {
        "_ansible_tmpdir": "",
        # `module_protocol.METHODS` has what is checked of these before they are used; the others are as old as actions.
        **dict.fromkeys(
            ("_compute_environment_string", "_execute_module", "_update_module_args"),
            "ansible.plugins.action:ActionBase",
        ),
        **dict.fromkeys(("_connection", "_play_context", "_task", "_templar"), ""),
    },
    "plugin_utils/module_protocol.py": {
        "_ANSIBLE_ARGS": "ansible.module_utils.basic",
        "_ANSIBLE_PROFILE": "",  # since ansible-core 2.19
        **dict.fromkeys(("_global_warnings", "_global_deprecations"), "ansible.module_utils.common.warnings"),
        "_ansible_": "",
        **dict.fromkeys(("_compute_environment_string", "_update_module_args"), "ansible.plugins.action:ActionBase"),
    },
    "plugin_utils/service_models.py": {"_retry": ""},
}
# No underscore, and no documented interface either.
UNDOCUMENTED = {
    "create_loader": "botocore.session",
    "create_credential_resolver": "botocore.credentials",
    "ProcessProvider": "botocore.credentials",
    "create_parser": "botocore.parsers",
    "ParamValidator": "botocore.validate",
    "AnsibleAWSModule": "ansible_collections.amazon.aws.plugins.module_utils.modules",
    "AUTH_ARG_SPEC": "ansible_collections.kubernetes.core.plugins.module_utils.args_common",
}
PRIVATE = re.compile(r"_[A-Za-z]\w*")
# Parts of EKS's names of AMI types.
NO_NAMES = {"_ARM_64", "_x86_64"}


def private_names(text: str, ours: Set[str] = frozenset()) -> set[str]:
    """The private names in a file that are defined elsewhere, but for `ours`: attributes, imports, names in strings."""
    tree = ast.parse(text)
    own = defined(tree) | ours
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found |= {node.attr} - (own if _is_self(node.value) else set())
        elif isinstance(node, ast.ImportFrom):
            found |= {*(node.module or "").split("."), *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {part for alias in node.names for part in alias.name.split(".")}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
            found |= {node.value} - own
    return {name for name in found - NO_NAMES if PRIVATE.fullmatch(name)}


def defined(tree: ast.AST) -> set[str]:
    """What a file defines: functions, classes, variables, fields and attributes of `self`."""
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and _is_self(node.value):
            own.add(node.attr)
    return own


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def test_the_list_is_complete() -> None:
    texts = {str(path.relative_to(PLUGINS)): path.read_text(encoding="utf-8") for path in PLUGINS.rglob("*.py")}
    # A class of ours may have a field from another one of ours; an action's come from Ansible.
    ours = set().union(*(defined(ast.parse(text)) for text in texts.values()))
    inner = "module_utils/"
    found = {name: private_names(text, ours if name.startswith(inner) else set()) for name, text in texts.items()}
    assert {name: names for name, names in found.items() if names} == {name: set(all_) for name, all_ in KNOWN.items()}


WHERE = sorted({(place, name) for names in [*KNOWN.values(), UNDOCUMENTED] for name, place in names.items() if place})


@pytest.mark.parametrize(("place", "name"), WHERE)
def test_each_is_there(place: str, name: str) -> None:
    module, _, owner = place.partition(":")
    found = importlib.import_module(module)
    assert hasattr(getattr(found, owner) if owner else found, name)


@pytest.mark.parametrize(
    "text",
    [
        "import x\nx._y()",
        "from x import _y",
        "from x._y import z",
        "import x._y",
        "getattr(x, '_y')",
        "x = '_y'",
        "class A(B):\n    def f(self):\n        self._y()",
    ],
)
def test_a_private_name_is_found(text: str) -> None:
    assert private_names(text) == {"_y"}


@pytest.mark.parametrize(
    "text",
    [
        "class A:\n    def f(self):\n        self._y()\n    def _y(self): ...",
        "class A:\n    def __init__(self):\n        self._y = 1\n    def f(self):\n        return self._y",
        "from x import y as _y\n_y()",
        "if __name__ == '__main__': ...",
    ],
)
def test_our_own_are_none(text: str) -> None:
    assert private_names(text) == set()
