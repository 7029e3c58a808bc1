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

from ansible_collections.epinio.aws.plugins.module_utils.domain import documents

_ACTIONS = ("sts:AssumeRoleWithWebIdentity", "sts:*", "*")


@dataclass(frozen=True)
class Claims:
    """What a token says: issuer (URL), audience and subject (`system:serviceaccount:<namespace>:<name>`)."""

    issuer: str
    audience: str
    subject: str

    def of_key(self, key: str) -> str | None:
        """The value of a condition key such as `oidc.eks.…/id/…:sub`; None for a key that the token does not answer."""
        issuer = self.issuer.removeprefix("https://")
        return {f"{issuer}:aud": self.audience, f"{issuer}:sub": self.subject}.get(key)


def refusals(trust: Mapping[str, Any], provider_arn: str, claims: Claims) -> list[str]:
    """Why no statement of the trust policy admits the token, one reason a statement; empty if one does."""
    reasons = []
    for statement in documents.statements(trust):
        if statement.get("Effect") != "Allow" or not set(documents.values(statement.get("Action"))) & set(_ACTIONS):
            continue
        found = list(_differences(statement, provider_arn, claims))
        if not found:
            return []
        reasons.append(f"statement {statement.get('Sid', 'without Sid')}: {', '.join(found)}")
    return reasons or ["no statement allows sts:AssumeRoleWithWebIdentity"]


def _differences(statement: Mapping[str, Any], provider_arn: str, claims: Claims) -> Iterator[str]:
    principal = statement.get("Principal", {})
    federated = documents.values(principal.get("Federated")) if isinstance(principal, Mapping) else []
    if provider_arn not in federated:
        yield f"it trusts {' '.join(federated) or 'no identity provider'}, the token's is {provider_arn}"
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            value = claims.of_key(key)
            if not _holds(operator, value, documents.values(wanted)):
                yield f"{key} must be {' or '.join(documents.values(wanted))}, the token says {value or 'nothing'}"


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    if value is None:
        return False
    if operator == "StringEquals":
        return value in wanted
    if operator == "StringLike":
        return any(fnmatch.fnmatchcase(value, pattern) for pattern in wanted)
    # An operator that IRSA does not use: AWS decides.
    return True
