"""Whether policies allow a request, and in AWS's words why not.

Source: IAM User Guide, "Policy evaluation logic" and "Troubleshoot access denied error messages". Not here: service
control policies and resource control policies.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sandbox.aws.policies import conditions, patterns, principals
from sandbox.aws.policies.documents import Statement
from sandbox.aws.policies.patterns import Context
from sandbox.aws.policies.principals import Grant, Principal

Statements = tuple[Statement, ...]

IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"
BOUNDARY, SESSION = "permissions boundary", "session policy"
ARTICLES = {IDENTITY: "an"}


@dataclass(frozen=True)
class Request:
    """What is asked for: one action on one resource. Condition keys are in lower case."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Policies:
    """What bears on a request. None: there is no such policy, which restricts nothing."""

    identity: Statements = ()
    boundary: Statements | None = None
    session: Statements | None = None
    resource: Statements = ()

    def restricting(self) -> Mapping[str, Statements]:
        """The policies that must allow as well, by the kind that AWS calls them."""
        present = {BOUNDARY: self.boundary, SESSION: self.session}
        return {kind: statements for kind, statements in present.items() if statements is not None}


@dataclass(frozen=True)
class Denied:
    """A refusal: the kind of policy, and whether a statement denied it or none allowed it."""

    kind: str
    explicit: bool

    def reason(self, action: str) -> str:
        """The end of AWS's message, from `because no` or `with an explicit deny`."""
        if self.explicit:
            return f"with an explicit deny in {ARTICLES.get(self.kind, 'a')} {self.kind}"
        return f"because no {self.kind} allows the {action} action"


def applies(statement: Statement, request: Request) -> bool:
    """Whether action, resource and conditions of a statement fit the request; its principal is not looked at."""
    return (
        _listed(statement.actions, statement.not_actions, lambda each: _action_matches(each, request))
        and _listed(statement.resources, statement.not_resources, lambda each: _resource_matches(each, request))
        and conditions.hold(statement.conditions, request.context)
    )


def _listed(wanted: Iterable[str] | None, unwanted: Iterable[str] | None, match: patterns.Match) -> bool:
    """A trust policy has neither Resource nor NotResource: it means its role."""
    if wanted is not None:
        return any(map(match, wanted))
    return unwanted is None or not any(map(match, unwanted))


def _action_matches(pattern: str, request: Request) -> bool:
    return patterns.matches(pattern, request.action, ignore_case=True)


def _resource_matches(pattern: str, request: Request) -> bool:
    return patterns.matches_with_variables(pattern, request.resource, request.context)


def has(effect: str, statements: Statements, request: Request) -> bool:
    """Whether one of an identity-based policy's statements has this effect on the request."""
    return any(each.effect == effect and applies(each, request) for each in statements)


def grant(effect: str, statements: Statements, request: Request, principal: Principal) -> Grant:
    """How directly a resource-based policy has this effect for the principal."""
    fitting = (each for each in statements if each.effect == effect and applies(each, request))
    return max((principals.addressed(each, principal) for each in fitting), default=Grant.NONE)


def denial(request: Request, policies: Policies, principal: Principal, owner: str) -> Denied | None:
    """Why the request is refused, or None if it is allowed.

    - `request`: what is asked for
    - `policies`: all that bear on it
    - `principal`: who asks
    - `owner`: account of the resource; for another account's principal both sides must allow
    """
    restricting = policies.restricting()
    for kind, statements in {IDENTITY: policies.identity, **restricting}.items():
        if has("Deny", statements, request):
            return Denied(kind, explicit=True)
    if grant("Deny", policies.resource, request, principal):
        return Denied(RESOURCE, explicit=True)
    granted = grant("Allow", policies.resource, request, principal)
    foreign = owner != principal.account
    if granted == Grant.SELF and not foreign:
        return None
    needed = dict(restricting)
    if foreign or granted < Grant.ROLE:
        needed = {IDENTITY: policies.identity, **restricting}
    for kind, statements in needed.items():
        if not has("Allow", statements, request):
            return Denied(kind, explicit=False)
    return Denied(RESOURCE, explicit=False) if foreign and not granted else None
