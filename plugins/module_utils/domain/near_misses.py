# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables whose names are nearly those of the roles' variables: a typing error, which Ansible would ignore."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

PREFIX = "epinio"
# Words that are nearly one of ours and mean something else: a role is not gone, and to install is not to uninstall.
_OTHER_WORDS = frozenset(("install", "role", "zone", "vhosts"))
# A longer name may have two errors. Shorter ones have neighbours that mean something else: costs are no hosts.
_LONG, _SHORT = 9, 6
_TYPING_ERRORS = {False: 1, True: 2}


def near_misses(defined: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The defined names that are nearly a known one, each with the one that is meant, in order.

    `defined` has the variables' values, `known` the types.
    """
    stems = {name: _letters(name) for name in known}
    for name in sorted(defined.keys() - stems.keys()):
        if not name.startswith("_") and _may_be_meant(name):
            found = _meant(_letters(name), stems)
            if found and not _on_purpose(name.lower(), defined[name], found, known[found]):
                yield name, found


def distance(one: str, other: str) -> int:
    """How many letters are wrong, missing, too many or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        last, before, row = before, row, [i]
        for j, wanted in enumerate(other, 1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and (letter, one[i - 2]) == (other[j - 2], wanted):
                best = min(best, last[j - 2] + 1)
            row.append(best)
    return row[-1]


def _on_purpose(name: str, value: Any, meant: str, of_type: str) -> bool:
    """Whether the name is no typing error: another word, or ours with a number, one more word, or for several."""
    if _OTHER_WORDS & ({*name.split("_")} - {*meant.split("_")}):
        return True
    more = name.removeprefix(meant) if name.startswith(meant) else ""
    several = more == "s" and of_type == "str" and not isinstance(value, str)
    return more.isdigit() or (more.startswith("_") and bool(more.strip("_"))) or several


def _may_be_meant(name: str) -> bool:
    """Whether the name begins as ours do, which spares most names of a play the comparison."""
    return distance(name.lower()[: len(PREFIX)], PREFIX) <= _TYPING_ERRORS[True]


def _meant(letters: str, stems: dict[str, str]) -> str:
    """The known name whose letters these are, but for typing errors; `""` if there is none."""
    # An error in the prefix is one more: it is the same in all names, so nothing else is meant.
    spare = 0 if letters.startswith(PREFIX) else 1
    best, found = 99, ""
    for name, stem in stems.items():
        size = len(stem) - len(PREFIX)
        most = _TYPING_ERRORS[size >= _LONG] + spare
        if size < _SHORT and len(letters) == len(stem) and sorted(letters) != sorted(stem):
            continue
        if abs(len(stem) - len(letters)) <= most and (wrong := distance(letters, stem)) <= most and wrong < best:
            best, found = wrong, name
    return found


def _letters(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
