# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the removal of a managed policy: it goes with all its versions, unless somebody else uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, names
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners import removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Use, view
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy_attachments import (
    Attachments,
    attached_to,
    detach,
)


@dataclass(frozen=True)
class Unwanted:
    """The policy that shall go.

    `released_by` are names of roles that the same play deletes before, or detaches it from: the planning pass still
    sees them, and IAM may show them for a while in the run that follows. `attachments` has the roles that it is to be
    detached from here; `None` if it is detached from nobody. `kept_for` are names of roles that the wiring's other mode
    has attached it to, or may have.
    """

    wiring: Wiring
    name: str
    path: str
    released_by: tuple[str, ...] = ()
    attachments: Attachments | None = None
    kept_for: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names.check_name("policy", self.name)
        names.check_path(self.path)
        for role in (*self.released_by, *self.kept_for):
            names.check_name("role", role)

    @property
    def arn(self) -> str:
        return arns.policy_arn(self.wiring.cluster, self.path, self.name)

    def releases(self, use: Use) -> bool:
        """Whether this use of the policy has ended, or will have."""
        return use.kind == "role" and use.name in self.released_by

    def is_of_other_mode(self, use: Use) -> bool:
        """Whether this use of the policy ends with the wiring's other mode."""
        return use.kind == "role" and not use.boundary and use.name in self.kept_for


def plan(unwanted: Unwanted, actual: Policy | None) -> Plan:
    """The changes that take the policy away. One without this wiring's mark, or that somebody else uses, stays.

    Detached is also one without a mark, which was used as it is; what another wiring has is left alone.
    """
    if actual is None:
        return Plan({}, {})
    before = _view(unwanted, actual)
    subject, delete = f"policy {unwanted.name}", f"aws iam delete-policy --policy-arn {actual.arn}"
    kept = removal.foreign(unwanted.wiring, subject, actual.tags, delete)
    ending = _ending(unwanted, actual)
    left = replace(actual, uses=tuple(use for use in actual.uses if use not in ending))
    uses = tuple(use for use in left.uses if not unwanted.releases(use))
    if kept is None and uses:
        kept = _residue(unwanted, subject, uses)
    detached = tuple(detach(actual.arn, [use.name for use in ending]))
    if kept:
        return Plan(before, _view(unwanted, left), detached, residue=(kept,))
    return Plan(before, {}, (*detached, *_changes(unwanted.name, actual)))


def _ending(unwanted: Unwanted, actual: Policy) -> tuple[Use, ...]:
    if unwanted.attachments is None or unwanted.wiring.mark(actual.tags) is Mark.ANOTHER_WIRING:
        return ()
    return tuple(Use("role", role) for role in unwanted.attachments.ending(actual))


def _view(unwanted: Unwanted, actual: Policy) -> dict[str, Any]:
    shown = view(actual.arn, actual.document, actual.tags)
    return shown if unwanted.attachments is None else {**shown, "attached_to": attached_to(actual)}


def _residue(unwanted: Unwanted, subject: str, uses: tuple[Use, ...]) -> Residue:
    wired = [f"{use.kind} {use.name}" for use in uses if unwanted.is_of_other_mode(use)]
    if wired:
        # Who else has it keeps nothing yet: that is said when the other mode is taken down.
        reason = f"the other mode of this wiring uses it: it is attached to {', '.join(wired)}"
        return Residue(subject, reason, "It goes when that mode is taken down.")
    attached = [f"{use.kind} {use.name}" for use in uses if not use.boundary]
    bounded = [f"{use.kind} {use.name}" for use in uses if use.boundary]
    clauses = [f"it is attached to {', '.join(attached)}"] if attached else []
    if bounded:
        clauses.append(f"it is the permissions boundary of {', '.join(bounded)}")
    commands = " && ".join(_command(use, unwanted.arn) for use in uses)
    advice = f"If that can end, run this, then remove it again: {commands}"
    return Residue(subject, f"somebody else uses it: {'; '.join(clauses)}", advice)


def _command(use: Use, arn: str) -> str:
    entity = f"--{use.kind}-name {use.name}"
    if use.boundary:
        return f"aws iam delete-{use.kind}-permissions-boundary {entity}"
    return f"aws iam detach-{use.kind}-policy {entity} --policy-arn {arn}"


def _changes(name: str, actual: Policy) -> Iterator[Change]:
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html: the default version goes with it, the
    # others have to be gone.
    for version in actual.versions:
        yield Change(
            f"delete version {version} of policy {name}",
            "iam.delete_policy_version",
            {"PolicyArn": actual.arn, "VersionId": version},
        )
    yield Change(f"delete policy {name}", "iam.delete_policy", {"PolicyArn": actual.arn})
