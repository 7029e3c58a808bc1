"""The Condition element.

Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and "Condition with multiple keys or values":
all operators and keys must hold; one of a key's values is enough, for a negated operator none may match.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import ipaddress
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.aws.policies import patterns
from sandbox.aws.policies.patterns import Context

Test = Callable[[str, str], bool]


def _numeric(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, actual: str) -> bool:
        try:
            return compare(float(actual), float(wanted))
        except ValueError:
            return False

    return test


def _moment(text: str) -> float:
    """Seconds since 1970 of a date as policies write it: ISO 8601, or the seconds themselves."""
    if text.replace(".", "", 1).isdigit():
        return float(text)
    moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp()


def _date(compare: Callable[[float, float], bool]) -> Test:
    def test(wanted: str, actual: str) -> bool:
        try:
            return compare(_moment(actual), _moment(wanted))
        except ValueError:
            return False

    return test


def _in_network(wanted: str, actual: str) -> bool:
    try:
        return ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


def _equal_ignoring_case(wanted: str, actual: str) -> bool:
    return wanted.casefold() == actual.casefold()


TESTS: dict[str, Test] = {
    "StringEquals": operator.eq,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": patterns.matches,
    "NumericEquals": _numeric(operator.eq),
    "NumericLessThan": _numeric(operator.lt),
    "NumericLessThanEquals": _numeric(operator.le),
    "NumericGreaterThan": _numeric(operator.gt),
    "NumericGreaterThanEquals": _numeric(operator.ge),
    "DateEquals": _date(operator.eq),
    "DateLessThan": _date(operator.lt),
    "DateLessThanEquals": _date(operator.le),
    "DateGreaterThan": _date(operator.gt),
    "DateGreaterThanEquals": _date(operator.ge),
    "Bool": _equal_ignoring_case,
    "BinaryEquals": operator.eq,
    "IpAddress": _in_network,
    "ArnEquals": patterns.arn_matches,
    "ArnLike": patterns.arn_matches,
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
OPERATORS = {name.casefold(): name for name in (*TESTS, *NEGATED, "Null")}


@dataclass(frozen=True)
class Operator:
    """An operator's name taken apart: `ForAnyValue:StringLikeIfExists`."""

    base: str
    quantifier: str
    if_exists: bool


def parsed_operator(text: str) -> Operator | None:
    """The operator, whose name is not case-sensitive, or None if there is no such operator."""
    quantifier, _, name = text.rpartition(":")
    if quantifier.casefold() not in ("", "foranyvalue", "forallvalues"):
        return None
    if_exists = name.casefold().endswith("ifexists") and name.casefold() != "null"
    base = OPERATORS.get((name[: -len("IfExists")] if if_exists else name).casefold())
    return Operator(base, quantifier.casefold(), if_exists) if base else None


def hold(conditions: Mapping[str, Mapping[str, Sequence[str]]], context: Context) -> bool:
    """Whether every operator holds for every key that it names. An operator that does not exist never holds."""
    return all(
        (parsed := parsed_operator(text)) is not None and _holds(parsed, key, values, context)
        for text, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(parsed: Operator, key: str, wanted: Sequence[str], context: Context) -> bool:
    actual = context.get(key.lower())
    if parsed.base == "Null":
        return any((actual is None) == (value.casefold() == "true") for value in wanted)
    negated = parsed.base in NEGATED
    if actual is None:
        return parsed.if_exists or parsed.quantifier == "forallvalues" or (negated and not parsed.quantifier)
    test = TESTS[NEGATED.get(parsed.base, parsed.base)]
    expected = [value for each in wanted if (value := patterns.substituted(each, context)) is not None]

    def matched(value: str) -> bool:
        return any(test(each, value) for each in expected) != negated

    return all(map(matched, actual)) if parsed.quantifier == "forallvalues" or negated else any(map(matched, actual))
