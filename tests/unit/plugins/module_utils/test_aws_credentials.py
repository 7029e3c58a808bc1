"""Whatever keeps credentials away is an error of ours, which names their source."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.aws_credentials import asking_source
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_profiles import Profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.credential_sources import Sources
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, ServiceFailed
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    InvalidConfigError,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

SOURCES = Sources({"profile": "p"}, {}, Profiles({"p": {"sso_role_name": "r", "sso_account_id": "1"}}, "~/.aws/c"))
URL = "https://sts.test"
ERRORS: dict[str, tuple[Exception, str, str]] = {
    "refused": (
        ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "AssumeRole"),
        "AccessDenied: no",
        "Ask the owner",
    ),
    "foreign": (ForeignAnswer("the answer is not STS's (empty)"), "not STS's (empty)", "HTTPS_PROXY"),
    "unparsed": (ResponseParserError("b'<SecretAccessKey>hush'"), "cannot read", "HTTPS_PROXY"),
    "unreachable": (EndpointConnectionError(endpoint_url=URL), URL, "HTTPS_PROXY"),
    "no connection": (ConnectTimeoutError(endpoint_url=URL), URL, "HTTPS_PROXY"),
    "no answer": (ReadTimeoutError(endpoint_url=URL), URL, "HTTPS_PROXY"),
    "expired": (UnauthorizedSSOTokenError(), "expired", "aws sso login --profile p"),
    "misconfigured": (InvalidConfigError(error_msg="no such session"), "no such session", "Correct the settings in"),
    "no reason": (CredentialRetrievalError(provider="x", error_msg=""), "it gave no reason", "aws sso login"),
    "no file": (FileNotFoundError(2, "No such file", "/x"), "No such file", "aws sso login"),
    "no terminal": (EOFError("EOF when reading a line"), "EOF", "aws sso login"),
    **{
        kind.__name__: (kind("hush"), f"SDK can use ({kind.__name__})", "aws sso login")
        for kind in (KeyError, IndexError, TypeError, AttributeError, ValueError, RuntimeError, RecursionError)
    },
}


@pytest.mark.parametrize("name", ERRORS)
def test_each_is_ours(name: str) -> None:
    error, reason, advice = ERRORS[name]
    with pytest.raises(ServiceFailed) as failed, asking_source(SOURCES, "sso"):
        raise error
    text = str(failed.value)
    assert text.startswith("Could not get AWS credentials from profile p (profile), which is r in account 1 (sso_role")
    assert reason in text
    assert advice in text
    assert "hush" not in text
    # Readers would take it for a refusal of the service that they ask.
    assert failed.value.code == ""
