"""Each part of some JSON taken out, null, empty, or of another type."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

_OTHERS: tuple[Any, ...] = (None, "text", "", 5, True, [], {}, [None], ["text"], [5], {"a": None}, {"a": 5}, [{}], [[]])


def variants(content: Any) -> Iterator[Any]:
    """The content with one change each."""
    for path in _paths(content):
        for value in _OTHERS:
            changed = deepcopy(content)
            _parent(changed, path)[path[-1]] = value
            yield changed
        changed = deepcopy(content)
        del _parent(changed, path)[path[-1]]
        yield changed


def _paths(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in parts:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _parent(content: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        content = content[key]
    return content
