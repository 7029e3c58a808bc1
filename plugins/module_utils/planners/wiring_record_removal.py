# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan what is forgotten in the record once a policy is detached from roles of nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain import attachments
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.wiring_record import described, view


@dataclass(frozen=True)
class Unwanted:
    """What is to be forgotten: roles of a policy, `None` for all of them; with the policy `""` everything."""

    policy: str = ""
    roles: tuple[str, ...] | None = None


def plan(unwanted: Unwanted, actual: Record | None) -> Plan:
    """The changes that forget it.

    The Secret goes with the last of what it holds, which no change says: to a play that plans first the release's part
    is still there, and its changes are to be those of the run that follows.
    """
    changes, after = tuple(_changes(unwanted, actual)), actual
    for change in changes:
        after = after and attachments.forgotten(after, **change.arguments)
    return Plan(view(actual), view(after), changes)


def _changes(unwanted: Unwanted, actual: Record | None) -> Iterator[Change]:
    for policy, noted in sorted(actual.attachments.items()) if actual else ():
        roles = [role for role in noted if unwanted.roles is None or role in unwanted.roles]
        if roles and unwanted.policy in ("", policy):
            summary = f"forget in Secret {records.NAME} that {policy} was attached to {described(roles)}"
            yield Change(summary, "record.forget_attachments", {"policy": policy, "roles": roles})
