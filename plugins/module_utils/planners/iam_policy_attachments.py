# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan to which roles of somebody else's, those of nodes, a managed policy is attached.

Nothing of such a role is ours but the attachment of our policy. Other attachments are never touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ansible_collections.epinio.aws.plugins.module_utils.domain import names, wording
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
USUAL_POLICIES = 10


@dataclass(frozen=True)
class Attachments:
    """Names of roles that the policy is to be attached to, and of those that it is to be detached from."""

    attach_to: tuple[str, ...] = ()
    detach_from: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for role in (*self.attach_to, *self.detach_from):
            names.check_name("node role", role)
        both = sorted(set(self.attach_to) & set(self.detach_from))
        if both:
            raise Refused(f"Role {both[0]} is in attach_to and in detach_from: name it in one of them.")

    def lacking(self, actual: Policy | None) -> tuple[str, ...]:
        """The roles that it is not attached to yet, in the order in which they are wanted."""
        has = attached_to(actual)
        return tuple(role for role in dict.fromkeys(self.attach_to) if role not in has)

    def ending(self, actual: Policy | None) -> tuple[str, ...]:
        """The roles that it has to be detached from; one that is gone is not among them."""
        has = attached_to(actual)
        return tuple(role for role in dict.fromkeys(self.detach_from) if role in has)


def attached_to(actual: Policy | None) -> list[str]:
    """The names of the roles that it is attached to, sorted."""
    uses = actual.uses if actual else ()
    return sorted(use.name for use in uses if use.kind == "role" and not use.boundary)


def extended(base: Plan, wanted: Attachments, actual: Policy | None, roles: Mapping[str, int | None]) -> Plan:
    """The plan of a policy that is to exist, with its attachments.

    `roles` has for each that lacks it how many policies are attached to it, `None` if there is no such role. Raises
    `Refused` for these.
    """
    missing = [role for role, count in roles.items() if count is None]
    if missing:
        raise Refused(
            f"There is no role {wording.either(missing)} in the account, so no policy can be attached to it. Correct "
            "epinio_node_role_names (names, without a path), or leave it out so that the roles are found."
        )
    lacking, ending = wanted.lacking(actual), wanted.ending(actual)
    has = attached_to(actual)
    after = sorted({*has, *lacking} - {*ending})
    # Attached first: a pod that moves from one node to another meanwhile never lacks the policy.
    changes = (*_attach(base.after["arn"], lacking), *detach(base.after["arn"], ending))
    return replace(
        base,
        before={**base.before, "attached_to": has} if actual else base.before,
        after={**base.after, "attached_to": after},
        changes=(*base.changes, *changes),
        notices=(*base.notices, *_full(roles)),
    )


def detach(arn: str, roles: Iterable[str]) -> Iterator[Change]:
    """The changes that detach it."""
    for role in roles:
        arguments = {"RoleName": role, "PolicyArn": arn}
        yield Change(f"detach {arn} from role {role}", "iam.detach_role_policy", arguments)


def _attach(arn: str, roles: Iterable[str]) -> Iterator[Change]:
    for role in roles:
        yield Change(f"attach {arn} to role {role}", "iam.attach_role_policy", {"RoleName": role, "PolicyArn": arn})


def _full(roles: Mapping[str, int | None]) -> Iterator[str]:
    """What the account's own quota is, nobody has asked."""
    for role, count in roles.items():
        if count is not None and count >= USUAL_POLICIES:
            yield (
                f"Role {role} has {count} policies attached: AWS takes {USUAL_POLICIES} unless the account's quota for "
                "managed policies per role was raised. If it refuses one more, have that raised, or detach what the "
                "nodes do not need."
            )
