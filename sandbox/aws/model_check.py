"""Holds parameters against AWS's own models: required, length, range, pattern, enumeration.

Source: botocore's models of iam, sts and eks, and the wording of AWS's ValidationError.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.model import Shape
from botocore.validate import ParamValidator

from sandbox.aws.errors import Refused

# Java's letters, blanks and digits, for which Python's expressions have no class between brackets.
JAVA_CLASSES = r"\p{L}\p{Z}\p{N}_"
PYTHON_CLASSES = r"\w \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A model's pattern as Python understands it; Java's own classes are of ASCII unless written with a p."""
    translated = pattern.replace(JAVA_CLASSES, PYTHON_CLASSES)
    return re.compile(translated, re.ASCII if translated == pattern else 0)


def problems(shape: Shape, value: Any, name: str) -> Iterator[str]:
    """What AWS says against a value, one text each; `name` as AWS writes it, `tags.1.member.key`."""
    if shape.type_name == "structure":
        yield from _structure_problems(shape, value, name)
        return
    yield from _limit_problems(shape, value, name)
    if shape.type_name == "list":
        for index, item in enumerate(value, 1):
            yield from problems(shape.member, item, f"{name}.{index}.member")


def _structure_problems(shape: Any, value: Mapping[str, Any], name: str) -> Iterator[str]:
    for member in shape.required_members:
        if member not in value:
            yield _text(None, _inner(name, member), "Member must not be null")
    for member, given in value.items():
        if member in shape.members:
            yield from problems(shape.members[member], given, _inner(name, member))


def _inner(name: str, member: str) -> str:
    lowered = member[:1].lower() + member[1:]
    return f"{name}.{lowered}" if name else lowered


def _text(value: Any, name: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{name}' failed to satisfy constraint: {constraint}"


def _limit_problems(shape: Shape, value: Any, name: str) -> Iterator[str]:
    limits = shape.metadata
    measured = value if shape.type_name in ("integer", "long") else len(value) if hasattr(value, "__len__") else None
    kind = "value" if shape.type_name in ("integer", "long") else "length"
    if measured is not None and measured < limits.get("min", measured):
        yield _text(value, name, f"Member must have {kind} greater than or equal to {limits['min']}")
    if measured is not None and measured > limits.get("max", measured):
        yield _text(value, name, f"Member must have {kind} less than or equal to {limits['max']}")
    if shape.type_name != "string":
        return
    if "pattern" in limits and not compiled(limits["pattern"]).fullmatch(value):
        yield _text(value, name, f"Member must satisfy regular expression pattern: {limits['pattern']}")
    if limits.get("enum") and value not in limits["enum"]:
        yield _text(value, name, f"Member must satisfy enum value set: [{', '.join(limits['enum'])}]")


def foreign(shape: Shape, value: Mapping[str, Any]) -> list[str]:
    """What of a value AWS could never show, one text each: unknown members, wrong types, broken limits."""
    report = ParamValidator().validate(value, shape)
    return [report.generate_report()] if report.has_errors() else list(problems(shape, value, ""))


def check(shape: Shape | None, parameters: Mapping[str, Any], code: str = "ValidationError") -> None:
    """Refuses parameters that the model does not take."""
    found = list(problems(shape, parameters, "")) if shape else []
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected"
        raise Refused(code, f"{count}: {'; '.join(found)}")
