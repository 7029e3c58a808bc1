# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helm values: nested dictionaries addressed by key path, merged and compared as Helm does.

A path is a tuple of keys; in text its parts are joined by dots, a part that holds a dot stands in quotes, as in
`serviceAccount.annotations."eks.amazonaws.com/role-arn"`. A list is one value, as it is for Helm.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

Path = tuple[str, ...]
Values = Mapping[str, Any]

_PART = re.compile(r'"(?P<quoted>[^"]*)"|(?P<plain>[^."]+)')


class _Absent(Enum):
    ABSENT = "absent"


# Not None: a null among Helm's values removes the chart's default.
ABSENT: Final = _Absent.ABSENT


def path(text: str) -> Path:
    """The path that a text names."""
    return tuple(found["quoted"] or found["plain"] for found in _PART.finditer(text))


def dotted(keys: Path) -> str:
    """A path as text."""
    return ".".join(f'"{key}"' if "." in key else key for key in keys)


def get(values: Values, keys: Path) -> Any:
    """The value at a path, `ABSENT` if there is none."""
    found: Any = values
    for key in keys:
        if not isinstance(found, Mapping) or key not in found:
            return ABSENT
        found = found[key]
    return found


def tree(leaves: Mapping[Path, Any]) -> dict[str, Any]:
    """Values that hold these leaves and nothing else."""
    made: dict[str, Any] = {}
    for keys, value in leaves.items():
        inner = made
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
        inner[keys[-1]] = value
    return made


def merge(*layers: Values) -> dict[str, Any]:
    """The layers upon one another, later ones first in rank: dictionaries by key, anything else as a whole."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for key, value in layer.items():
            inner = merged.get(key)
            if isinstance(value, Mapping):
                merged[key] = merge(inner, value) if isinstance(inner, Mapping) else merge(value)
            else:
                merged[key] = value
    return merged


def restored(values: Values, former: Mapping[Path, Any], parents: Mapping[Path, Any]) -> dict[str, Any]:
    """The values with these former ones at their paths, those that are `ABSENT` taken out.

    A dictionary that this empties goes too. `parents` are the leaves that stood above a path (`annotations: {}`): they
    come back where one of the paths below them is taken out and nothing else is left there.
    """
    made = merge(values, tree({keys: value for keys, value in former.items() if value is not ABSENT}))
    taken = [keys for keys, value in former.items() if value is ABSENT and get(values, keys) is not ABSENT]
    for keys in taken:
        made = _without(made, keys)
    for above, value in parents.items():
        if any(keys[: len(above)] == above for keys in taken) and get(made, above) is ABSENT:
            made = merge(made, tree({above: value}))
    return made


def leaf_above(values: Values, keys: Path) -> Path | None:
    """The path of the leaf that stands where a path would need a dictionary, or of an empty one; `None` without it."""
    found = next((keys[:depth] for depth in range(1, len(keys)) if not _inner(values, keys[:depth])), None)
    return found if found and get(values, found) is not ABSENT else None


def leaves(values: Values, above: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Paths and values of everything that is no dictionary; an empty dictionary is a leaf."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same to Helm: numbers by what they amount to, never a number and a boolean."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def differences(before: Values, after: Values) -> list[Path]:
    """Paths of the leaves that one side lacks or that have another value, in order."""
    found = {keys for side in (before, after) for keys, _value in leaves(side)}
    return sorted(keys for keys in found if not equal(_leaf(before, keys), _leaf(after, keys)))


def _leaf(values: Values, keys: Path) -> Any:
    """The value at a path if it is a leaf; what lies deeper is compared by the deeper paths."""
    value = get(values, keys)
    return ABSENT if isinstance(value, Mapping) and value else value


def _without(values: Values, keys: Path) -> dict[str, Any]:
    """The values without a path that is in them, and without the dictionaries that this empties."""
    first, below = keys[0], keys[1:]
    inner = _without(values[first], below) if below else {}
    others = {key: value for key, value in values.items() if key != first}
    return {**others, first: inner} if inner else others


def _inner(values: Values, keys: Path) -> bool:
    """Whether there is something below a path."""
    found = get(values, keys)
    return isinstance(found, Mapping) and bool(found)


def strings(value: Any) -> Iterator[str]:
    """Every string within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
