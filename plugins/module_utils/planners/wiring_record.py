# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what is noted in the record of roles of nodes, before a policy is attached to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, attachments, names
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan


@dataclass(frozen=True)
class Wanted:
    """The roles that a policy, by its ARN, is about to be attached to."""

    policy: str
    roles: tuple[str, ...]

    def __post_init__(self) -> None:
        arns.check_policy_arn(self.policy, "policy")
        for role in self.roles:
            names.check_name("node role", role)


def plan(wanted: Wanted, actual: Record | None) -> Plan:
    """The change that notes the roles beside those that are noted already."""
    known = actual.attachments.get(wanted.policy, ()) if actual else ()
    lacking = sorted({role for role in wanted.roles if role not in known})
    if not lacking:
        return Plan(view(actual), view(actual))
    change = Change(
        f"note in Secret {records.NAME} that {wanted.policy} is attached to {described(lacking)}",
        "record.note_attachments",
        {"policy": wanted.policy, "roles": lacking},
    )
    return Plan(view(actual), view(attachments.noted(actual, wanted.policy, lacking)), (change,))


def described(roles: list[str]) -> str:
    """Roles in a sentence."""
    return f"role{'s' if len(roles) > 1 else ''} {', '.join(roles)}"


def view(record: Record | None) -> dict[str, Any]:
    """The record in the shape that the module returns. No value of the release is in it."""
    if record is None:
        return {"modes": [], "attachments": {}}
    noted = {policy: sorted(record.attachments[policy]) for policy in sorted(record.attachments)}
    return {"modes": sorted(record.modes), "attachments": noted}
