# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of messages that several places need."""

from __future__ import annotations

from collections.abc import Sequence

# So many names make a message; more make a wall.
_MOST_NAMES = 20


def counted(number: int, noun: str, several: str = "") -> str:
    """`1 node`, `2 nodes`; `several` is a plural that takes more than an s."""
    return f"{number} {noun if number == 1 else several or f'{noun}s'}"


def names(found: Sequence[str], most: int = _MOST_NAMES) -> str:
    """The names in a sentence, the first of them if they are many."""
    more = len(found) - most
    return ", ".join(found[:most]) + (f" and {more} more" if more > 0 else "")


def either(found: Sequence[str]) -> str:
    """The names as what there is none of: `a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, (", ".join(found[:-1]), *found[-1:])))
