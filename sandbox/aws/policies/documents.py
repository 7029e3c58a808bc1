"""Policy documents as lists of statements, whatever spelling they arrive in."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WILDCARD_PRINCIPAL = {"AWS": ["*"]}


@dataclass(frozen=True)
class Statement:
    """One statement; an element that the document lacks is None, which differs from an empty list."""

    effect: str
    sid: str
    actions: tuple[str, ...] | None
    not_actions: tuple[str, ...] | None
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    principals: Mapping[str, list[str]] | None
    not_principals: Mapping[str, list[str]] | None
    conditions: Mapping[str, Mapping[str, list[str]]]


def as_list(value: Any) -> list[Any]:
    """IAM takes a single value wherever it takes a list of one."""
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """Booleans and numbers in documents are equal to their JSON spelling as strings."""
    return value if isinstance(value, str) else json.dumps(value)


def _texts(element: Mapping[str, Any], name: str) -> tuple[str, ...] | None:
    return tuple(map(_text, as_list(element[name]))) if name in element else None


def _principals(element: Mapping[str, Any], name: str) -> Mapping[str, list[str]] | None:
    if name not in element:
        return None
    value = element[name]
    return WILDCARD_PRINCIPAL if value == "*" else {kind: as_list(each) for kind, each in value.items()}


def _statement(element: Mapping[str, Any]) -> Statement:
    return Statement(
        effect=element["Effect"],
        sid=element.get("Sid", ""),
        actions=_texts(element, "Action"),
        not_actions=_texts(element, "NotAction"),
        resources=_texts(element, "Resource"),
        not_resources=_texts(element, "NotResource"),
        principals=_principals(element, "Principal"),
        not_principals=_principals(element, "NotPrincipal"),
        conditions={
            name: {key: [_text(value) for value in as_list(values)] for key, values in keys.items()}
            for name, keys in element.get("Condition", {}).items()
        },
    )


@functools.lru_cache(maxsize=1024)
def statements(document: str) -> tuple[Statement, ...]:
    """The statements of a document that `validation` has accepted."""
    return tuple(map(_statement, as_list(json.loads(document)["Statement"])))
