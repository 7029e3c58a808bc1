"""Who calls: the key of the Authorization header held against users and sessions, and the rights that come with it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.aws import moto_internals, signatures
from sandbox.aws.answers import DIALECTS, Dialect
from sandbox.aws.calls import Arrived
from sandbox.aws.errors import Refused
from sandbox.aws.moto_internals import Entity
from sandbox.aws.policies.documents import statements
from sandbox.aws.policies.evaluation import Policies, Statements
from sandbox.aws.policies.principals import Principal
from sandbox.aws.sessions import Session
from sandbox.aws.world import World

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Caller:
    """A user or a session. `user_id` is what GetCallerIdentity shows; `name` the user's or the role's."""

    principal: Principal
    partition: str
    user_id: str
    kind: str
    name: str
    entity_id: str
    session: Session | None = None

    @property
    def account(self) -> str:
        return self.principal.account


def authenticated(world: World, request: Arrived) -> Caller:
    """The caller, or AWS's refusal of unknown keys, wrong signatures and expired sessions."""
    dialect = DIALECTS[request.service]
    if request.authorization is None:
        raise Refused(*dialect.unsigned)
    key_id = request.authorization.access_key_id
    session = world.sessions.find(key_id)
    caller, secret = _of_session(session) if session else _of_user(key_id, dialect)
    if caller.partition != request.partition:
        raise Refused(*dialect.unknown_key)
    if not signatures.valid(request.signed, request.authorization, secret):
        raise Refused(dialect.bad_signature, MISMATCH, 403)
    if session and request.signed.headers.get("x-amz-security-token") != session.token:
        raise Refused(*dialect.bad_token)
    if session and world.clock() >= session.expires:
        raise Refused(*dialect.expired)
    _check_scope(request)
    return caller


def _of_session(session: Session) -> tuple[Caller, str]:
    role = session.role
    principal = Principal(role.account, session.arn, role.arn)
    return Caller(principal, role.partition, session.user_id, "role", role.name, role.id, session), session.secret


def _of_user(key_id: str, dialect: Dialect) -> tuple[Caller, str]:
    key = moto_internals.access_key(key_id)
    user = moto_internals.entity(moto_internals.iam(key.account, key.partition), "user", key.user_name) if key else None
    if key is None or user is None or not key.active:
        raise Refused(*dialect.unknown_key)
    return Caller(Principal(key.account, user.arn), key.partition, user.id, "user", user.name, user.id), key.secret


def _check_scope(request: Arrived) -> None:
    """A signature for another region or service than the host's; without an AWS host the signature itself decides."""
    authorization = request.authorization
    if authorization is None or (authorization.service, authorization.region) == (request.service, request.region):
        return
    if request.service == "s3":
        raise Refused(
            "AuthorizationHeaderMalformed",
            f"The authorization header is malformed; the region '{authorization.region}' is wrong; "
            f"expecting '{request.region}'",
            400,
            {"Region": request.region},
        )
    raise Refused("SignatureDoesNotMatch", "Credential should be scoped to a valid region.", 403)


def rights(world: World, caller: Caller, resource: Statements = ()) -> Policies:
    """The policies that decide about the caller's request, as far as they are in effect by now.

    - `world`: where they are
    - `caller`: who asks
    - `resource`: what the resource's own policy says
    """
    account, partition = caller.account, caller.partition
    found = world.entity_in_effect(account, partition, caller.kind, caller.name)
    if found is None or found.id != caller.entity_id:
        return Policies(resource=resource)
    groups = [world.entity_in_effect(account, partition, "group", name) for name in found.groups]
    return Policies(
        identity=_joined(_documents(world, account, partition, [found, *filter(None, groups)])),
        boundary=_boundary(world, account, partition, found),
        session=_joined(caller.session.policies) if caller.session and caller.session.policies else None,
        resource=resource,
    )


def _joined(documents: Iterable[str]) -> Statements:
    return tuple(statement for document in documents for statement in statements(document))


def _documents(world: World, account: str, partition: str, entities: Iterable[Entity]) -> list[str]:
    documents = []
    for entity in entities:
        documents += [document for _, document in entity.inline]
        attached = (world.policy_in_effect(account, partition, arn) for arn in entity.attached)
        documents += [document for document in attached if document is not None]
    return documents


def _boundary(world: World, account: str, partition: str, entity: Entity) -> Statements | None:
    """A boundary whose policy is gone allows nothing."""
    if entity.boundary is None:
        return None
    document = world.policy_in_effect(account, partition, entity.boundary)
    return statements(document) if document else ()
