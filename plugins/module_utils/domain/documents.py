# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy documents compared by what they mean.

IAM gives a document back in another order than it took it, and one-element lists as strings. The rules of equality are
those of AWS's policy grammar (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html). Where
case does not count, IAM's evaluation does not look at it either:

- actions: prefix and name are case-insensitive (reference_policies_elements_action.html there)
- condition keys: their names are not case-sensitive (reference_policies_elements_condition.html)
- condition operators: IAM takes no document with one that it does not know, so another spelling is none of another
  meaning

Everything else counts as it is written: resources, values of conditions, wildcards (which are not expanded).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

LATEST = "2012-10-17"
# What IAM assumes of a document without a version.
OLDEST = "2008-10-17"
_ACTIONS, _RESOURCES = ("Action", "NotAction"), ("Resource", "NotResource")
_PRINCIPALS = ("Principal", "NotPrincipal")
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_BLANKS = re.compile(r"[ \t\r\n]+")

Document = Mapping[str, Any]


def document(*statements: Mapping[str, Any]) -> dict[str, Any]:
    """A policy document of these statements."""
    return {"Version": LATEST, "Statement": list(statements)}


def text(policy: Document) -> str:
    """The document as it is sent: no blanks, the same text for the same document."""
    return json.dumps(policy, separators=(",", ":"))


def size(policy: Document) -> int:
    """Characters that count against AWS's quotas: white space does not."""
    return len(_BLANKS.sub("", text(policy)))


def equal(one: Document, other: Document) -> bool:
    """Whether both documents say the same, identifiers (`Id`, `Sid`) included."""
    return _canonical(one) == _canonical(other)


def equal_but_for_names(one: Document, other: Document) -> bool:
    """Whether both documents permit the same; `Id` and `Sid` do not count."""
    return _canonical(one, named=False) == _canonical(other, named=False)


def statements(policy: Document) -> list[dict[str, Any]]:
    """The statements of a document, which IAM also takes as a single object."""
    found = policy.get("Statement", [])
    return [dict(statement) for statement in (found if isinstance(found, list) else [found])]


def statement_equal(one: Mapping[str, Any], other: Mapping[str, Any], *, named: bool = True) -> bool:
    """Whether two statements say the same; without `named` their `Sid` does not count."""
    return _statement(one, named) == _statement(other, named)


def with_statement(policy: Document, statement: Mapping[str, Any]) -> dict[str, Any]:
    """The document with this statement in the place of the one with the same `Sid`, else at its end.

    All else stays. A document that has the statement already comes back as it is written.
    """
    present = statements(policy)
    places = [index for index, one in enumerate(present) if one.get("Sid") == statement["Sid"]]
    if places and statement_equal(present[places[0]], statement):
        return dict(policy)
    if places:
        present[places[0]] = dict(statement)
    else:
        present.append(dict(statement))
    return {**policy, "Statement": present}


def others(policy: Document, sid: str) -> list[dict[str, Any]]:
    """The statements of a document but for the one with this `Sid`."""
    return [statement for statement in statements(policy) if statement.get("Sid") != sid]


def without_statement(policy: Document, sid: str) -> dict[str, Any]:
    """The document without the statement that has this `Sid`. One that has none comes back as it is written."""
    left = others(policy, sid)
    return dict(policy) if len(left) == len(statements(policy)) else {**policy, "Statement": left}


def values(found: Any) -> list[str]:
    """A value, a list of values or nothing, as the grammar lets people write them, as a list of texts."""
    if found is None:
        return []
    listed = found if isinstance(found, list) else [found]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in listed]


def check(policy: Document) -> None:
    """Raise `Refused` for a user's document that has not the shape of a policy; what it says is AWS's to judge."""
    found: Any = policy.get("Statement")
    shaped: list[Any] = found if isinstance(found, list) else [found]
    if not shaped or not all(isinstance(statement, Mapping) for statement in shaped):
        raise Refused("The policy document has no Statement, or one that is not a dictionary.")
    for statement in shaped:
        condition = statement.get("Condition", {})
        if not isinstance(condition, Mapping) or not all(isinstance(keys, Mapping) for keys in condition.values()):
            raise Refused("A Condition of the policy document is not a dictionary of dictionaries.")
        if "Principal" in statement or "NotPrincipal" in statement:
            raise Refused("The policy document names a Principal, which IAM does not take in a managed policy.")


def elements(statement: Mapping[str, Any]) -> dict[str, Any]:
    """What a statement says, by the path of each element, in the form in which equal statements are equal.

    `Sid` is there too. Conditions have a path for each operator and key (`Condition.StringEquals.aws:SourceVpc`);
    conditions without any say nothing.
    """
    parts: dict[str, Any] = {}
    for key, value in statement.items():
        if key == "Effect":
            parts[key] = str(value).lower()
        elif key in _ACTIONS:
            parts[key] = sorted({action.lower() for action in values(value)})
        elif key in _RESOURCES:
            parts[key] = _texts(value)
        elif key in _PRINCIPALS:
            parts |= {f"{key}.{kind}": names for kind, names in _principal(value).items()}
        elif key == "Condition" and isinstance(value, Mapping):
            parts |= _conditions(value)
        else:
            parts[key] = value
    return parts


def _canonical(policy: Document, *, named: bool = True) -> tuple[Any, ...]:
    # A statement that is there twice says no more than once.
    content = sorted({repr(_statement(statement, named)) for statement in statements(policy)})
    return (policy.get("Version", OLDEST), policy.get("Id") if named else None, content)


def _statement(statement: Mapping[str, Any], named: bool) -> list[tuple[str, Any]]:
    return sorted((key, _frozen(value)) for key, value in elements(statement).items() if named or key != "Sid")


def _conditions(operators: Mapping[str, Any]) -> dict[str, Any]:
    """By operator and key; the values of two spellings of a key stay apart, because both must hold."""
    found: dict[str, list[Any]] = {}
    for operator, keys in operators.items():
        named = keys.items() if isinstance(keys, Mapping) and keys else [("", keys)]
        for key, value in named:
            found.setdefault(f"Condition.{operator.lower()}.{key.lower()}", []).append(_texts(value))
    return {path: sorted(each) for path, each in found.items()}


def _principal(value: Any) -> dict[str, list[str]]:
    if not isinstance(value, Mapping):
        value = {"AWS": value}
    return {kind: sorted({_root(name) for name in _texts(names)}) for kind, names in value.items()}


def _root(name: str) -> str:
    """An account's number, which IAM gives back as the ARN of its root: compared without the partition."""
    if _ACCOUNT.fullmatch(name):
        return f"{name}:root"
    return re.sub(r"^arn:[\w-]+:iam::(\d{12}):root$", r"\1:root", name)


def _texts(value: Any) -> list[str]:
    """The values in order, each once."""
    return sorted(set(values(value)))


def _frozen(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    return tuple(value) if isinstance(value, list) else value
