# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a role for one service account: our trust statement, its policies, boundary, tags and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, documents, names, tags, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    Mark,
    Wiring,
    refuse_another,
    refuse_unmarked,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan

# Seconds. What IAM sets when nobody says otherwise, and its limits (botocore's model of CreateRole).
USUAL_SESSION = 3600
LONGEST_SESSION = 43200
# Tags by which the tools that own a role can be told.
_OWNERS = ("aws:cloudformation:", "alpha.eksctl.io/", "eksctl.cluster.k8s.io/")


@dataclass(frozen=True)
class Role:
    """A role that exists.

    `policies` are the ARNs attached; `inline` the names of inline policies, read of unmarked roles only.
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


@dataclass(frozen=True)
class Wanted:
    """The role as it is wanted; names and sizes are checked before any call.

    `permissions_boundary` and `max_session_duration` (seconds) are left as they are where they are `None`.
    """

    wiring: Wiring
    name: str
    path: str
    issuer: str
    service_account: str
    policies: tuple[str, ...]
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
        if self.permissions_boundary is not None:
            arns.check_policy_arn(self.permissions_boundary, "epinio_permissions_boundary")
        session = USUAL_SESSION if self.max_session_duration is None else self.max_session_duration
        if not USUAL_SESSION <= session <= LONGEST_SESSION:
            raise Refused(f"max_session_duration is {session}: IAM takes {USUAL_SESSION} to {LONGEST_SESSION} seconds.")
        trust.check_issuer(self.issuer)
        trust.subject(self.wiring.namespace, self.service_account)

    @property
    def arn(self) -> str:
        # Just after creation IAM may answer with a unique id in the place of the ARN: it is computed, never read.
        return arns.role_arn(self.wiring.cluster, self.path, self.name)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)

    @property
    def statement(self) -> dict[str, Any]:
        return trust.statement(self.wiring, self.issuer, self.service_account)

    def finished(self, actual: Role) -> Role:
        """The role after the changes."""
        return replace(
            actual,
            trust=documents.with_statement(actual.trust, self.statement),
            tags={**actual.tags, **self.marked},
            policies=tuple(dict.fromkeys((*actual.policies, *self.policies))),
            permissions_boundary=self.permissions_boundary or actual.permissions_boundary,
            description=self.description,
            max_session_duration=self.max_session_duration or actual.max_session_duration,
        )


def plan(wanted: Wanted, actual: Role | None) -> Plan:
    """The changes that make the role what is wanted.

    Raises `Refused` for a role of another wiring, for one under another path or in other case, and for an unmarked one
    that would have to be changed or grants more than is wanted.
    """
    if actual is None:
        made = replace(wanted.finished(Role(wanted.name, wanted.path, documents.document())), policies=())
        after = wanted.finished(made)
        changes = (_create(wanted, made), *_changes(wanted, made, after))
        return Plan({}, _view(wanted, after), changes, tuple(_size(wanted, after)))
    mark = wanted.wiring.mark(actual.tags)
    if mark is Mark.ANOTHER_WIRING:
        refuse_another("role", wanted.name, actual.tags)
    _check_place(wanted, actual)
    if mark is Mark.NONE:
        return _used(wanted, actual)
    after = wanted.finished(actual)
    notices = (*_kept(wanted, actual), *_size(wanted, after))
    return Plan(_view(wanted, actual), _view(wanted, after), tuple(_changes(wanted, actual, after)), notices)


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
        refuse_unmarked("role", wanted.name, [*differences, *_owners(actual)])
    view = _view(wanted, actual)
    notice = f"Role {wanted.name} was not made by this collection; it is what is wanted and is used as it is."
    return Plan(view, view, notices=(notice, *_bounded(wanted, actual)))


def _differences(wanted: Wanted, actual: Role) -> Iterator[str]:
    statements = documents.statements(actual.trust)
    if not any(documents.statement_equal(one, wanted.statement, named=False) for one in statements):
        yield f"it does not trust {trust.subject(wanted.wiring.namespace, wanted.service_account)}"
    for one in statements:
        if not documents.statement_equal(one, wanted.statement, named=False):
            yield f"it trusts {trust.described(one)}"
    yield from (f"policy {arn} is not attached" for arn in wanted.policies if arn not in actual.policies)
    yield from (f"policy {arn} is attached" for arn in actual.policies if arn not in wanted.policies)
    yield from (f"it has the inline policy {name}" for name in actual.inline)
    if wanted.permissions_boundary not in (None, actual.permissions_boundary):
        yield f"its permissions boundary is {actual.permissions_boundary or 'none'}"
    if wanted.max_session_duration not in (None, actual.max_session_duration):
        yield f"its longest session is {actual.max_session_duration} s"


def _owners(actual: Role) -> Iterator[str]:
    found = sorted(key for key in actual.tags if key.startswith(_OWNERS))
    if found:
        yield f"CloudFormation or eksctl owns it, as its tags {', '.join(found)} say"


def _kept(wanted: Wanted, actual: Role) -> Iterator[str]:
    """What somebody else added to a role of ours."""
    for one in documents.others(actual.trust, trust.SID):
        yield f"Role {wanted.name}: a trust statement that is not ours is kept; it trusts {trust.described(one)}."
    for arn in actual.policies:
        if arn not in wanted.policies:
            yield f"Role {wanted.name}: policy {arn} is attached besides ours and is kept."
    yield from _bounded(wanted, actual)
    others = sorted(set(actual.tags) - set(wanted.marked))
    if others:
        yield f"Role {wanted.name}: tags that are not ours are kept: {', '.join(others)}."


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
    for arn in after.policies:
        if arn not in actual.policies:
            yield Change(f"attach {arn} to role {name}", "iam.attach_role_policy", {"RoleName": name, "PolicyArn": arn})


def _view(wanted: Wanted, role: Role) -> dict[str, Any]:
    view = asdict(role) | {"arn": wanted.arn, "policies": sorted(role.policies)}
    del view["inline"]
    return view
