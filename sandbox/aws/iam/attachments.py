"""Which managed policies roles, users and groups have, as IAM tells it and moto does not.

moto counts a second attachment, takes any number of them, looks at the first hundred roles only and knows no boundaries
in its counts. What was detached a moment ago still counts here, for reads and for deletions: terraform-provider-aws
calls DeleteRole again after DeleteConflict for that reason (internal/service/iam/role.go).

Sources: botocore's IAM model (PolicyUsageFilter: "If it is not included, all policies are returned"; AttachmentCount,
PermissionsBoundaryUsageCount, UpdateDate) and, for the quota, the IAM quotas page.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws import answers, moto_internals
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import Refused, quota_exceeded
from sandbox.aws.iam import replies
from sandbox.aws.iam.replies import Handler
from sandbox.aws.iam.scope import ENTITIES, Scope
from sandbox.aws.moto_internals import Entity

MOST = 10
PERMISSIONS, BOUNDARY = "PermissionsPolicy", "PermissionsBoundary"
LIST_NAMES = {"role": "PolicyRoles", "user": "PolicyUsers", "group": "PolicyGroups"}
FILTERS = {"Role": "role", "User": "user", "Group": "group"}
ATTACH, DETACH = ([f"{verb}{kind.capitalize()}Policy" for kind in ENTITIES] for verb in ("Attach", "Detach"))


def note(scope: Scope, consistency: Consistency) -> None:
    """Tells consistency of an attachment that the call has made or ended."""
    if scope.named and scope.operation in (*ATTACH, *DETACH):
        key = _key(scope, *scope.named, scope.parameters["PolicyArn"])
        (consistency.ended if scope.operation in DETACH else consistency.renewed)(key)


def check_unused(scope: Scope, consistency: Consistency) -> None:
    """Refuses to delete what is attached, or was a moment ago.

    Texts: public issues rebuy-de/aws-nuke#1, 99designs/iamy#22; boundaries: gruntwork-io/cloud-nuke#972.
    """
    if scope.operation == "DeletePolicy":
        _check_policy_unused(scope, consistency)
    if scope.operation == "DeleteRole":
        found = moto_internals.entity(scope.backend, "role", scope.parameters["RoleName"])
        if found and _policies(scope, consistency, found):
            raise Refused("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409)


def _check_policy_unused(scope: Scope, consistency: Consistency) -> None:
    arn = scope.parameters["PolicyArn"]
    if any(users(scope, consistency, arn, usage) for usage in (PERMISSIONS, BOUNDARY)):
        raise Refused("DeleteConflict", "Cannot delete a policy attached to entities.", 409)


def users(scope: Scope, consistency: Consistency, arn: str, usage: str) -> list[Entity]:
    """Who uses a policy, as permissions policy or as permissions boundary."""
    found = moto_internals.entities(scope.backend)
    if usage == BOUNDARY:
        return [each for each in found if each.boundary == arn]
    return [each for each in found if _attached(scope, consistency, each, arn)]


def counted(scope: Scope, consistency: Consistency, policy: Mapping[str, Any]) -> dict[str, Any]:
    """A policy of moto's answer with the numbers and the date that IAM gives."""
    arn = policy["Arn"]
    found = moto_internals.policy(scope.backend, arn)
    dates = [each.create_date for each in moto_internals.policy_versions(found)] if found else []
    return {
        **policy,
        "AttachmentCount": len(users(scope, consistency, arn, PERMISSIONS)),
        "PermissionsBoundaryUsageCount": len(users(scope, consistency, arn, BOUNDARY)),
        "UpdateDate": max(dates, default=policy["UpdateDate"]),
    }


def _key(scope: Scope, kind: str, name: str, arn: str) -> tuple[str, str, str, str]:
    return scope.key("attachment", f"{kind} {name} {arn}")


def _attached(scope: Scope, consistency: Consistency, entity: Entity, arn: str) -> bool:
    return arn in entity.attached or consistency.lingers(_key(scope, entity.kind, entity.name, arn))


def _policies(scope: Scope, consistency: Consistency, entity: Entity) -> list[str]:
    """What is attached, and what was a moment ago."""
    others = [arn for arn in moto_internals.policy_arns(scope.backend) if arn not in entity.attached]
    lingering = [arn for arn in others if consistency.lingers(_key(scope, entity.kind, entity.name, arn))]
    return [*entity.attached, *lingering]


def _attach(scope: Scope, _: Consistency) -> Answer | None:
    found = moto_internals.entity(scope.backend, *scope.named) if scope.named else None
    if found is None:
        return None
    if scope.parameters["PolicyArn"] in found.attached:
        return replies.done(scope)
    if len(found.attached) >= MOST:
        raise quota_exceeded(f"PoliciesPer{found.kind.capitalize()}", MOST)
    return None


def _list_attached(scope: Scope, consistency: Consistency) -> Answer | None:
    found = moto_internals.entity(scope.backend, *scope.named) if scope.named else None
    if found is None:
        return None
    prefix = scope.parameters.get("PathPrefix", "/")
    shown = [
        {"PolicyName": arn.rsplit("/", 1)[1], "PolicyArn": arn}
        for arn in _policies(scope, consistency, found)
        if _path(arn).startswith(prefix)
    ]
    attached, more = replies.page(shown, scope)
    return answers.xml("iam", scope.operation, {"AttachedPolicies": attached, **more})


def _list_entities(scope: Scope, consistency: Consistency) -> Answer:
    replies.existing_policy(scope)
    parameters = scope.parameters
    usages = [parameters["PolicyUsageFilter"]] if "PolicyUsageFilter" in parameters else [PERMISSIONS, BOUNDARY]
    wanted = FILTERS.get(parameters.get("EntityFilter", ""))
    using = {each.arn: each for usage in usages for each in users(scope, consistency, parameters["PolicyArn"], usage)}
    found = [
        each
        for each in using.values()
        if wanted in (None, each.kind) and _path(each.arn).startswith(parameters.get("PathPrefix", "/"))
    ]
    entities, more = replies.page(found, scope)
    lists: dict[str, list[dict[str, str]]] = {name: [] for name in LIST_NAMES.values()}
    for each in entities:
        word = each.kind.capitalize()
        lists[LIST_NAMES[each.kind]].append({f"{word}Name": each.name, f"{word}Id": each.id})
    return answers.xml("iam", scope.operation, {**lists, **more})


def _path(arn: str) -> str:
    _, _, rest = arn.split(":", 5)[5].partition("/")
    folder, slash, _ = rest.rpartition("/")
    return f"/{folder}{slash}"


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(ATTACH, _attach),
    **{f"ListAttached{kind.capitalize()}Policies": _list_attached for kind in ENTITIES},
    "ListEntitiesForPolicy": _list_entities,
}
