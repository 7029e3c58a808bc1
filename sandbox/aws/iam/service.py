"""An IAM call from authorisation to answer."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import botocore.parsers

from sandbox.aws import answers, calls, model_check, moto_requests, trust
from sandbox.aws.answers import Answer
from sandbox.aws.authorization import decide, refused
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.errors import not_implemented
from sandbox.aws.iam import attachments, checks, instance_profiles, own_answers, user_boundaries
from sandbox.aws.iam.scope import ENTITIES, Scope, actions, condition_keys, resource
from sandbox.aws.world import World

READS = ("Get", "List")
LISTS = {"ListRoles": ("Roles", "role", "RoleName"), "ListPolicies": ("Policies", "policy", "Arn")}
PROVIDERS = "ListOpenIDConnectProviders"


def answer(world: World, call: Call, caller: Caller, environ: dict[str, Any]) -> Answer:
    """What IAM answers."""
    scope = Scope(caller.account, caller.partition, call)
    if call.operation not in own_answers.HANDLERS and not moto_requests.implements_iam(call.operation):
        raise not_implemented(f"iam:{call.operation}")
    model_check.check(call.model.input_shape, call.parameters)
    wanted, shown = resource(scope)
    for action in actions(scope):
        denied = decide(world, call.arrived, caller, (action, wanted), condition_keys(scope))
        if denied:
            raise refused("iam", caller, (action, wanted), denied, shown)
    if role := instance_profiles.passed_role(scope):
        passing = ("iam:PassRole", role)
        if denied := decide(world, call.arrived, caller, passing, instance_profiles.PASSED_TO):
            raise refused("iam", caller, passing, denied)
    with world.lock(caller.account):
        checks.check(scope, world.consistency)
        result = own_answers.answered(scope, world.consistency) or _from_moto(scope, world, environ)
        if result.status == 200 and not call.operation.startswith(READS):
            user_boundaries.keep(scope)
            _note(scope, world, result)
    return result


def _from_moto(scope: Scope, world: World, environ: dict[str, Any]) -> Answer:
    request = scope.call.arrived
    body = _rewritten(scope)
    seen = calls.moto_environ(request, environ, scope.account, request.region, body)
    status, headers, content = moto_requests.answer("iam", seen)
    if status != 200:
        return Answer(status, dict(headers), content, _parsed(scope, status, content)["Error"]["Code"])
    changed = _changed(scope, world, content)
    return answers.xml("iam", scope.operation, changed) if changed is not None else Answer(200, dict(headers), content)


def _rewritten(scope: Scope) -> bytes:
    """The form as moto shall see it: what IAM itself adds or reorders on the way in."""
    form = dict(parse_qsl(scope.call.arrived.signed.body.decode(), keep_blank_values=True))
    if scope.operation == "CreateRole":
        form["AssumeRolePolicyDocument"] = trust.reordered(form["AssumeRolePolicyDocument"], scope.partition)
    if scope.operation == "CreateOpenIDConnectProvider" and not scope.parameters.get("ThumbprintList"):
        # IAM fetches the certificate chain itself; any forty hexadecimal digits will do here.
        form["ThumbprintList.member.1"] = hashlib.sha1(form["Url"].encode(), usedforsecurity=False).hexdigest()
    return urlencode(form).encode()


def _parsed(scope: Scope, status: int, content: bytes) -> dict[str, Any]:
    parser = botocore.parsers.create_parser("query")
    shape = scope.call.model.output_shape
    parsed: dict[str, Any] = parser.parse({"status_code": status, "headers": {}, "body": content}, shape)
    return parsed


def _changed(scope: Scope, world: World, content: bytes) -> Mapping[str, Any] | None:
    """The result where it differs from moto's, else None."""
    if scope.operation == "CreatePolicyVersion":
        result = _parsed(scope, 200, content)
        del result["PolicyVersion"]["Document"]
        return result
    if scope.operation == "GetPolicy":
        return {"Policy": _counted(scope, world, _parsed(scope, 200, content)["Policy"])}
    if scope.operation in LISTS:
        member, kind, identifier = LISTS[scope.operation]
        result = _parsed(scope, 200, content)
        found = [each for each in result[member] if _listed(scope, world, kind, each[identifier])]
        return result | {member: [_counted(scope, world, each) if kind == "policy" else each for each in found]}
    if scope.operation == PROVIDERS:
        result = _parsed(scope, 200, content)
        found = result["OpenIDConnectProviderList"]
        return {"OpenIDConnectProviderList": [each for each in found if _listed(scope, world, "provider", each["Arn"])]}
    return None


def _counted(scope: Scope, world: World, policy: Mapping[str, Any]) -> dict[str, Any]:
    return attachments.counted(scope, world.consistency, policy)


def _listed(scope: Scope, world: World, kind: str, identifier: str) -> bool:
    return world.consistency.visible(scope.key(kind, identifier))


def _note(scope: Scope, world: World, result: Answer) -> None:
    """Tells consistency what the write has made and changed."""
    account, partition, parameters = scope.account, scope.partition, scope.parameters
    for kind, identifier in _born(scope, result):
        world.consistency.born(scope.key(kind, identifier))
    attachments.note(scope, world.consistency)
    if scope.named and scope.named[0] in ENTITIES:
        world.record_entity(account, partition, *scope.named)
    if "UserName" in parameters and "GroupName" in parameters:
        world.record_entity(account, partition, "user", parameters["UserName"])
    if scope.operation == "CreatePolicy" or "PolicyArn" in parameters:
        world.record_policy(account, partition, parameters.get("PolicyArn") or scope.created_policy_arn)
    if scope.about_provider:
        world.record_provider(account, partition, scope.provider_arn)


def _born(scope: Scope, result: Answer) -> list[tuple[str, str]]:
    if scope.operation in ("CreateRole", "CreateUser", "CreateGroup", "CreateInstanceProfile") and scope.named:
        return [scope.named]
    if scope.operation == "CreatePolicy":
        return [("policy", scope.created_policy_arn)]
    if scope.operation == "CreatePolicyVersion":
        version = _parsed(scope, 200, result.body)["PolicyVersion"]["VersionId"]
        return [("version", f"{scope.parameters['PolicyArn']}:{version}")]
    if scope.operation == "CreateOpenIDConnectProvider":
        return [("provider", scope.provider_arn)]
    return []
