"""What the answers made here have in common."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.aws import answers, moto_internals
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import Refused, no_such_entity
from sandbox.aws.iam.scope import Scope

PAGE = 100

# The answer, or None for a call that moto shall answer.
Handler = Callable[[Scope, Consistency], "Answer | None"]


def done(scope: Scope) -> Answer:
    """The answer of a call that returns nothing."""
    return answers.xml("iam", scope.operation, {})


def page(items: Sequence[Any], scope: Scope) -> tuple[Sequence[Any], dict[str, Any]]:
    """The asked part of a list, and what says whether there is more."""
    marker = scope.parameters.get("Marker", "0")
    if not marker.isdigit():
        raise Refused("ValidationError", "Invalid Marker")
    start, end = int(marker), int(marker) + scope.parameters.get("MaxItems", PAGE)
    more = {"IsTruncated": True, "Marker": str(end)} if end < len(items) else {"IsTruncated": False}
    return items[start:end], more


def existing_policy(scope: Scope) -> Any:
    """moto's policy that the call names."""
    arn = scope.parameters["PolicyArn"]
    found = moto_internals.policy(scope.backend, arn)
    if found is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    return found
