"""Readers of the project's own files, for the tests that hold them together."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.cache import REPOSITORY

__all__ = ["DOCUMENTS", "REPOSITORY", "constants", "module_files", "python_files", "yaml_file"]

# What ansible-doc reads out of a module.
DOCUMENTS = ("DOCUMENTATION", "EXAMPLES", "RETURN")


def yaml_file(path: Path) -> Any:
    """The content of a YAML file; an empty mapping if there is no such file."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}


def python_files(folder: Path) -> list[Path]:
    """Every Python file below a folder but empty package markers."""
    return sorted(path for path in folder.rglob("*.py") if path.stat().st_size)


def module_files(root: Path) -> list[Path]:
    """The modules of the collection in `root`."""
    return sorted((root / "plugins" / "modules").glob("*.py"))


def constants(path: Path) -> Mapping[str, ast.Constant]:
    """The strings that a file assigns to names at its top level, as nodes that know their lines."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            found.update({name.id: node.value for name in node.targets if isinstance(name, ast.Name)})
    return found
