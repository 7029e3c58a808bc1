"""The WSGI application: control requests, and AWS calls from signature to log line.

Faults on demand will find their place in `_aws`, between the call that is known and the answer.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sandbox.aws import answers, callers, calls, control, ec2, eks, sts, wire_log
from sandbox.aws.answers import Answer
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Arrived, Call
from sandbox.aws.errors import Refused
from sandbox.aws.iam import service as iam
from sandbox.aws.s3 import service as s3
from sandbox.aws.s3.actions import BUCKET
from sandbox.aws.wire_log import WireLog
from sandbox.aws.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

Environ = dict[str, Any]


class Application:
    """AWS, as far as the collection and Epinio need it."""

    def __init__(self, world: World, log: WireLog) -> None:
        self._world = world
        self._log = log

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        request = calls.arrived(environ)
        if request.signed.path.startswith(control.PREFIX):
            answer = self._control(request)
        else:
            answer = self._aws(request, environ)
        answer = _framed(answer, head=request.signed.method == "HEAD")
        start_response(answer.status_line, list(answer.headers.items()))
        return [answer.body]

    def _control(self, request: Arrived) -> Answer:
        try:
            return control.answer(
                self._world, self._log, request.signed.method, request.signed.path, request.signed.body
            )
        except Refused as refused:
            return answers.refusal("eks", refused)

    def _aws(self, request: Arrived, environ: Environ) -> Answer:
        call, caller = None, None
        try:
            call = calls.parsed(request, environ)
            if call.action != f"sts:{sts.WEB_IDENTITY}":
                caller = callers.authenticated(self._world, request)
            answer = _served(self._world, call, caller, environ)
        except Refused as refused:
            answer = answers.refusal(request.service, refused)
        self._log.add(self._entry(request, call, caller, answer))
        return answer

    def _entry(self, request: Arrived, call: Call | None, caller: Caller | None, answer: Answer) -> dict[str, Any]:
        parameters = call.parameters if call else {}
        if call and call.operation.startswith("Put") and call.operation in BUCKET:
            parameters = {**parameters, "Body": request.signed.body.decode("utf-8", "replace")}
        return {
            "time": self._world.clock(),
            "account": caller.account if caller else _account_of(call),
            "action": call.action if call else f"{request.service}:?",
            "decided": request.decided,
            "region": request.region,
            "parameters": wire_log.masked(parameters),
            "status": answer.status,
            "error": answer.error,
            "caller": caller.principal.arn if caller else "",
            "host": request.host,
            "addressing": request.addressing,
        }


def _framed(answer: Answer, *, head: bool) -> Answer:
    """The answer with the length of its body; to HEAD without body, with the length that GET would send."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = b"" if head else answer.body
    if not head or answer.error:
        headers["content-length"] = str(len(body))
    return replace(answer, headers=headers, body=body)


def _account_of(call: Call | None) -> str:
    """The account that an unsigned call is about: its role's."""
    parts = str(call.parameters.get("RoleArn", "")).split(":") if call else []
    return parts[4] if len(parts) > 4 else ""


def _served(world: World, call: Call, caller: Caller | None, environ: Environ) -> Answer:
    if call.service == "sts" or caller is None:
        return sts.answer(world, call, caller)
    if call.service == "eks":
        return eks.answer(world, call, caller)
    if call.service == "ec2":
        return ec2.answer(world, call, caller)
    if call.service == "iam":
        return iam.answer(world, call, caller, environ)
    return s3.answer(world, call, caller, environ)
