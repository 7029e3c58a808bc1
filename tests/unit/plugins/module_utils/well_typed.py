"""Whether a reader's result holds what its annotations promise: else a foreign value breaks something later."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import collections.abc
import dataclasses
import types
import typing
from typing import Any


def check(function: Any, value: Any) -> None:
    """Assert that the value is what the function's annotation says, in depth."""
    hint = typing.get_type_hints(function)["return"]
    assert _fits(value, hint), f"{function.__name__} returned {value!r}, which is no {hint}"


def _fits(value: Any, hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any or isinstance(hint, typing.TypeVar):
        return True
    if origin in (typing.Union, types.UnionType):
        return any(_fits(value, one) for one in arguments)
    if origin is tuple:
        if not isinstance(value, tuple):
            return False
        inner = [arguments[0]] * len(value) if arguments[-1] is Ellipsis else arguments
        return all(map(_fits, value, inner))
    if origin in (list, set, frozenset):
        return isinstance(value, origin) and all(_fits(one, arguments[0]) for one in value)
    if origin in (dict, collections.abc.Mapping):
        return isinstance(value, collections.abc.Mapping) and all(
            _fits(key, arguments[0]) and _fits(one, arguments[1]) for key, one in value.items()
        )
    return isinstance(value, type(None) if hint is None else hint) and _is_whole(value, hint)


def _is_whole(value: Any, hint: Any) -> bool:
    if not dataclasses.is_dataclass(value):
        return hint is not int or not isinstance(value, bool)
    hints = typing.get_type_hints(type(value))
    return all(_fits(getattr(value, one.name), hints[one.name]) for one in dataclasses.fields(value))
