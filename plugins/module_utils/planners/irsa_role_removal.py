# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the removal of a role: what is ours is detached and goes; what somebody else added keeps the role."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, documents, names, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners import removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role, view


@dataclass(frozen=True)
class Unwanted:
    """The role that shall go. `policies` are the ARNs that this collection attaches to it, `tags` the user's own.

    `issuer` is the cluster's, `""` if nobody knows it any more.
    """

    wiring: Wiring
    name: str
    policies: tuple[str, ...] = ()
    tags: Mapping[str, Any] = field(default_factory=dict)
    issuer: str = ""

    def __post_init__(self) -> None:
        names.check_name("role", self.name)
        for policy in self.policies:
            arns.check_policy_arn(policy, "policies or retired_policies")
        if self.issuer:
            trust.check_issuer(self.issuer)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)


def plan(unwanted: Unwanted, actual: Role | None) -> Plan:
    """The changes that take the role away, or what is ours out of it if somebody else uses it.

    A role without this wiring's mark is not touched.
    """
    if actual is None:
        return Plan({}, {})
    before, delete = view(unwanted.wiring, actual), f"aws iam delete-role --role-name {actual.name}"
    kept = removal.foreign(unwanted.wiring, f"role {actual.name}", actual.tags, delete)
    if kept:
        return Plan(before, before, residue=(kept,))
    additions = dict(_additions(unwanted, actual))
    if additions:
        after = _without_ours(unwanted, actual)
        residue = (_residue(after, additions, delete), *_former_providers(unwanted, actual, after.trust))
        return Plan(before, view(unwanted.wiring, after), tuple(_changes(actual, after)), residue=residue)
    # https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html: nothing may be attached.
    gone = Change(f"delete role {actual.name}", "iam.delete_role", {"RoleName": actual.name})
    changes = (*_changes(actual, replace(actual, policies=())), gone)
    residue = tuple(_former_providers(unwanted, actual, {}))
    return Plan(before, {}, changes, tuple(_lost(unwanted, actual)), residue)


def _additions(unwanted: Unwanted, actual: Role) -> Iterator[tuple[str, str]]:
    """What somebody else added, as clauses with the commands that take it away. A statement goes with the role."""
    role = f"--role-name {actual.name}"
    for arn in actual.policies:
        if arn not in unwanted.policies:
            yield f"policy {arn} is attached", f"aws iam detach-role-policy {role} --policy-arn {arn}"
    for name in actual.inline:
        yield f"it has the inline policy {name}", f"aws iam delete-role-policy {role} --policy-name {name}"
    for name in actual.instance_profiles:
        command = f"aws iam remove-role-from-instance-profile {role} --instance-profile-name {name}"
        yield f"it is in the instance profile {name}", command
    for one in documents.others(actual.trust, trust.SID):
        yield f"it {trust.described(one)}", ""


def _without_ours(unwanted: Unwanted, actual: Role) -> Role:
    """The role that stays; its trust policy stays as it is where IAM would not take it without our statement."""
    left = documents.without_statement(actual.trust, trust.SID)
    takes = documents.statements(left) and not trust.deleted_principals(left)
    policies = tuple(arn for arn in actual.policies if arn not in unwanted.policies)
    return replace(actual, policies=policies, trust=left if takes else actual.trust)


def _residue(after: Role, additions: Mapping[str, str], delete: str) -> Residue:
    clauses = list(additions)
    if documents.others(after.trust, trust.SID) != documents.statements(after.trust):
        deleted = ", ".join(trust.deleted_principals(after.trust))
        why = f"that names a deleted user or role ({deleted})" if deleted else "without a statement"
        clauses.append(f"our trust statement stays with it, because IAM takes no trust policy {why}")
    commands = [*filter(None, additions.values()), delete]
    advice = f"If nobody needs it any more, run: {' && '.join(commands)}"
    return Residue(f"role {after.name}", f"somebody else uses it: {'; '.join(clauses)}", advice)


def _former_providers(unwanted: Unwanted, actual: Role, left: documents.Document) -> Iterator[Residue]:
    """The provider of a cluster that is gone, or was made anew: only the roles that trusted it still know it.

    The text is the same for every role, so that it is said once. Whether the provider is still there is not asked.
    """
    present = arns.provider_arn(unwanted.wiring.cluster, unwanted.issuer) if unwanted.issuer else ""
    reason = "the cluster has another issuer now" if present else "the cluster's issuer is not known any more"
    for arn in trust.providers(actual.trust):
        if arn != present and arn not in trust.providers(left):
            yield Residue(
                f"OIDC provider {arn}", f"roles of this wiring trusted it, and {reason}", trust.provider_deletion(arn)
            )


def _changes(actual: Role, after: Role) -> Iterator[Change]:
    name = actual.name
    for arn in actual.policies:
        if arn not in after.policies:
            arguments = {"RoleName": name, "PolicyArn": arn}
            yield Change(f"detach {arn} from role {name}", "iam.detach_role_policy", arguments)
    if not documents.equal(after.trust, actual.trust):
        yield Change(
            f"take our statement out of the trust policy of role {name}",
            "iam.update_assume_role_policy",
            {"RoleName": name, "PolicyDocument": documents.text(after.trust)},
        )


def _lost(unwanted: Unwanted, actual: Role) -> Iterator[str]:
    others = sorted(set(actual.tags) - set(unwanted.marked))
    if others:
        yield f"Role {actual.name}: tags that are not ours go with it: {', '.join(others)}."
