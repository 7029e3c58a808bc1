"""The repository as Ansible and Python want to see it: below a folder `ansible_collections/epinio/aws`."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tools import cache, environments
from tools.cache import REPOSITORY


def linked() -> Path:
    """A folder with `ansible_collections`, in which `epinio/aws` is a link to the repository.

    For imports, playbooks and mypy: edits show at once. It stays in the cache, so that mypy's own cache stays valid.
    """
    siblings = environments.collections()

    def fill(folder: Path) -> None:
        _place_siblings(folder, siblings)
        target = folder / "ansible_collections" / "epinio" / "aws"
        target.parent.mkdir()
        target.symlink_to(REPOSITORY)

    return cache.ensure("tree", [str(REPOSITORY), str(siblings)], fill, "collection tree: linking")


def copied(folder: Path, siblings: Path | None = None) -> Path:
    """Copy the files that git knows or would add to `<folder>/ansible_collections/epinio/aws`, and return that folder.

    A copy because ansible-test takes the physical path and refuses a link. `folder` must lie outside the repository:
    ansible-test asks git, and inside a folder that git ignores it tests nothing and calls that a success. `siblings` is
    a folder `ansible_collections` with other collections than the project's own tools have.
    """
    _place_siblings(folder, siblings or environments.collections())
    target = folder / "ansible_collections" / "epinio" / "aws"
    for name in known_files(REPOSITORY):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(REPOSITORY / name, target / name, follow_symlinks=False)
    return target


def known_files(repository: Path) -> list[str]:
    """The names of the files that are tracked or neither tracked nor ignored, without those that were deleted."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout
    return sorted(name for name in set(listed.split("\0")) if name and os.path.lexists(repository / name))


def _place_siblings(folder: Path, siblings: Path) -> None:
    root = folder / "ansible_collections"
    root.mkdir(parents=True)
    for namespace in sorted(siblings.iterdir()):
        (root / namespace.name).symlink_to(namespace)
