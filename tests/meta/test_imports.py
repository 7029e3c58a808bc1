"""What the plugins must not import, because every run of a playbook would pay for it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.meta.sources import REPOSITORY, python_files
from tools import tree

# The classes that the package `kubernetes` generates from Kubernetes' API, for its calls and for its objects. The few
# that the plugins could use draw in 350 modules, two seconds of CPU, which is more than all else that they import.
# `module_utils/kubernetes_rest.py` makes the calls instead.
GENERATED = ("kubernetes.client.api.", "kubernetes.client.models.")
# All of `kubernetes.client` that is not generated, and used.
ALLOWED = {"ApiClient", "Configuration"}
PROGRAM = f"""
import importlib, pathlib, sys
package = "ansible_collections.epinio.aws.plugins"
root = pathlib.Path(importlib.import_module(package).__path__[0])
for folder in ("modules", "module_utils", "plugin_utils", "action", "filter"):
    for path in (root / folder).rglob("*.py"):
        importlib.import_module(".".join((package, *path.relative_to(root).with_suffix("").parts)))
print(*[name for name in sys.modules if name.startswith({GENERATED})][:3])
"""


def generated(folder: Path) -> list[str]:
    """The places that name something of `kubernetes.client` that may be generated, as `file:line: name`."""
    return [
        f"{path.relative_to(folder)}:{node.lineno}: {name}"
        for path in python_files(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Attribute))
        for name in named(node)
        if name not in ALLOWED
    ]


def named(node: ast.Import | ast.ImportFrom | ast.Attribute) -> list[str]:
    """What the node names in `kubernetes.client`, or the whole of it where it gets another name."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names if one.name.startswith("kubernetes.client")]
    if isinstance(node, ast.ImportFrom):
        source = node.module or ""
        if source == "kubernetes":
            return [one.name for one in node.names if one.name == "client"]
        return [one.name for one in node.names] if source.startswith("kubernetes.client") else []
    return [node.attr] if ast.unparse(node.value) == "kubernetes.client" else []


def test_no_generated_class_is_named() -> None:
    assert generated(REPOSITORY / "plugins") == []


def test_none_is_loaded() -> None:
    variables = {**os.environ, "PYTHONPATH": str(tree.linked())}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, check=True, capture_output=True, text=True, timeout=120
    )
    assert run.stdout.split() == []


@pytest.mark.parametrize(
    "line",
    [
        "from kubernetes.client import ApiClient, CoreV1Api",
        "from kubernetes.client.models import V1Secret",
        "import kubernetes.client.api.core_v1_api",
        "from kubernetes import client",
        "def late(api):\n    return kubernetes.client.CoreV1Api(api)",
    ],
)
def test_each_way_to_name_one_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "other.py").write_text(line, encoding="utf-8")
    assert len(generated(tmp_path)) == 1


def test_the_rest_of_the_package_may_be_named(tmp_path: Path) -> None:
    lines = "import kubernetes\nfrom kubernetes.config import ConfigException\nkubernetes.client.ApiClient(None)\n"
    (tmp_path / "other.py").write_text(lines, encoding="utf-8")
    assert generated(tmp_path) == []
