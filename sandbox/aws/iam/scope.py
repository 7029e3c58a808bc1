"""Which of an account's IAM a call is about, and what it needs to be allowed.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for IAM"; public issues
openshift/installer#1073 and aws-ia/terraform-aws-eks-blueprints#902 (tags at creation need the right to tag as well).
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.aws import moto_internals, moto_profiles
from sandbox.aws.authorization import tag_keys
from sandbox.aws.calls import Call
from sandbox.aws.moto_internals import IAMBackend

# A call that names two is about the first: a user is put into a group, a role into an instance profile.
NAMES = {"InstanceProfileName": "instance-profile", "GroupName": "group", "RoleName": "role", "UserName": "user"}
ENTITIES = ("role", "user", "group")
LISTS = {
    "ListRoles": "role/",
    "ListPolicies": "policy/",
    "ListUsers": "user/",
    "ListGroups": "group/",
    "ListOpenIDConnectProviders": "oidc-provider/",
}


@dataclass(frozen=True)
class Scope:
    """One account's IAM in one partition, and the call."""

    account: str
    partition: str
    call: Call

    @property
    def backend(self) -> IAMBackend:
        return moto_internals.iam(self.account, self.partition)

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.call.parameters

    @property
    def operation(self) -> str:
        return self.call.operation

    def arn(self, resource: str) -> str:
        """The ARN of something of this account."""
        return f"arn:{self.partition}:iam::{self.account}:{resource}"

    def key(self, kind: str, identifier: str) -> tuple[str, str, str, str]:
        """Under which consistency knows an object."""
        return (self.account, self.partition, kind, identifier)

    @property
    def named(self) -> tuple[str, str] | None:
        """Kind and name of the role, user, group or instance profile that the call is about."""
        found = ((kind, self.parameters[name]) for name, kind in NAMES.items() if name in self.parameters)
        return next(found, None)

    @property
    def created_policy_arn(self) -> str:
        return self.arn(f"policy{self.parameters.get('Path', '/')}{self.parameters['PolicyName']}")

    @property
    def provider_arn(self) -> str:
        """Of the OIDC provider that the call names, or makes."""
        given = self.parameters.get("OpenIDConnectProviderArn")
        return given or self.arn(f"oidc-provider/{self.parameters['Url'].removeprefix('https://')}")

    @property
    def about_provider(self) -> bool:
        return "OpenIDConnectProviderArn" in self.parameters or self.operation == "CreateOpenIDConnectProvider"


def actions(scope: Scope) -> list[str]:
    """The actions that policies must allow: the call's own, and that of tagging for what is made with tags."""
    tagging = scope.operation.startswith("Create") and scope.parameters.get("Tags")
    return [scope.call.action, *([f"iam:Tag{scope.operation.removeprefix('Create')}"] if tagging else [])]


def resource(scope: Scope) -> tuple[str, str]:
    """The ARN that policies must allow, and how an AccessDenied message names it."""
    if scope.operation == "CreatePolicy":
        return scope.created_policy_arn, ""
    if scope.about_provider:
        return scope.provider_arn, ""
    if scope.named:
        return _named_resource(scope, *scope.named)
    if "PolicyArn" in scope.parameters:
        return scope.parameters["PolicyArn"], f"policy {scope.parameters['PolicyArn']}"
    return scope.arn(LISTS[scope.operation]) if scope.operation in LISTS else "*", ""


def _named_resource(scope: Scope, kind: str, name: str) -> tuple[str, str]:
    existing = (
        moto_internals.entity(scope.backend, kind, name)
        if kind in ENTITIES
        else moto_profiles.instance_profile(scope.backend, name)
    )
    path = scope.parameters.get("Path", "/") if scope.operation.startswith("Create") else "/"
    arn = existing.arn if existing else scope.arn(f"{kind}{path}{name}")
    shown = "" if scope.operation.startswith("Create") else f"{kind.replace('-', ' ')} {name}"
    return arn, shown


def condition_keys(scope: Scope) -> dict[str, str | list[str]]:
    """The condition keys that only this call has."""
    tags = [(tag["Key"], tag["Value"]) for tag in scope.parameters.get("Tags", [])]
    names = [key for key, _ in tags] + list(scope.parameters.get("TagKeys", []))
    existing = _existing_tags(scope)
    keys: dict[str, str | list[str]] = {
        **tag_keys("aws:RequestTag", tags),
        **tag_keys("aws:ResourceTag", existing),
        **tag_keys("iam:ResourceTag", existing),
    }
    if names:
        keys["aws:TagKeys"] = names
    if "PermissionsBoundary" in scope.parameters:
        keys["iam:PermissionsBoundary"] = scope.parameters["PermissionsBoundary"]
    if "PolicyArn" in scope.parameters and scope.named:
        keys["iam:PolicyARN"] = scope.parameters["PolicyArn"]
    return keys


def _existing_tags(scope: Scope) -> tuple[tuple[str, str], ...]:
    if scope.about_provider:
        return moto_internals.provider_tags(scope.backend, scope.provider_arn)
    if scope.named and scope.named[0] in ENTITIES:
        found = moto_internals.entity(scope.backend, *scope.named)
        return found.tags if found else ()
    return moto_internals.policy_tags(scope.backend, scope.parameters.get("PolicyArn", ""))
