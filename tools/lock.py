"""Compile the requirement files: names, versions, markers and hashes, and no address of an index.

`uv.lock` and `pylock.toml` would record where each file was fetched, which differs between the people who fetch.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from tools import environments
from tools.environments import REQUIREMENTS

# The oldest Python that the project runs on: what is chosen must fit it and all newer ones.
OLDEST_PYTHON = "3.11"
# The newest ansible-core wants a newer one.
PYTHONS = {"newest": "3.12", "collections-newest": "3.12"}
# Only the wheel is wanted: two collections are taken out of it.
ALONE = {"collections", "collections-oldest", "collections-newest"}


def compile_all() -> None:
    """Write every `requirements/<name>.txt` from its `<name>.in`; pinned versions that still fit stay.

    Raises `ValueError` for a result with an address in it.
    """
    for wanted in sorted(REQUIREMENTS.glob("*.in")):
        locked = wanted.with_suffix(".txt")
        environments.call_uv(*command(wanted.stem), folder=REQUIREMENTS)
        refuse_addresses(locked, locked.read_text(encoding="utf-8"))


def command(name: str) -> list[str]:
    """The arguments of uv that compile `<name>.in`, to be run in its folder: the paths end up in the comments."""
    python = PYTHONS.get(name, OLDEST_PYTHON)
    options = ["--quiet", "--universal", "--python-version", python, "--generate-hashes", "--no-header"]
    alone = ["--no-deps"] if name in ALONE else []
    return ["pip", "compile", *options, *alone, f"{name}.in", "--output-file", f"{name}.txt"]


def refuse_addresses(path: Path, text: str) -> None:
    """Raise `ValueError` that names the line if one holds an address."""
    for number, line in enumerate(text.splitlines(), start=1):
        if "://" in line:
            raise ValueError(f"{path.name}:{number} holds an address: {line.strip()}")
