"""Answers in the four dialects: IAM's and STS's XML, EKS's JSON, EC2's XML, S3's XML."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from xml.sax.saxutils import escape

from sandbox.aws import moto_requests
from sandbox.aws.errors import Refused

NAMESPACES = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
XML, JSON = "text/xml", "application/json"


@dataclass(frozen=True)
class Answer:
    """What goes back. `error` is AWS's code of a refusal, for the log."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    error: str = ""

    @property
    def status_line(self) -> str:
        return f"{self.status} {HTTPStatus(self.status).phrase}"


@dataclass(frozen=True)
class Dialect:
    """How a service words what all services refuse: its code, or code, text and status. Not verified on AWS."""

    denied: str
    unknown_key: tuple[str, str, int]
    bad_signature: str
    expired: tuple[str, str, int]
    unsigned: tuple[str, str, int]
    bad_token: tuple[str, str, int]


_INVALID = "The security token included in the request is invalid."
_EXPIRED = "The security token included in the request is expired"
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_QUERY = Dialect(
    denied="AccessDenied",
    unknown_key=("InvalidClientTokenId", _INVALID, 403),
    bad_signature="SignatureDoesNotMatch",
    expired=("ExpiredToken", _EXPIRED, 403),
    unsigned=("MissingAuthenticationToken", "Request is missing Authentication Token", 403),
    bad_token=("InvalidClientTokenId", _INVALID, 403),
)
DIALECTS = {
    "iam": _QUERY,
    "sts": _QUERY,
    "eks": Dialect(
        denied="AccessDeniedException",
        unknown_key=("UnrecognizedClientException", _INVALID, 403),
        bad_signature="InvalidSignatureException",
        expired=("ExpiredTokenException", _EXPIRED, 403),
        unsigned=("MissingAuthenticationTokenException", "Missing Authentication Token", 403),
        bad_token=("UnrecognizedClientException", _INVALID, 403),
    ),
    "ec2": Dialect(
        denied="UnauthorizedOperation",
        unknown_key=("AuthFailure", _NOT_VALIDATED, 401),
        bad_signature="AuthFailure",
        expired=("RequestExpired", "Request has expired.", 400),
        unsigned=("MissingParameter", "The request must contain the parameter AWSAccessKeyId", 400),
        bad_token=("AuthFailure", _NOT_VALIDATED, 401),
    ),
    "s3": Dialect(
        denied="AccessDenied",
        unknown_key=(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
            403,
        ),
        bad_signature="SignatureDoesNotMatch",
        expired=("ExpiredToken", "The provided token has expired.", 400),
        unsigned=("AccessDenied", "Access Denied", 403),
        bad_token=("InvalidToken", "The provided token is malformed or otherwise invalid.", 400),
    ),
}


def refusal(service: str, refused: Refused) -> Answer:
    """An error as the service writes it."""
    request_id = str(uuid.uuid4())
    if service == "s3":
        return _s3_refusal(refused, request_id)
    if service == "ec2":
        return _ec2_refusal(refused, request_id)
    if service in NAMESPACES:
        side = "Sender" if refused.status < 500 else "Receiver"
        body = (
            f'<ErrorResponse xmlns="{NAMESPACES[service]}">\n  <Error>\n    <Type>{side}</Type>\n'
            f"    <Code>{refused.code}</Code>\n    <Message>{escape(refused.message)}</Message>\n  </Error>\n"
            f"  <RequestId>{request_id}</RequestId>\n</ErrorResponse>\n"
        )
        return Answer(refused.status, {"Content-Type": XML} | refused.headers, body.encode(), refused.code)
    headers = {"Content-Type": JSON, "x-amzn-ErrorType": refused.code, "x-amzn-RequestId": request_id}
    content = {"__type": refused.code, "message": refused.message} | refused.details
    return Answer(refused.status, headers | refused.headers, json.dumps(content).encode(), refused.code)


def _s3_refusal(refused: Refused, request_id: str) -> Answer:
    elements = {"Code": refused.code, "Message": refused.message} | refused.details | {"RequestId": request_id}
    content = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements.items())
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{content}</Error>'
    headers = {"Content-Type": "application/xml", "x-amz-request-id": request_id} | refused.headers
    return Answer(refused.status, headers, body.encode(), refused.code)


def _ec2_refusal(refused: Refused, request_id: str) -> Answer:
    """Source: EC2 API Reference, "Error responses"."""
    error = f"<Code>{refused.code}</Code><Message>{escape(refused.message)}</Message>"
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>{error}</Error></Errors>'
        f"<RequestID>{request_id}</RequestID></Response>"
    )
    return Answer(refused.status, {"Content-Type": XML} | refused.headers, body.encode(), refused.code)


def xml(service: str, operation: str, result: Mapping[str, Any]) -> Answer:
    """A successful answer of IAM or STS, given the result as boto3 shows it."""
    return Answer(200, {"Content-Type": XML}, moto_requests.serialized(service, operation, result))


def as_json(result: Mapping[str, Any]) -> Answer:
    """A successful answer of EKS or of the control endpoint."""
    return Answer(200, {"Content-Type": JSON}, json.dumps(result).encode())
