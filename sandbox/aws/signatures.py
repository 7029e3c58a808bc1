"""AWS Signature Version 4 in the Authorization header.

Source: IAM User Guide, "Create a signed AWS API request"; for S3 the path is taken as sent, elsewhere encoded again.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

SCHEME = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request"
    r"\s*,\s*SignedHeaders=(?P<headers>[^,\s]+)\s*,\s*Signature=(?P<signature>[0-9a-f]{64})"
)
UNRESERVED = "-_.~"


@dataclass(frozen=True)
class Authorization:
    """What the header claims."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str


@dataclass(frozen=True)
class SignedRequest:
    """What the signature covers: path and query as sent, header names in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def parsed(header: str) -> Authorization | None:
    """The header's parts, or None for any other scheme."""
    found = SCHEME.fullmatch(header.strip())
    if found is None:
        return None
    names = tuple(found["headers"].split(";"))
    return Authorization(found["key"], found["date"], found["region"], found["service"], names, found["signature"])


def _query(raw: str) -> str:
    pairs = [part.partition("=")[::2] for part in raw.split("&") if part]
    return "&".join(
        f"{name}={value}"
        for name, value in sorted(
            (quote(unquote(name), UNRESERVED), quote(unquote(value), UNRESERVED)) for name, value in pairs
        )
    )


def _canonical(request: SignedRequest, authorization: Authorization) -> str:
    path = request.path if authorization.service == "s3" else quote(request.path, "/" + UNRESERVED)
    headers = "".join(
        f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in authorization.signed_headers
    )
    payload = request.headers.get("x-amz-content-sha256") or hashlib.sha256(request.body).hexdigest()
    names = ";".join(authorization.signed_headers)
    return "\n".join([request.method, path, _query(request.query), headers, names, payload])


def signature(request: SignedRequest, authorization: Authorization, secret: str) -> str:
    """The signature that the request should carry, in hexadecimal digits."""
    scope = f"{authorization.date}/{authorization.region}/{authorization.service}/aws4_request"
    digest = hashlib.sha256(_canonical(request, authorization).encode()).hexdigest()
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers.get("x-amz-date", ""), scope, digest])
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.new(key, text.encode(), "sha256").hexdigest()


def valid(request: SignedRequest, authorization: Authorization, secret: str) -> bool:
    """Whether whoever signed the request had the secret."""
    return hmac.compare_digest(signature(request, authorization, secret), authorization.signature)
