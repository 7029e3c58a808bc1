# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a role's trust policy admits a service account's token, and if not, what differs.

Only what IRSA uses is read: federated principals, `StringEquals` and `StringLike` on the issuer's `aud` and `sub`
(https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html).
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import differences, documents

_ACTION = "sts:AssumeRoleWithWebIdentity"
_KNOWN = ("stringequals", "stringlike")


@dataclass(frozen=True)
class Claims:
    """What a token says: issuer (URL), audience and subject (`system:serviceaccount:<namespace>:<name>`)."""

    issuer: str
    audience: str
    subject: str

    def of_key(self, key: str) -> str | None:
        """The value of a condition key such as `oidc.eks.…/id/…:sub`; None for a key that the token does not answer."""
        issuer = self.issuer.removeprefix("https://").lower()
        return {f"{issuer}:aud": self.audience, f"{issuer}:sub": self.subject}.get(key.lower())


def refusals(trust: Mapping[str, Any], provider_arn: str, claims: Claims) -> list[str]:
    """Why the trust policy does not admit the token, one reason a statement; empty if it does.

    A Deny that holds for the token refuses it whatever else is allowed.
    """
    reasons, admitted = [], False
    for statement in documents.statements(trust):
        name = differences.statement_name(statement)
        if _is(statement, "deny"):
            if _denies(statement, provider_arn, claims):
                return [f"{name} denies it: {differences.written(statement)}"]
            continue
        found = list(_differences(statement, provider_arn, claims))
        admitted = admitted or not found
        reasons.append(f"{name}: {', '.join(found)}")
    return [] if admitted else reasons or [f"no statement allows {_ACTION}"]


def _is(statement: Mapping[str, Any], effect: str) -> bool:
    return str(statement.get("Effect")).lower() == effect


def _differences(statement: Mapping[str, Any], provider_arn: str, claims: Claims) -> Iterator[str]:
    if not _is_for_web_identities(statement):
        element = "NotAction" if "NotAction" in statement else "Action"
        but = "all but " if element == "NotAction" else ""
        yield f"it allows {but}{differences.written(statement.get(element, []))}, which is not {_ACTION}"
    principal = statement.get("Principal", {})
    federated = documents.values(principal.get("Federated")) if isinstance(principal, Mapping) else []
    if provider_arn not in federated:
        yield f"it trusts {' '.join(federated) or 'no identity provider'}, the token's is {provider_arn}"
    for operator, key, wanted in _conditions(statement):
        value = claims.of_key(key)
        if not _holds(operator, value, wanted):
            yield f"{key} must be {' or '.join(wanted)}, the token says {value or 'nothing'}"


def _denies(statement: Mapping[str, Any], provider_arn: str, claims: Claims) -> bool:
    """Whether a Deny certainly holds for the token: where it is for AWS to decide, it is not taken for the reason."""
    principal = statement.get("Principal")
    everybody = "*" in documents.values(principal.get("AWS") if isinstance(principal, Mapping) else principal)
    named = isinstance(principal, Mapping) and provider_arn in documents.values(principal.get("Federated"))
    return (
        (everybody or named)
        and _is_for_web_identities(statement)
        and all(
            operator.lower() in _KNOWN and _holds(operator, claims.of_key(key), wanted)
            for operator, key, wanted in _conditions(statement)
        )
    )


def _is_for_web_identities(statement: Mapping[str, Any]) -> bool:
    """Whether the statement is for the action; the case of names does not count, and they may have wildcards."""
    element = "NotAction" if "NotAction" in statement else "Action"
    patterns = [action.lower() for action in documents.values(statement.get(element))]
    return any(fnmatch.fnmatchcase(_ACTION.lower(), one) for one in patterns) is (element == "Action")


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, wanted in keys.items():
            yield operator, key, documents.values(wanted)


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    if value is None:
        return False
    if operator.lower() == "stringequals":
        return value in wanted
    if operator.lower() == "stringlike":
        return any(fnmatch.fnmatchcase(value, pattern) for pattern in wanted)
    # An operator that IRSA does not use: AWS decides.
    return True
