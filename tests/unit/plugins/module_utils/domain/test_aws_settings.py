"""What people tell AWS's SDK: each typing error is named with the option or variable, and with what to do."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import aws_settings
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_settings import Profiles
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

PROFILES = Profiles({"production": {}, "staging": {"source_profile": "base"}, "a": {"source_profile": "a"}}, "~/.aws/c")


@pytest.mark.parametrize(
    ("params", "environ", "said"),
    [
        (
            {"profile": "p", "access_key": "k", "secret_key": "s"},
            {"AWS_PROFILE": "p", "AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"},
            r"Both AWS_PROFILE \(p\) and AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY .*unset AWS_PROFILE, or",
        ),
        (
            {"profile": "p", "session_token": "t"},
            {"AWS_SESSION_TOKEN": "t"},
            r"Both profile \(p\) and AWS_SESSION_TOKEN",
        ),
        ({"access_key": "k"}, {"AWS_ACCESS_KEY_ID": "k"}, "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"),
        ({"secret_key": "hush"}, {"AWS_SECRET_KEY": "hush"}, "AWS_SECRET_KEY is set without AWS_ACCESS_KEY_ID"),
        ({"session_token": "hush"}, {}, "session_token is set without AWS_ACCESS_KEY_ID"),
    ],
)
def test_keys(params: dict[str, Any], environ: dict[str, str], said: str) -> None:
    with pytest.raises(Refused, match=said) as refusal:
        aws_settings.check_keys(params, environ)
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize("params", [{}, {"profile": "p"}, {"access_key": "a", "secret_key": "b", "session_token": "c"}])
def test_keys_that_are_right(params: dict[str, Any]) -> None:
    aws_settings.check_keys(params, {})


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("prodction", "AWS_PROFILE: there is no profile prodction in ~/.aws/c. Is production meant?"),
        ("x", "no profile x in ~/.aws/c. It has a, production, staging"),
        ("staging", "source_profile of profile staging names base, which is not in ~/.aws/c"),
    ],
)
def test_profiles(profile: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        aws_settings.check_profile({"profile": profile}, {"AWS_PROFILE": profile}, PROFILES)


@pytest.mark.parametrize("profile", ["production", "a", "", None])
def test_profiles_that_are_right(profile: str | None) -> None:
    aws_settings.check_profile({"profile": profile}, {}, PROFILES)


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_name_that_is_blank(variable: str) -> None:
    with pytest.raises(Refused, match=f"{variable} is set to nothing"):
        aws_settings.check_profile({"profile": ""}, {variable: ""}, PROFILES)
    aws_settings.check_profile({"profile": "production"}, {variable: ""}, PROFILES)


@pytest.mark.parametrize(
    ("params", "environ", "own", "said"),
    [
        ({"aws_ca_bundle": "/x"}, {"AWS_CA_BUNDLE": "/x"}, {}, "/x, which AWS_CA_BUNDLE names: gone"),
        ({}, {"REQUESTS_CA_BUNDLE": "/x"}, {}, "which REQUESTS_CA_BUNDLE names"),
        ({}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}, {}, "which AWS_WEB_IDENTITY_TOKEN_FILE names"),
        ({"profile": "p"}, {}, {"ca_bundle": "/x"}, "ca_bundle of profile p"),
        ({}, {}, {"web_identity_token_file": "/x"}, ""),
        ({"profile": "p"}, {}, {"web_identity_token_file": "/x"}, "web_identity_token_file of profile p"),
        ({"aws_ca_bundle": "/x", "validate_certs": False}, {}, {}, ""),
        ({"profile": "p"}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}, {}, ""),
        ({"access_key": "k"}, {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}, {}, ""),
    ],
)
def test_files(params: dict[str, Any], environ: dict[str, str], own: dict[str, str], said: str) -> None:
    found = Profiles({"p": own}, "~/.aws/c")
    if not said:
        aws_settings.check_files(params, environ, found, lambda *_: "gone")
        return
    with pytest.raises(Refused, match=said):
        aws_settings.check_files(params, environ, found, lambda *_: "gone")
    aws_settings.check_files(params, environ, found, lambda *_: "")


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "endpoint_url"])
@pytest.mark.parametrize("url", ["localhost", "localhost:4566", "https//x", "https://", "ftp://x", "https://x:y"])
def test_endpoints(name: str, url: str) -> None:
    params, environ = ({name: url}, {}) if name == "endpoint_url" else ({}, {name: url})
    with pytest.raises(Refused, match=f"{name} is no URL"):
        aws_settings.check_endpoints(params, environ)
    aws_settings.check_endpoints({"endpoint_url": "https://x:1"}, {name.upper(): ""})
