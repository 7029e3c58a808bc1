"""What all tests share: the collection under the name that it is imported by, and their order."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

import pytest

from tools import tree

HERE = Path(__file__).parent
# Files that take longest come first, so that no worker is left alone with one at the end.
LONGEST_FIRST = ("scenarios", "integration/release", "integration", "sandbox", "")

# Another one has the collections of another ansible-core's time.
sys.path.insert(0, os.environ.get("EPINIO_AWS_TREE") or str(tree.linked()))
# For helm, which lives for a second or two beside others of its kind: to collect its garbage less often, and to leave
# the other cores to these, saves a quarter of its CPU time. The tests' control planes have it too; a build has not.
os.environ.setdefault("GOGC", "400")
os.environ.setdefault("GOMAXPROCS", "1")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.path.relative_to(HERE)))


def pytest_collection_finish() -> None:
    # What is imported and collected by now stays to the end, so garbage collections need not go through it.
    gc.freeze()


def _rank(path: Path) -> int:
    return next(rank for rank, folder in enumerate(LONGEST_FIRST) if path.is_relative_to(folder))
