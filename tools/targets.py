"""The help text of the Makefile, from the words beside its targets."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re

_TARGET = re.compile(r"^(?P<name>[a-z][a-z-]*):[^#\n]*## (?P<words>.+)$", re.MULTILINE)


def described(makefile: str) -> str:
    """One line for each target that carries a `## description`, in the Makefile's order."""
    found = [(match["name"], match["words"]) for match in _TARGET.finditer(makefile)]
    width = max((len(name) for name, words in found), default=0)
    return "\n".join(f"make {name.ljust(width)}  {words}" for name, words in found)
