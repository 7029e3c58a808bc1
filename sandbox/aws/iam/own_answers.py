"""Calls that moto answers wrongly or not at all, answered here.

Sources: botocore's IAM model (no document in lists of versions; clients ids are added and removed without error when
they are there or gone already) and, for the order of versions, general knowledge: newest first.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sandbox.aws import answers, moto_internals, trust
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import Refused, no_such_entity, quota_exceeded
from sandbox.aws.iam.checks import check_trust
from sandbox.aws.iam.scope import Scope

PAGE = 100
CLIENT_IDS = 100
LIST_NAMES = {"role": "PolicyRoles", "user": "PolicyUsers", "group": "PolicyGroups"}
FILTERS = {"Role": "role", "User": "user", "Group": "group"}

Handler = Callable[[Scope, Consistency], "Answer | None"]


def answered(scope: Scope, consistency: Consistency) -> Answer | None:
    """The answer, or None for a call that moto shall answer."""
    handler = HANDLERS.get(scope.operation)
    return handler(scope, consistency) if handler else None


def _done(scope: Scope) -> Answer:
    return answers.xml("iam", scope.operation, {})


def page(items: Sequence[Any], scope: Scope) -> tuple[Sequence[Any], dict[str, Any]]:
    """The asked part of a list, and what says whether there is more."""
    marker = scope.parameters.get("Marker", "0")
    if not marker.isdigit():
        raise Refused("ValidationError", "Invalid Marker")
    start, end = int(marker), int(marker) + scope.parameters.get("MaxItems", PAGE)
    more = {"IsTruncated": True, "Marker": str(end)} if end < len(items) else {"IsTruncated": False}
    return items[start:end], more


def _existing_policy(scope: Scope) -> Any:
    arn = scope.parameters["PolicyArn"]
    found = moto_internals.policy(scope.backend, arn)
    if found is None:
        raise no_such_entity(f"Policy {arn} was not found.")
    return found


def _list_policy_versions(scope: Scope, consistency: Consistency) -> Answer:
    found = _existing_policy(scope)
    shown = [
        {
            "VersionId": each.version_id,
            "IsDefaultVersion": each.version_id == found.default_version_id,
            "CreateDate": each.create_date,
        }
        for each in reversed(moto_internals.policy_versions(found))
        if consistency.visible(scope.key("version", f"{found.arn}:{each.version_id}"))
    ]
    versions, more = page(shown, scope)
    return answers.xml("iam", scope.operation, {"Versions": versions, **more})


def _set_default_policy_version(scope: Scope, _: Consistency) -> Answer | None:
    """moto forgets which version is the default when it is set once more."""
    found = _existing_policy(scope)
    return _done(scope) if found.default_version_id == scope.parameters["VersionId"] else None


def _attach_role_policy(scope: Scope, _: Consistency) -> Answer | None:
    """moto counts a second attachment of the same policy; IAM does not."""
    found = moto_internals.entity(scope.backend, "role", scope.parameters["RoleName"])
    return _done(scope) if found and scope.parameters["PolicyArn"] in found.attached else None


def _list_entities_for_policy(scope: Scope, _: Consistency) -> Answer:
    _existing_policy(scope)
    parameters = scope.parameters
    usage = parameters.get("PolicyUsageFilter", "PermissionsPolicy")
    wanted = FILTERS.get(parameters.get("EntityFilter", ""))
    found = [
        each
        for each in moto_internals.attached_entities(scope.backend, parameters["PolicyArn"], usage)
        if wanted in (None, each.kind) and _path(each.arn).startswith(parameters.get("PathPrefix", "/"))
    ]
    entities, more = page(found, scope)
    lists: dict[str, list[dict[str, str]]] = {name: [] for name in LIST_NAMES.values()}
    for each in entities:
        word = each.kind.capitalize()
        lists[LIST_NAMES[each.kind]].append({f"{word}Name": each.name, f"{word}Id": each.id})
    return answers.xml("iam", scope.operation, {**lists, **more})


def _path(arn: str) -> str:
    _, _, rest = arn.split(":", 5)[5].partition("/")
    folder, slash, _ = rest.rpartition("/")
    return f"/{folder}{slash}"


def _client_ids(scope: Scope) -> list[str]:
    found = moto_internals.provider_client_ids(scope.backend, scope.provider_arn)
    if found is None:
        raise no_such_entity(f"OpenIDConnect Provider not found for arn {scope.provider_arn}")
    return list(found)


def _add_client_id(scope: Scope, _: Consistency) -> Answer:
    present, new = _client_ids(scope), scope.parameters["ClientID"]
    if new not in present:
        if len(present) >= CLIENT_IDS:
            raise quota_exceeded("ClientIdsPerOpenIdConnectProvider", CLIENT_IDS)
        moto_internals.set_provider_client_ids(scope.backend, scope.provider_arn, [*present, new])
    return _done(scope)


def _remove_client_id(scope: Scope, _: Consistency) -> Answer:
    left = [each for each in _client_ids(scope) if each != scope.parameters["ClientID"]]
    moto_internals.set_provider_client_ids(scope.backend, scope.provider_arn, left)
    return _done(scope)


def _update_assume_role_policy(scope: Scope, _: Consistency) -> Answer:
    """moto wants Version 2012-10-17 here, which IAM does not."""
    name, document = scope.parameters["RoleName"], scope.parameters["PolicyDocument"]
    if moto_internals.role(scope.backend, name) is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    check_trust(scope, document)
    moto_internals.set_trust(scope.backend, name, trust.reordered(document, scope.partition))
    return _done(scope)


HANDLERS: dict[str, Handler] = {
    "ListPolicyVersions": _list_policy_versions,
    "SetDefaultPolicyVersion": _set_default_policy_version,
    "AttachRolePolicy": _attach_role_policy,
    "ListEntitiesForPolicy": _list_entities_for_policy,
    "AddClientIDToOpenIDConnectProvider": _add_client_id,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client_id,
    "UpdateAssumeRolePolicy": _update_assume_role_policy,
}
