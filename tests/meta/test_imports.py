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

# The package costs 0.3 seconds of CPU, and its generated classes two seconds more. It ignores parts of a kubeconfig
# that helm honours, and its versions differ: `module_utils/kubernetes_client.py` takes its place. What kubernetes.core
# has around its client imports it, too; its options (`args_common`) do not.
PACKAGE = "kubernetes"
FORBIDDEN = ("ansible_collections.kubernetes.core.plugins.module_utils.k8s",)
PROGRAM = f"""
import importlib, pathlib, sys
package = "ansible_collections.epinio.aws.plugins"
root = pathlib.Path(importlib.import_module(package).__path__[0])
for folder in ("modules", "module_utils", "plugin_utils", "action", "filter"):
    for path in (root / folder).rglob("*.py"):
        importlib.import_module(".".join((package, *path.relative_to(root).with_suffix("").parts)))
print(*[name for name in sys.modules if name.partition(".")[0] == "{PACKAGE}"][:3])
"""


def imports(folder: Path) -> list[str]:
    """The places that import the package, as `file:line: name`."""
    return [
        f"{path.relative_to(folder)}:{node.lineno}: {name}"
        for path in python_files(folder)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in named(node)
        if name.partition(".")[0] == PACKAGE or name.startswith(FORBIDDEN)
    ]


def named(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The modules that the statement imports."""
    if isinstance(node, ast.Import):
        return [one.name for one in node.names]
    return [f"{node.module or ''}.{one.name}" for one in node.names]


def test_the_package_is_not_named() -> None:
    assert imports(REPOSITORY / "plugins") == []


def test_it_is_not_loaded() -> None:
    variables = {**os.environ, "PYTHONPATH": str(tree.linked())}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=variables, check=True, capture_output=True, text=True, timeout=120
    )
    assert run.stdout.split() == []


@pytest.mark.parametrize(
    "line",
    [
        "import kubernetes",
        "from kubernetes.client import ApiClient",
        "import kubernetes.client.api.core_v1_api",
        "from kubernetes import client",
        "def late():\n    import kubernetes.config as config",
        "from ansible_collections.kubernetes.core.plugins.module_utils.k8s import client",
        "from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import K8SClient",
    ],
)
def test_each_way_to_name_it_is_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "other.py").write_text(line, encoding="utf-8")
    assert len(imports(tmp_path)) == 1


def test_the_options_of_kubernetes_core_may_be_named(tmp_path: Path) -> None:
    line = "from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC\n"
    (tmp_path / "other.py").write_text(line, encoding="utf-8")
    assert imports(tmp_path) == []
