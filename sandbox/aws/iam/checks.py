"""What IAM refuses and moto lets through.

Sources: botocore's IAM model (names unique regardless of case and path; https only, no port and no query in a
provider's URL; which calls raise DeleteConflict) and public issues named beside the texts.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from sandbox.aws import moto_internals, moto_profiles
from sandbox.aws.consistency import Consistency
from sandbox.aws.errors import Refused, already_exists, no_such_entity
from sandbox.aws.iam import attachments, instance_profiles, tags
from sandbox.aws.iam.scope import Scope
from sandbox.aws.policies import validation

READS = ("Get", "List", "Attach", instance_profiles.ADD)
BOUNDARIES = ("CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary")
ACCOUNT = re.compile(r"(?:arn:(?P<partition>[a-z-]+):iam::)?\d{12}(?::root)?")
# A principal that is a session, or one of a service's own, is not among the account's objects.
SESSION = re.compile(r"arn:[a-z-]+:sts::\d{12}:(assumed-role|federated-user)/.+")


def check(scope: Scope, consistency: Consistency) -> None:
    """Refuses what AWS refuses, in AWS's order: what is not visible, then names, then contents."""
    _check_visible(scope, consistency)
    _check_unprotected(scope)
    attachments.check_unused(scope, consistency)
    tags.check(scope)
    instance_profiles.check(scope, consistency)
    specific = CHECKS.get(scope.operation)
    if specific is not None:
        specific(scope)
    if "PolicyDocument" in scope.parameters and scope.operation != "UpdateAssumeRolePolicy":
        validation.check_identity_policy(scope.parameters["PolicyDocument"], scope.partition)


def _check_visible(scope: Scope, consistency: Consistency) -> None:
    """What is missing is named as IAM names it; what is new is missing for whoever reads it or attaches it."""
    parameters = scope.parameters
    if scope.operation in BOUNDARIES and "PermissionsBoundary" in parameters:
        _check_boundary(scope, consistency, parameters["PermissionsBoundary"])
    reads = scope.operation.startswith(READS)
    if scope.named and not scope.operation.startswith("Create"):
        kind, name = scope.named
        if not _exists(scope, kind, name) or (reads and not consistency.visible(scope.key(kind, name))):
            shown = f"Instance Profile {name}" if kind == instance_profiles.KIND else f"The {kind} with name {name}"
            raise no_such_entity(f"{shown} cannot be found.")
    if not reads:
        return
    if "PolicyArn" in parameters:
        _check_policy_visible(scope, consistency, parameters["PolicyArn"])
    version = f"{parameters.get('PolicyArn')}:{parameters.get('VersionId')}"
    if not consistency.visible(scope.key("version", version)):
        raise no_such_entity(
            f"Policy {parameters['PolicyArn']} version {parameters['VersionId']} does not exist or is not attachable."
        )
    if scope.about_provider and not consistency.visible(scope.key("provider", scope.provider_arn)):
        raise no_such_entity(f"OpenIDConnect Provider not found for arn {scope.provider_arn}")


def _exists(scope: Scope, kind: str, name: str) -> bool:
    if kind == instance_profiles.KIND:
        return moto_profiles.instance_profile(scope.backend, name) is not None
    return moto_internals.entity(scope.backend, kind, name) is not None


def _check_policy_visible(scope: Scope, consistency: Consistency, arn: str) -> None:
    if not consistency.visible(scope.key("policy", arn)):
        raise no_such_entity(f"Policy {arn} does not exist or is not attachable.")


def _check_boundary(scope: Scope, consistency: Consistency, arn: str) -> None:
    """Texts as in public issues of openshift/rosa. AWS's own policies, which moto may not have loaded, all exist."""
    exists = ":iam::aws:" in arn or moto_internals.policy(scope.backend, arn) is not None
    if not exists or not consistency.visible(scope.key("policy", arn)):
        raise no_such_entity(f"Scope ARN: {arn} does not exist or is not attachable.")


def _check_unprotected(scope: Scope) -> None:
    """A service-linked role is AWS's: which calls refuse it is in botocore's IAM model, the text as users quote it."""
    if not scope.named or scope.named[0] != "role":
        return
    found = moto_internals.role(scope.backend, scope.named[1])
    protecting = {shape.name for shape in scope.call.model.error_shapes} & {"UnmodifiableEntityException"}
    if found and protecting and found.path.startswith("/aws-service-role/"):
        text = (
            f"Cannot perform the operation on the protected role '{found.name}' - this role is only modifiable by AWS"
        )
        raise Refused("UnmodifiableEntity", text)


def _taken(name: str, names: Iterable[str]) -> bool:
    return name.casefold() in map(str.casefold, names)


def _check_create_role(scope: Scope) -> None:
    name = scope.parameters["RoleName"]
    if _taken(name, moto_internals.role_names(scope.backend)):
        raise already_exists(f"Role with name {name} already exists.")
    check_trust(scope, scope.parameters["AssumeRolePolicyDocument"])


def check_trust(scope: Scope, document: str) -> None:
    """Refuses a trust policy that IAM does not take for a role of this account."""
    validation.check_trust_policy(document, lambda principal: _principal_exists(principal, scope.partition))


def _principal_exists(principal: str, partition: str) -> bool:
    """Whether IAM knows a user or role; every account with twelve digits counts as one that exists."""
    if account := ACCOUNT.fullmatch(principal):
        return account["partition"] in (None, partition)
    if SESSION.fullmatch(principal):
        return True
    if not re.fullmatch(rf"arn:{partition}:iam::\d{{12}}:(role|user)/.+", principal):
        return False
    owner = principal.split(":")[4]
    return moto_internals.entity_named(moto_internals.iam(owner, partition), principal) is not None


def _check_create_policy(scope: Scope) -> None:
    name = scope.parameters["PolicyName"]
    if _taken(name, moto_internals.policy_names(scope.backend)):
        raise already_exists(f"A policy called {name} already exists. Duplicate names are not allowed.")


def _check_create_provider(scope: Scope) -> None:
    url = scope.parameters["Url"]
    parts = urlsplit(url)
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname or parts.query or parts.port:
        raise Refused("ValidationError", "Invalid Open ID Connect Provider URL")
    for thumbprint in scope.parameters.get("ThumbprintList", []):
        if not re.fullmatch(r"[0-9A-Fa-f]{40}", thumbprint):
            raise Refused("InvalidInput", f"Thumbprint {thumbprint} is not valid")
    if moto_internals.provider_client_ids(scope.backend, scope.provider_arn) is not None:
        raise already_exists(f"Provider with url {url} already exists.")


def _check_delete_policy(scope: Scope) -> None:
    """Text: public issue 99designs/iamy#22."""
    found = moto_internals.policy(scope.backend, scope.parameters["PolicyArn"])
    if found and len(moto_internals.policy_versions(found)) > 1:
        raise Refused(
            "DeleteConflict",
            "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
            "The default version is deleted with the policy.",
            409,
        )


CHECKS: dict[str, Callable[[Scope], None]] = {
    "CreateRole": _check_create_role,
    "CreatePolicy": _check_create_policy,
    "CreateOpenIDConnectProvider": _check_create_provider,
    "DeletePolicy": _check_delete_policy,
}
