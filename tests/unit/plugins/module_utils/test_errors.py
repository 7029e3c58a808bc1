"""An error says what was attempted, the service's own reason, and what to do next."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import errors
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidProxiesConfigError,
    NoCredentialsError,
    ProxyConnectionError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError
from urllib3.exceptions import LocationParseError

ARN = "arn:aws:s3:::sources"


def _denial(rest: str) -> str:
    return f"User: arn:aws:iam::1:user/me is not authorized to perform: s3:ListBucket on resource: {ARN} {rest}"


def _failure(error: Exception) -> errors.ServiceFailed:
    with pytest.raises(errors.ServiceFailed) as failed, errors.attempting("read role r"):
        raise error
    return failed.value


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    [
        ("NoSuchEntity", "x", ""),
        ("LimitExceeded", "x", "quota"),
        ("DeleteConflict", "x", "run this again"),
        ("EntityAlreadyExists", "x", "epinio_name_suffix"),
        ("BucketAlreadyExists", "x", "epinio_bucket"),
        ("ExpiredToken", "x", "renew them"),
        ("ExpiredTokenException", "x", "renew them"),
        ("RequestExpired", "x", "clock"),
        ("InvalidClientTokenId", "x", "AWS_PROFILE"),
        ("UnrecognizedClientException", "x", "epinio_region"),
        ("InvalidAccessKeyId", "x", "AWS_ACCESS_KEY_ID"),
        ("SignatureDoesNotMatch", "x", "AWS_SECRET_ACCESS_KEY"),
        ("InvalidSignatureException", "x", "clock"),
        (
            "AccessDenied",
            _denial("because no identity-based policy allows the s3:ListBucket action"),
            f"Grant s3:ListBucket on {ARN} to",
        ),
        ("AccessDeniedException", _denial("because no identity-based policy allows it"), "Grant s3:ListBucket on"),
        (
            "AccessDenied",
            _denial("with an explicit deny in a service control policy"),
            "The service control policy forbids",
        ),
        (
            "AccessDenied",
            _denial("with an explicit deny in a resource control policy: arn:x"),
            "The resource control policy",
        ),
        (
            "AccessDenied",
            _denial("with an explicit deny in an identity-based policy"),
            "The identity-based policy forbids",
        ),
        (
            "AccessDenied",
            _denial("with an explicit deny in a permissions boundary."),
            "The permissions boundary forbids",
        ),
        (
            "AccessDenied",
            _denial("because no permissions boundary allows the s3:ListBucket action"),
            "The permissions boundary",
        ),
        (
            "AccessDenied",
            _denial("because no session policy allows the s3:ListBucket action"),
            "The session policy forbids",
        ),
        ("AccessDenied", _denial(""), "The caller needs s3:ListBucket."),
        ("AccessDenied", "Access Denied", "Ask the owner of the caller's permissions."),
        (
            "AccessDenied",
            "Anonymous users cannot invoke this API",
            "The request carried no credentials: set AWS_PROFILE",
        ),
        (
            "AccessDenied",
            _denial("because no resource-based policy allows the s3:ListBucket action"),
            f"The policy of {ARN} itself must allow it: ask its owner.",
        ),
    ],
)
def test_advice(code: str, reason: str, advice: str) -> None:
    found = errors.aws_advice(code, reason)
    assert found.startswith(advice) if code.startswith("AccessDenied") else advice in found
    assert bool(found) is bool(advice)


def test_an_explicit_deny_is_never_answered_by_a_grant() -> None:
    assert "Grant" not in errors.aws_advice("AccessDenied", _denial("with an explicit deny in a VPC endpoint policy"))


def test_an_aws_refusal() -> None:
    failed = _failure(ClientError({"Error": {"Code": "NoSuchEntity", "Message": "The role r is gone."}}, "GetRole"))
    assert str(failed) == "Could not read role r: NoSuchEntity: The role r is gone."
    assert failed.code == "NoSuchEntity"


def test_an_answer_without_a_message() -> None:
    failed = _failure(ClientError({"Error": {"Code": "403"}}, "HeadBucket"))
    assert failed.code == "403"
    assert "HeadBucket" in str(failed)


def test_no_answer() -> None:
    failed = _failure(EndpointConnectionError(endpoint_url="http://127.0.0.1:1"))
    assert failed.code == ""
    assert "127.0.0.1:1" in str(failed)
    assert "epinio_region" in str(failed)


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), TokenRetrievalError(provider="sso", error_msg="Token has expired")]
)
def test_no_credentials(error: Exception) -> None:
    text = str(_failure(error))
    assert text.startswith(f"Could not read role r: {str(error).rstrip('.')}. ")
    assert "AWS_PROFILE" in text
    assert "epinio_region" not in text


def test_faults_of_ours_pass_through() -> None:
    with pytest.raises(KeyError), errors.attempting("read"):
        raise KeyError("bug")


def test_one_place_fails_the_task() -> None:
    told: list[dict[str, Any]] = []
    module = SimpleNamespace(fail_json=lambda **result: told.append(result))

    def fail(error: Exception) -> None:
        with errors.reporting(module):
            raise error

    fail(errors.Refused("no", changes=[1]))
    assert told == [{"msg": "no", "changes": [1]}]
    with pytest.raises(KeyError):
        fail(KeyError("bug"))


@pytest.mark.parametrize(
    ("error", "reason", "advice"),
    [
        (HTTPClientError(error=LocationParseError("'user:hush' is not a valid host")), "LocationParseError", "%2F"),
        (HTTPClientError(error=LocationParseError("http://user:hush@h:99999")), "is malformed", "HTTPS_PROXY"),
        (HTTPClientError(error=ValueError("Invalid header value b'hush\\n'")), "is malformed", "HTTPS_PROXY"),
        (HTTPClientError(error=UnicodeEncodeError("ascii", "hush\u201d", 4, 5, "x")), "is malformed", "HTTPS_PROXY"),
        (ProxyConnectionError(proxy_url="http://***:***@h"), "Failed to connect to proxy", "Check HTTPS_PROXY"),
        (ProxyConnectionError(proxy_url="http://socks5://u:hush@h"), "socks5://(hidden)@h", "Check HTTPS_PROXY"),
        (ProxyConnectionError(proxy_url="http://u:hush/pw@h"), "http://(hidden)@h", "Check HTTPS_PROXY"),
        (InvalidProxiesConfigError(), "", "HTTPS_PROXY"),
        (EndpointConnectionError(endpoint_url="https://x"), "https://x", "HTTPS_PROXY"),
        (HTTPClientError(error=OSError("gone")), "gone", "HTTPS_PROXY"),
        (ResponseParserError("Unable to parse: b'<SecretAccessKey>hush'"), "cannot read", "HTTPS_PROXY"),
    ],
)
def test_proxies(error: Exception, reason: str, advice: str) -> None:
    text = str(_failure(error))
    assert text.startswith("Could not read role r: ")
    assert reason in text
    assert advice in text
    assert "hush" not in text
