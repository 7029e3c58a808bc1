"""The oldest and the newest ansible-core that the collection runs with, each with the SDKs and collections of its time.

What each has is pinned in `requirements/<name>.txt` and `requirements/collections-<name>.txt`.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tools import environments, pythons
from tools.pythons import Python


@dataclass(frozen=True)
class Core:
    """An ansible-core by the name of its requirement files.

    - `pythons`: the versions of Python to take, the best first
    - `bootstrap`: the name of pip's script that its ansible-test looks for
    """

    name: str
    pythons: tuple[str, ...]
    bootstrap: str

    @property
    def python(self) -> Python | None:
        """A Python of this machine that it runs on."""
        return pythons.find(self.pythons)

    @property
    def missing(self) -> str:
        """What to say where this machine has no Python for it."""
        return f"the {self.name} ansible-core is not tried: there is no Python {' or '.join(self.pythons)} here"

    def binaries(self, python: Python) -> Path:
        """The folder with its `python` and `ansible-playbook`."""
        return environments.environment(self.name, python) / "bin"

    def collections(self) -> Path:
        """The folder `ansible_collections` of its time, with `amazon.aws` and `kubernetes.core`."""
        return environments.collections(f"collections-{self.name}")


# https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html
OLDEST = Core("oldest", ("3.11", "3.12", "3.10"), "get_pip_23_1_2.py")
NEWEST = Core("newest", ("3.13", "3.12"), "get_pip_25_2.py")
CORES = (OLDEST, NEWEST)
