"""Decides about a call, and says no in AWS's words.

Sources: IAM User Guide, "Troubleshoot access denied error messages"; public issues aws/aws-cdk#27067 and
terraform-aws-modules/terraform-aws-eks#2517 (IAM names an existing object as `role NAME`), antonputra/tutorials#196
(one to be made by its ARN); S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors" (the resource in
quotation marks; no reason for another account's caller).
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping

from sandbox.aws.answers import DIALECTS
from sandbox.aws.callers import Caller, rights
from sandbox.aws.calls import Arrived
from sandbox.aws.errors import Refused
from sandbox.aws.policies.evaluation import Denied, Request, Statements, denial
from sandbox.aws.policies.patterns import Context
from sandbox.aws.world import World

Keys = Mapping[str, str | Iterable[str]]


def context(*sources: Keys) -> Context:
    """Condition keys in the evaluator's shape; later sources win."""
    merged = {name.lower(): value for source in sources for name, value in source.items()}
    return {name: (value,) if isinstance(value, str) else tuple(value) for name, value in merged.items()}


def network_keys(world: World, request: Arrived, account: str) -> dict[str, str]:
    """What is known of the way that a call took: loopback counts as TLS, unless the stand-in was told otherwise."""
    now = world.clock()
    return {
        "aws:SecureTransport": "false" if world.plain else "true",
        "aws:SourceIp": request.source_ip,
        "aws:CurrentTime": datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(),
        "aws:EpochTime": str(int(now)),
        "aws:RequestedRegion": request.region,
        "aws:UserAgent": request.signed.headers.get("user-agent", ""),
        **world.networks.get(account, {}),
    }


def caller_keys(caller: Caller) -> dict[str, str]:
    """What is known of the caller."""
    keys = {
        "aws:PrincipalArn": caller.principal.role_arn or caller.principal.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:userid": caller.user_id,
    }
    if caller.session is None:
        return keys | {"aws:PrincipalType": "User", "aws:username": caller.name}
    issued = datetime.datetime.fromtimestamp(caller.session.issued, datetime.UTC).isoformat()
    return keys | {"aws:PrincipalType": "AssumedRole", "aws:TokenIssueTime": issued}


def tag_keys(prefix: str, tags: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Condition keys for tags, such as `aws:RequestTag/name`."""
    return {f"{prefix}/{key}": value for key, value in tags}


def decide(
    world: World,
    request: Arrived,
    caller: Caller,
    wanted: tuple[str, str],
    keys: Keys | None = None,
    owner: str = "",
    resource_policy: Statements = (),
) -> Denied | None:
    """Why the caller may not, or None.

    - `world`: where the policies are
    - `request`: what arrived
    - `caller`: who asks
    - `wanted`: action and resource ARN
    - `keys`: condition keys of this call
    - `owner`: account of the resource; the caller's own if not given
    - `resource_policy`: the resource's own policy
    """
    request.decided.append(wanted[0])
    owner = owner or caller.account
    known = context(
        network_keys(world, request, caller.account),
        caller_keys(caller),
        {"aws:ResourceAccount": owner},
        keys or {},
    )
    asked = Request(*wanted, known)
    return denial(asked, rights(world, caller, resource_policy), caller.principal, owner)


def refused(service: str, caller: Caller, wanted: tuple[str, str], denied: Denied, shown: str = "") -> Refused:
    """AWS's refusal; `shown` is how the service names the resource, if not by its ARN."""
    action, resource = wanted
    message = (
        f"User: {caller.principal.arn} is not authorized to perform: {action} "
        f"on resource: {shown or resource} {denied.reason(action)}"
    )
    return Refused(DIALECTS[service].denied, message, 403)
