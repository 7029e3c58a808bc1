"""What the stand-in's tests share: a clock, an issuer that signs tokens, documents."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import functools
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
AUDIENCE = "sts.amazonaws.com"
_accounts = itertools.count(100000000001)


def new_account() -> str:
    """An account of its own for each test: moto's objects outlive a stand-in."""
    return str(next(_accounts))


@dataclass
class Clock:
    """Seconds since 1970 that pass only when they are told to."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


@functools.cache
def private_key(name: str) -> RSAPrivateKey:
    """One key for each name."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def encoded(content: bytes) -> str:
    """Base64 as in tokens."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def key_set(name: str = "cluster") -> dict[str, Any]:
    """The JSON Web Key Set that an API server publishes."""
    numbers = private_key(name).public_key().public_numbers()
    n, e = (encoded(number.to_bytes(length, "big")) for number, length in ((numbers.n, 256), (numbers.e, 3)))
    return {"keys": [{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "key-1", "n": n, "e": e}]}


def token(
    subject: str = "system:serviceaccount:epinio:epinio-server",
    *,
    expires: float,
    key: str = "cluster",
    **claims: Any,
) -> str:
    """A service account's token as the API server signs it."""
    header = {"alg": "RS256", "kid": "key-1"}
    payload = {"iss": ISSUER, "aud": [AUDIENCE], "sub": subject, "exp": int(expires), **claims}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in (header, payload))
    return f"{signed}.{encoded(private_key(key).sign(signed.encode(), PKCS1v15(), SHA256()))}"


def document(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    """A policy document."""
    return json.dumps({**({"Version": version} if version else {}), "Statement": list(statements)})


def allow(action: str | list[str], resource: str | list[str] = "*", **elements: Any) -> dict[str, Any]:
    """An Allow statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **elements}


def deny(action: str | list[str], resource: str | list[str] = "*", **elements: Any) -> dict[str, Any]:
    """A Deny statement."""
    return allow(action, resource, **elements) | {"Effect": "Deny"}


def trust(principal: Any, action: str | list[str] = "sts:AssumeRole", **elements: Any) -> str:
    """A trust policy of one statement."""
    return document({"Effect": "Allow", "Principal": principal, "Action": action, **elements})


def irsa_trust(account: str, subject: str = "system:serviceaccount:epinio:epinio-server") -> str:
    """A trust policy for one service account, as the EKS User Guide writes it."""
    name = ISSUER.removeprefix("https://")
    provider = f"arn:aws:iam::{account}:oidc-provider/{name}"
    condition = {"StringEquals": {f"{name}:aud": AUDIENCE, f"{name}:sub": subject}}
    return trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=condition)


def keys_of(answer: Mapping[str, Any]) -> dict[str, str]:
    """boto3's arguments from an answer of AssumeRole or CreateAccessKey."""
    found = answer.get("Credentials") or answer["AccessKey"]
    keys = {"aws_access_key_id": found["AccessKeyId"], "aws_secret_access_key": found["SecretAccessKey"]}
    return keys | ({"aws_session_token": found["SessionToken"]} if "SessionToken" in found else {})


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int, str]:
    """Code, status and text of AWS's refusal."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]
