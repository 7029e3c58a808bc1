# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a role for one service account: our trust statement, its policies, boundary, tags and settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, differences, documents, tags, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    Mark,
    refuse_another,
    refuse_unmarked,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role, Wanted, view


def plan(wanted: Wanted, actual: Role | None) -> Plan:
    """The changes that make the role what is wanted.

    Raises `Refused` for a role of another wiring, for one under another path or in other case, and for an unmarked one
    that would have to be changed or grants more than is wanted.
    """
    if actual is None:
        made = replace(wanted.finished(Role(wanted.name, wanted.path, documents.document())), policies=())
        after = wanted.finished(made)
        changes = (_create(wanted, made), *_changes(wanted, made, after))
        return Plan({}, view(wanted.wiring, after), changes, tuple(_size(wanted, after)))
    mark = wanted.wiring.mark(actual.tags)
    if mark is Mark.ANOTHER_WIRING:
        refuse_another("role", wanted.name, actual.tags)
    _check_place(wanted, actual)
    if mark is Mark.NONE:
        return _used(wanted, actual)
    after = wanted.finished(actual)
    before, changes = view(wanted.wiring, actual), tuple(_changes(wanted, actual, after))
    notices = (*_kept(wanted, actual), *_former_providers(wanted, actual), *_size(wanted, after))
    return Plan(before, view(wanted.wiring, after), changes, notices)


def _check_place(wanted: Wanted, actual: Role) -> None:
    """A role's name is unique in its account whatever its path and case, and neither can be changed."""
    if (actual.path, actual.name) != (wanted.path, wanted.name):
        raise Refused(
            f"The role {wanted.path}{wanted.name} exists as {actual.path}{actual.name}, and IAM takes no second one of "
            "this name: set epinio_iam_path and the role's name to these, or epinio_name_suffix for a name of its own."
        )


def _used(wanted: Wanted, actual: Role) -> Plan:
    """The plan for an unmarked role, which is used if it is what is wanted and left alone in any case."""
    differences = list(_differences(wanted, actual))
    if differences:
        refuse_unmarked("role", wanted.name, differences, actual.tags)
    found = view(wanted.wiring, actual)
    notice = f"Role {wanted.name} was not made by this collection; it is what is wanted and is used as it is."
    return Plan(found, found, notices=(notice, *_bounded(wanted, actual)))


def _differences(wanted: Wanted, actual: Role) -> Iterator[str]:
    yield from _differences_of_trust(wanted, actual)
    yield from (f"policy {arn} is not attached" for arn in wanted.policies if arn not in actual.policies)
    yield from (f"policy {arn} is attached" for arn in actual.policies if arn not in wanted.policies)
    yield from (f"it has the inline policy {name}" for name in actual.inline)
    if wanted.permissions_boundary not in (None, actual.permissions_boundary):
        boundary = actual.permissions_boundary or "none"
        yield f"its permissions boundary is {boundary} and must be {wanted.permissions_boundary}"
    if wanted.max_session_duration not in (None, actual.max_session_duration):
        yield f"its longest session is {actual.max_session_duration} s and must be {wanted.max_session_duration} s"


def _differences_of_trust(wanted: Wanted, actual: Role) -> Iterator[str]:
    statements = documents.statements(actual.trust)
    others = [one for one in statements if not documents.statement_equal(one, wanted.statement, named=False)]
    if len(others) == len(statements):
        lacking = f"it does not trust {trust.subject(wanted.wiring.namespace, wanted.service_account)}"
        near = differences.closest(others, wanted.statement)
        said = differences.of_statements(near, wanted.statement) if near else []
        yield f"{lacking} ({differences.statement_name(near)}: {', '.join(said)})" if near else lacking
    yield from (f"it {trust.described(one)}" for one in others)


def _kept(wanted: Wanted, actual: Role) -> Iterator[str]:
    """What somebody else added to a role of ours."""
    for one in documents.others(actual.trust, trust.SID):
        yield f"Role {wanted.name}: a trust statement that is not ours is kept; it {trust.described(one)}."
    for arn in actual.policies:
        if arn not in (*wanted.policies, *wanted.retired_policies):
            yield f"Role {wanted.name}: policy {arn} is attached besides ours and is kept."
    yield from _bounded(wanted, actual)
    others = sorted(set(actual.tags) - set(wanted.marked))
    if others:
        yield f"Role {wanted.name}: tags that are not ours are kept: {', '.join(others)}."


def _former_providers(wanted: Wanted, actual: Role) -> Iterator[str]:
    """The provider of a cluster that was made anew under its name: only the role still knows it."""
    for arn in trust.providers(actual.trust):
        if arn != arns.provider_arn(wanted.wiring.cluster, wanted.issuer):
            yield (
                f"Role {wanted.name} trusted OIDC provider {arn}, and the cluster has another issuer now. "
                f"{trust.provider_deletion(arn)}"
            )


def _bounded(wanted: Wanted, actual: Role) -> Iterator[str]:
    if actual.permissions_boundary and wanted.permissions_boundary is None:
        yield f"Role {wanted.name}: the permissions boundary {actual.permissions_boundary} is not ours and is kept."


def _size(wanted: Wanted, after: Role) -> Iterator[str]:
    size = documents.size(after.trust)
    if size > trust.USUAL_CHARACTERS:
        yield (
            f"Role {wanted.name}: the trust policy has {size} characters; AWS takes {trust.USUAL_CHARACTERS} "
            "unless the account's quota was raised."
        )


def _create(wanted: Wanted, made: Role) -> Change:
    arguments: dict[str, Any] = {
        "RoleName": wanted.name,
        "Path": wanted.path,
        "AssumeRolePolicyDocument": documents.text(made.trust),
        "Description": made.description,
        "MaxSessionDuration": made.max_session_duration,
        "Tags": tags.to_aws(made.tags),
    }
    if made.permissions_boundary:
        arguments["PermissionsBoundary"] = made.permissions_boundary
    return Change(f"create role {wanted.name}", "iam.create_role", arguments)


def _changes(wanted: Wanted, actual: Role, after: Role) -> Iterator[Change]:
    name = wanted.name
    lacking = tags.missing(after.tags, actual.tags)
    if lacking:
        summary = f"tag role {name} with {', '.join(sorted(lacking))}"
        yield Change(summary, "iam.tag_role", {"RoleName": name, "Tags": tags.to_aws(lacking)})
    if after.permissions_boundary != actual.permissions_boundary:
        yield Change(
            f"set the permissions boundary of role {name}",
            "iam.put_role_permissions_boundary",
            {"RoleName": name, "PermissionsBoundary": after.permissions_boundary},
        )
    if not documents.equal(after.trust, actual.trust):
        yield Change(
            f"let role {name} trust {trust.subject(wanted.wiring.namespace, wanted.service_account)}",
            "iam.update_assume_role_policy",
            {"RoleName": name, "PolicyDocument": documents.text(after.trust)},
        )
    settings = {"Description": after.description, "MaxSessionDuration": after.max_session_duration}
    if settings != {"Description": actual.description, "MaxSessionDuration": actual.max_session_duration}:
        # Both, always: IAM resets the one that is not sent.
        yield Change(
            f"set description and longest session of role {name}", "iam.update_role", {"RoleName": name, **settings}
        )
    yield from _attachments(name, actual.policies, after.policies)


def _attachments(name: str, actual: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Change]:
    # Attached first: jobs that run meanwhile never lack both policies.
    for arn in after:
        if arn not in actual:
            yield Change(f"attach {arn} to role {name}", "iam.attach_role_policy", {"RoleName": name, "PolicyArn": arn})
    for arn in actual:
        if arn not in after:
            arguments = {"RoleName": name, "PolicyArn": arn}
            yield Change(f"detach {arn} from role {name}", "iam.detach_role_policy", arguments)
