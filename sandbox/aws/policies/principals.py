"""The Principal element: whom a resource-based policy or a trust policy means.

Source: IAM User Guide, "AWS JSON policy elements: Principal": an account (its root ARN or its number) hands the
decision to that account's own policies; a role's ARN means the sessions of that role; names are never wildcards.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.aws.policies.documents import Statement

ACCOUNT = re.compile(r"(?:arn:[^:]+:iam::)?(\d{12})(?::root)?")


class Grant(enum.IntEnum):
    """How directly a policy names a principal; more is more direct."""

    NONE = 0
    ACCOUNT = 1
    """Its account: the account's identity-based policies decide."""
    ROLE = 2
    """Its role or everybody: enough in the same account, within a boundary and a session policy."""
    SELF = 3
    """Itself: the user or the session."""


@dataclass(frozen=True)
class Principal:
    """Who calls.

    - `account`: twelve digits
    - `arn`: a user's or a session's, or a provider's for a web identity
    - `role_arn`: the role of a session
    - `kind`: the key of the Principal element that can name it: AWS or Federated
    """

    account: str
    arn: str
    role_arn: str | None = None
    kind: str = "AWS"


def named(principals: Mapping[str, list[str]], principal: Principal) -> Grant:
    """How directly the element names the principal."""
    return max((_named(value, principal) for value in principals.get(principal.kind, ())), default=Grant.NONE)


def _named(value: str, principal: Principal) -> Grant:
    if value == principal.arn:
        return Grant.SELF
    if value in ("*", principal.role_arn):
        return Grant.ROLE
    account = ACCOUNT.fullmatch(value)
    return Grant.ACCOUNT if account and account.group(1) == principal.account else Grant.NONE


def addressed(statement: Statement, principal: Principal) -> Grant:
    """How directly a statement of a resource-based policy addresses the principal."""
    if statement.not_principals is not None:
        return Grant.NONE if named(statement.not_principals, principal) else Grant.ROLE
    return named(statement.principals or {}, principal)
