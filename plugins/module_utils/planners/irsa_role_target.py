# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role for one service account: as IAM holds it, and as it is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, documents, names, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Seconds. What IAM sets when nobody says otherwise, and its limits (botocore's model of CreateRole).
USUAL_SESSION = 3600
LONGEST_SESSION = 43200


@dataclass(frozen=True)
class Role:
    """A role that exists.

    `policies` are the ARNs attached. `inline` are the names of its inline policies, read of unmarked roles and at a
    removal; `instance_profiles` those of the instance profiles that contain it, read at a removal only.
    """

    name: str
    path: str
    trust: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    description: str = ""
    max_session_duration: int = USUAL_SESSION
    inline: tuple[str, ...] = ()
    instance_profiles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """The role as it is wanted; names and sizes are checked before any call.

    `retired_policies` are ARNs of this wiring's other policies, which the role may have had and must not have.
    `permissions_boundary` and `max_session_duration` (seconds) are left as they are where they are `None`.
    """

    wiring: Wiring
    name: str
    path: str
    issuer: str
    service_account: str
    policies: tuple[str, ...]
    retired_policies: tuple[str, ...] = ()
    permissions_boundary: str | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    description: str = ""
    max_session_duration: int | None = None

    def __post_init__(self) -> None:
        names.check_name("role", self.name)
        names.check_path(self.path)
        names.check_description(self.description)
        names.check_tags(self.marked)
        for policy in self.policies:
            arns.check_policy_arn(policy, "policies")
        for policy in self.retired_policies:
            arns.check_policy_arn(policy, "retired_policies")
            if policy in self.policies:
                raise Refused(f"The policy {policy} is in policies and in retired_policies: take it out of one.")
        if self.permissions_boundary is not None:
            arns.check_boundary(self.wiring.cluster, self.permissions_boundary)
        session = USUAL_SESSION if self.max_session_duration is None else self.max_session_duration
        if not USUAL_SESSION <= session <= LONGEST_SESSION:
            raise Refused(f"max_session_duration is {session}: IAM takes {USUAL_SESSION} to {LONGEST_SESSION} seconds.")
        trust.check_issuer(self.issuer)
        trust.subject(self.wiring.namespace, self.service_account)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)

    @property
    def statement(self) -> dict[str, Any]:
        return trust.statement(self.wiring, self.issuer, self.service_account)

    def finished(self, actual: Role) -> Role:
        """The role after the changes."""
        policies = dict.fromkeys((*actual.policies, *self.policies))
        return replace(
            actual,
            trust=documents.with_statement(actual.trust, self.statement),
            tags={**actual.tags, **self.marked},
            policies=tuple(arn for arn in policies if arn not in self.retired_policies),
            permissions_boundary=self.permissions_boundary or actual.permissions_boundary,
            description=self.description,
            max_session_duration=self.max_session_duration or actual.max_session_duration,
        )


def view(owner: Wiring, role: Role) -> dict[str, Any]:
    """The role as the module returns it."""
    # Just after creation IAM may answer with a unique id in the place of the ARN: it is computed, never read.
    arn = arns.role_arn(owner.cluster, role.path, role.name)
    shown = asdict(role) | {"arn": arn, "policies": sorted(role.policies)}
    del shown["inline"], shown["instance_profiles"]
    return shown
