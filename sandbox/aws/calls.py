"""An HTTP request as the AWS call that it is: service, region, operation, parameters, claimed signature."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from sandbox.aws import hosts, moto_requests, signatures
from sandbox.aws.errors import not_implemented
from sandbox.aws.moto_requests import OperationModel
from sandbox.aws.signatures import Authorization, SignedRequest

SERVICES = ("iam", "sts", "eks", "ec2", "s3")
UNSIGNED = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")


@dataclass(frozen=True)
class Arrived:
    """A request before its operation is known. `decided`: the actions that were asked for while it was answered."""

    service: str
    region: str
    host: str
    addressing: str
    bucket: str
    key: str
    signed: SignedRequest
    authorization: Authorization | None
    source_ip: str
    decided: list[str] = field(default_factory=list)

    @property
    def partition(self) -> str:
        return hosts.partition(self.region)

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.signed.query, keep_blank_values=True))


@dataclass(frozen=True)
class Call:
    """A request of one operation. `parameters` are named as in botocore; for S3 only those of path and query."""

    arrived: Arrived
    operation: str
    parameters: dict[str, Any]
    model: OperationModel

    @property
    def service(self) -> str:
        return self.arrived.service

    @property
    def action(self) -> str:
        return f"{self.arrived.service}:{self.operation}"

    @property
    def header(self) -> Any:
        return self.arrived.signed.headers.get


def arrived(environ: dict[str, Any]) -> Arrived:
    """Reads the request to its end and finds out where it goes: by host, else by what the signature is scoped to."""
    signed = _signed(environ)
    authorization = signatures.parsed(signed.headers.get("authorization", ""))
    host = signed.headers.get("host", "")
    target = hosts.target(host) or hosts.Target(*_scope(signed, authorization))
    path = unquote(signed.path)
    bucket, key = target.bucket or "", path[1:]
    if target.service == "s3" and not bucket:
        bucket, _, key = path[1:].partition("/")
    is_s3 = target.service == "s3"
    return Arrived(
        service=target.service,
        region=target.region,
        host=host,
        addressing=("virtual" if target.bucket else "path") if is_s3 else "",
        bucket=bucket if is_s3 else "",
        key=key if is_s3 else "",
        signed=signed,
        authorization=authorization,
        source_ip=environ.get("REMOTE_ADDR", ""),
    )


def _signed(environ: dict[str, Any]) -> SignedRequest:
    request = Request(environ)
    path, _, query = environ["RAW_URI"].partition("?")
    return SignedRequest(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=query,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.get_data(cache=False),
    )


def _scope(signed: SignedRequest, authorization: Authorization | None) -> tuple[str, str]:
    if authorization is not None:
        return authorization.service, authorization.region
    if dict(parse_qsl(signed.body[:4096].decode("latin-1"))).get("Action") in UNSIGNED:
        return "sts", "us-east-1"
    return "s3", "us-east-1"


def moto_environ(request: Arrived, environ: dict[str, Any], account: str, region: str, body: bytes) -> dict[str, Any]:
    """The request as moto is to see it: path style, one spelling of the host, the account that decides.

    - `request`: what arrived
    - `environ`: its WSGI environment, left as it is
    - `account`: whose objects
    - `region`: of the host name that moto is shown
    - `body`: instead of the one that arrived
    """
    path = request.signed.path
    if request.addressing == "virtual":
        path = f"/{request.bucket}{path}"
    return {
        **environ,
        moto_requests.ACCOUNT_HEADER: account,
        "HTTP_HOST": f"{request.service}.{region}.amazonaws.com",
        "RAW_URI": f"{path}?{request.signed.query}" if request.signed.query else path,
        "REQUEST_URI": path,
        "PATH_INFO": unquote(path),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
    }


def parsed(request: Arrived, environ: dict[str, Any]) -> Call:
    """The call, or `StandInNotImplemented` for what no model knows."""
    if request.service not in SERVICES:
        raise not_implemented(f"the service {request.service}")
    seen = moto_environ(request, environ, "", request.region, request.signed.body)
    found = moto_requests.operation(request.service, seen)
    if found is None:
        raise not_implemented(f"{request.signed.method} {request.signed.path} of {request.service}")
    model, path_parameters, parsed_request = found
    if request.service == "s3":
        # An object's bytes are no parameters, and nothing else of S3's bodies is looked at here.
        parameters = {**path_parameters, **request.query}
    else:
        parameters = moto_requests.parameters(model, path_parameters, parsed_request)
    return Call(request, model.name, parameters, model)
