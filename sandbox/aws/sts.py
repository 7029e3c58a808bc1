"""STS: who am I, and becoming somebody else.

Sources: botocore's STS model; for texts the public issues named in `web_identity`. STS says "Not authorized to
perform" of a role that does not exist, too: general knowledge, not verified.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import re
from typing import Any

from sandbox.aws import answers, model_check, web_identity
from sandbox.aws.answers import Answer
from sandbox.aws.authorization import caller_keys, context, network_keys
from sandbox.aws.callers import Caller, rights
from sandbox.aws.calls import Call
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.moto_internals import Entity
from sandbox.aws.policies import evaluation, validation
from sandbox.aws.policies.documents import statements
from sandbox.aws.policies.evaluation import Request
from sandbox.aws.policies.patterns import Context
from sandbox.aws.policies.principals import Grant, Principal
from sandbox.aws.sessions import Role, Session
from sandbox.aws.world import World

ROLE_ARN = re.compile(r"arn:(?P<partition>[a-z-]+):iam::(?P<account>\d{12}):role/(?:.+/)?(?P<name>[^/]+)")
CHAINED_LIMIT = 3600
WEB_IDENTITY = "AssumeRoleWithWebIdentity"


def answer(world: World, call: Call, caller: Caller | None) -> Answer:
    """What STS answers; the caller is None only for AssumeRoleWithWebIdentity."""
    model_check.check(call.model.input_shape, call.parameters)
    if call.operation == WEB_IDENTITY:
        return _assume_with_web_identity(world, call)
    if caller is None or call.operation not in ("AssumeRole", "GetCallerIdentity"):
        raise not_implemented(f"sts:{call.operation}")
    if call.operation == "AssumeRole":
        return _assume(world, call, caller)
    identity = {"UserId": caller.user_id, "Account": caller.account, "Arn": caller.principal.arn}
    return answers.xml("sts", call.operation, identity)


def _role(world: World, arn: str) -> tuple[Entity, Role] | None:
    """The role as it is in effect, or None."""
    found = ROLE_ARN.fullmatch(arn)
    if found is None:
        raise Refused("ValidationError", f"{arn} is invalid")
    account, partition, name = found["account"], found["partition"], found["name"]
    entity = world.entity_in_effect(account, partition, "role", name)
    if entity is None or entity.arn != arn:
        return None
    return entity, Role(account, partition, name, entity.id, arn)


def _assume_with_web_identity(world: World, call: Call) -> Answer:
    token = web_identity.parsed(call.parameters["WebIdentityToken"])
    arn = call.parameters["RoleArn"]
    found = _role(world, arn)
    account, partition = arn.split(":")[4], arn.split(":")[1]
    provider = f"arn:{partition}:iam::{account}:oidc-provider/{token.issuer.removeprefix('https://')}"
    audiences = world.audiences_in_effect(account, partition, provider)
    if audiences is None:
        raise web_identity.invalid_token(
            f"No OpenIDConnect provider found in your account for {token.issuer}",
        )
    web_identity.check_signature(token, world.clusters.key_set(token.issuer))
    web_identity.check_time(token, world.clock() + world.tokens_late)
    if not set(token.audiences) & set(audiences):
        raise web_identity.invalid_token("Incorrect token audience")
    request = Request(f"sts:{WEB_IDENTITY}", arn, _web_identity_context(world, call, token, account))
    principal = Principal(account, provider, kind="Federated")
    if found is None or not trusts(found[0], request, principal):
        raise Refused("AccessDenied", f"Not authorized to perform sts:{WEB_IDENTITY}", 403)
    session = _start(world, call, *found, chained=False)
    result = {
        "SubjectFromWebIdentityToken": token.claims["sub"],
        "Audience": token.audiences[0],
        "Provider": provider,
    }
    return answers.xml("sts", call.operation, _result(session) | result)


def _web_identity_context(world: World, call: Call, token: web_identity.Token, account: str) -> Context:
    """Condition keys of the token are its issuer without scheme and a claim's name."""
    issuer = token.issuer.removeprefix("https://")
    claims: dict[str, str | tuple[str, ...]] = {
        f"{issuer}:{name}": value for name, value in token.claims.items() if isinstance(value, str)
    }
    claims[f"{issuer}:aud"] = token.audiences
    return context(network_keys(world, call.arrived, account), claims, _session_keys(call))


def _session_keys(call: Call) -> dict[str, str]:
    keys = {"sts:RoleSessionName": call.parameters["RoleSessionName"]}
    return keys | ({"sts:ExternalId": call.parameters["ExternalId"]} if "ExternalId" in call.parameters else {})


def trusts(role: Entity, request: Request, principal: Principal) -> Grant:
    """How directly a role's trust policy lets the principal assume it."""
    policy = statements(role.trust or '{"Statement": []}')
    if evaluation.grant("Deny", policy, request, principal):
        return Grant.NONE
    return evaluation.grant("Allow", policy, request, principal)


def _assume(world: World, call: Call, caller: Caller) -> Answer:
    """A trust policy that names the caller is enough in one account; one that names the account needs his own too."""
    arn = call.parameters["RoleArn"]
    found = _role(world, arn)
    keys = context(network_keys(world, call.arrived, caller.account), caller_keys(caller), _session_keys(call))
    request = Request("sts:AssumeRole", arn, keys)
    granted = trusts(found[0], request, caller.principal) if found else Grant.NONE
    policies = rights(world, caller, statements(found[0].trust or "") if found else ())
    owner = found[1].account if found else caller.account
    if not granted or found is None or evaluation.denial(request, policies, caller.principal, owner):
        raise Refused(
            "AccessDenied",
            f"User: {caller.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}",
            403,
        )
    session = _start(world, call, *found, chained=caller.session is not None)
    return answers.xml("sts", call.operation, _result(session))


def _start(world: World, call: Call, entity: Entity, role: Role, *, chained: bool) -> Session:
    seconds = call.parameters.get("DurationSeconds", 3600)
    if seconds > entity.max_session_duration:
        raise Refused(
            "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    if chained and seconds > CHAINED_LIMIT:
        raise Refused(
            "ValidationError",
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
        )
    policies = (*_inline_session_policy(call), *_session_policies(world, call, role))
    return world.sessions.start(role, call.parameters["RoleSessionName"], seconds, policies)


def _inline_session_policy(call: Call) -> tuple[str, ...]:
    document = call.parameters.get("Policy")
    if document is None:
        return ()
    validation.check_session_policy(document)
    return (document,)


def _session_policies(world: World, call: Call, role: Role) -> list[str]:
    """The documents of `PolicyArns`; a policy that is not there allows nothing."""
    arns = [each["arn"] for each in call.parameters.get("PolicyArns", [])]
    found = [world.policy_in_effect(role.account, role.partition, arn) for arn in arns]
    return [document or '{"Statement": []}' for document in found]


def _result(session: Session) -> dict[str, Any]:
    return {
        "Credentials": {
            "AccessKeyId": session.access_key_id,
            "SecretAccessKey": session.secret,
            "SessionToken": session.token,
            "Expiration": datetime.datetime.fromtimestamp(int(session.expires), datetime.UTC),
        },
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": session.arn},
    }
