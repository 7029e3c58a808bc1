"""The one exception of the stand-in: AWS refuses the call."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping


class Refused(Exception):
    """AWS answers with an error.

    - `code`: as on the wire, without "Exception" for IAM
    - `message`: AWS's own words
    - `status`: of HTTP
    - `details`: further elements of the error, such as S3's Endpoint
    - `headers`: of the answer
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        details: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.details = dict(details or {})
        self.headers = dict(headers or {})


def no_such_entity(message: str) -> Refused:
    """IAM's answer for an object that is not there, or not there yet."""
    return Refused("NoSuchEntity", message, 404)


def malformed_policy(message: str) -> Refused:
    """IAM's answer for a document that it does not take."""
    return Refused("MalformedPolicyDocument", message)


def already_exists(message: str) -> Refused:
    """IAM's answer for a name that is taken."""
    return Refused("EntityAlreadyExists", message, 409)


def quota_exceeded(quota: str, limit: int) -> Refused:
    """IAM's answer beyond a quota."""
    return Refused("LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", 409)


def not_implemented(what: str) -> Refused:
    """What the stand-in does not know is never a 404, which a client could take for "there is none"."""
    return Refused("StandInNotImplemented", f"The AWS stand-in does not implement {what}.", 501)
