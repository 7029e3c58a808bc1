"""A folder for one run of the checks: a copy of the collection, a home folder, the package that is built."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tools import cache, environments, tree
from tools.steps import lap

# A person's own settings must neither decide a check nor be used by one.
FOREIGN = ("ANSIBLE_", "AWS_", "BOTO", "EPINIO_", "HELM_", "K8S_AUTH_", "KUBE", "PYTEST_", "PYTHONPATH")


@dataclass(frozen=True)
class Workspace:
    """`folder` vanishes after the run; `tree` is the copy in it; `variables` are the environment of every check."""

    folder: Path
    tree: Path
    variables: Mapping[str, str]


@contextmanager
def workspace() -> Iterator[Workspace]:
    """A new workspace, outside the repository."""
    start = time.monotonic()
    binaries = environments.environment("dev") / "bin"
    with tempfile.TemporaryDirectory(prefix="epinio-aws-") as name:
        folder = Path(name)
        home = folder / "home"
        home.mkdir()
        variables = variables_for(os.environ, binaries, home, folder / "tree")
        copy = tree.copied(folder / "tree")
        lap(time.monotonic() - start, "environment, copy of the collection")
        yield Workspace(folder, copy, variables)


def variables_for(given: Mapping[str, str], binaries: Path, home: Path, collections: Path) -> dict[str, str]:
    """The environment variables of a check: the person's without credentials and settings, with our tools first."""
    kept = {name: value for name, value in given.items() if not name.startswith(FOREIGN)}
    return {
        **kept,
        "PATH": f"{binaries}{os.pathsep}{given.get('PATH', os.defpath)}",
        "HOME": str(home),
        "EPINIO_AWS_CACHE": str(cache.root()),
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "1",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
    }
