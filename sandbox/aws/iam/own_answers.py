"""Calls that moto answers wrongly or not at all, answered here.

Sources: botocore's IAM model (no document in lists of versions; clients ids are added and removed without error when
they are there or gone already) and, for the order of versions, general knowledge: newest first.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws import answers, moto_internals, trust
from sandbox.aws.answers import Answer
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import no_such_entity, quota_exceeded
from sandbox.aws.iam import attachments, replies, tags, user_boundaries
from sandbox.aws.iam.checks import check_trust
from sandbox.aws.iam.replies import Handler
from sandbox.aws.iam.scope import Scope

CLIENT_IDS = 100


def answered(scope: Scope, consistency: Consistency) -> Answer | None:
    """The answer, or None for a call that moto shall answer."""
    handler = HANDLERS.get(scope.operation)
    return handler(scope, consistency) if handler else None


def _list_policy_versions(scope: Scope, consistency: Consistency) -> Answer:
    found = replies.existing_policy(scope)
    shown = [
        {
            "VersionId": each.version_id,
            "IsDefaultVersion": each.version_id == found.default_version_id,
            "CreateDate": each.create_date,
        }
        for each in reversed(moto_internals.policy_versions(found))
        if consistency.visible(scope.key("version", f"{found.arn}:{each.version_id}"))
    ]
    versions, more = replies.page(shown, scope)
    return answers.xml("iam", scope.operation, {"Versions": versions, **more})


def _set_default_policy_version(scope: Scope, _: Consistency) -> Answer | None:
    """moto forgets which version is the default when it is set once more."""
    found = replies.existing_policy(scope)
    return replies.done(scope) if found.default_version_id == scope.parameters["VersionId"] else None


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
    return replies.done(scope)


def _remove_client_id(scope: Scope, _: Consistency) -> Answer:
    left = [each for each in _client_ids(scope) if each != scope.parameters["ClientID"]]
    moto_internals.set_provider_client_ids(scope.backend, scope.provider_arn, left)
    return replies.done(scope)


def _update_assume_role_policy(scope: Scope, _: Consistency) -> Answer:
    """moto wants Version 2012-10-17 here, which IAM does not."""
    name, document = scope.parameters["RoleName"], scope.parameters["PolicyDocument"]
    if moto_internals.role(scope.backend, name) is None:
        raise no_such_entity(f"The role with name {name} cannot be found.")
    check_trust(scope, document)
    moto_internals.set_trust(scope.backend, name, trust.reordered(document, scope.partition))
    return replies.done(scope)


HANDLERS: dict[str, Handler] = {
    **attachments.HANDLERS,
    **tags.HANDLERS,
    **user_boundaries.HANDLERS,
    "ListPolicyVersions": _list_policy_versions,
    "SetDefaultPolicyVersion": _set_default_policy_version,
    "AddClientIDToOpenIDConnectProvider": _add_client_id,
    "RemoveClientIDFromOpenIDConnectProvider": _remove_client_id,
    "UpdateAssumeRolePolicy": _update_assume_role_policy,
}
