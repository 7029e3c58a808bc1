"""Web identity tokens: JSON Web Tokens that a cluster's issuer signed, checked as STS checks them.

Sources: botocore's STS model for the codes; awslabs/aws-orbit-workbench#771 for the text of an expired token,
awslabs/aws-sdk-rust#827 for that of missing keys. The text for a bad signature is not verified.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from sandbox.aws.errors import Refused


def invalid_token(message: str) -> Refused:
    """STS's answer for a token that it does not take."""
    return Refused("InvalidIdentityToken", message)


@dataclass(frozen=True)
class Token:
    """A token taken apart and not yet believed. `signed` is what the signature covers."""

    key_id: str
    algorithm: str
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @property
    def issuer(self) -> str:
        return str(self.claims["iss"])

    @property
    def audiences(self) -> tuple[str, ...]:
        audience = self.claims["aud"]
        return tuple(map(str, audience)) if isinstance(audience, list) else (str(audience),)


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def parsed(text: str) -> Token:
    """The token, or `InvalidIdentityToken` for what is none."""
    try:
        header, payload, signature = text.split(".")
        heading, claims = json.loads(_decoded(header)), json.loads(_decoded(payload))
        token = Token(
            key_id=str(heading.get("kid", "")),
            algorithm=str(heading["alg"]),
            claims=claims,
            signed=f"{header}.{payload}".encode(),
            signature=_decoded(signature),
        )
        if not {"iss", "aud", "sub", "exp"} <= claims.keys():
            raise ValueError(claims)
    except (ValueError, KeyError, AttributeError, binascii.Error):
        raise invalid_token(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
        ) from None
    return token


def check_signature(token: Token, key_set: Mapping[str, Any] | None) -> None:
    """Holds the token against its issuer's JSON Web Key Set; None: the issuer cannot be reached."""
    keys = (key_set or {}).get("keys", [])
    fitting = [key for key in keys if key.get("kty") == "RSA" and key.get("kid", "") == token.key_id]
    if not fitting or token.algorithm != "RS256":
        raise invalid_token(
            "Couldn't retrieve verification key from your identity provider,  "
            "please reference AssumeRoleWithWebIdentity documentation for requirements"
        )
    if not any(_signed_with(token, key) for key in fitting):
        raise invalid_token("The web identity token's signature is not valid")


def _signed_with(token: Token, key: Mapping[str, Any]) -> bool:
    numbers = RSAPublicNumbers(e=int.from_bytes(_decoded(key["e"]), "big"), n=int.from_bytes(_decoded(key["n"]), "big"))
    try:
        numbers.public_key().verify(token.signature, token.signed, PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True


def check_time(token: Token, now: float) -> None:
    """Refuses an expired token; times in seconds since 1970."""
    expires = int(token.claims["exp"])
    if now >= expires:
        raise Refused(
            "ExpiredTokenException",
            f"Token expired: current date/time {int(now)} must be before the expiration date/time{expires}",
        )
