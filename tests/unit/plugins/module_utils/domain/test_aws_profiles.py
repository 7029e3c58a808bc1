"""The profiles of AWS's tools: what cannot be used is named, what botocore does not use is not looked at."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import aws_profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_profiles import Profiles
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ROLE = {"role_arn": "arn:aws:iam::111122223333:role/r"}
KEYS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
MFA = {**ROLE, "mfa_serial": "arn:aws:iam::111122223333:mfa/me"}
PROFILES = Profiles(
    {
        "production": {},
        "staging": {**ROLE, "source_profile": "base"},
        "a": {**ROLE, **KEYS, "source_profile": "a"},
        "no-role": {"source_profile": "base"},
        "token": {**ROLE, "web_identity_token_file": "/x", "source_profile": "base"},
        "by-keys": {**ROLE, "source_profile": "keys-first"},
        "keys-first": {**ROLE, **KEYS, "source_profile": "base"},
        "second": {**ROLE, "source_profile": "staging"},
    },
    "~/.aws/c",
)


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("prodction", "AWS_PROFILE: there is no profile prodction in ~/.aws/c. Is production meant?"),
        ("x", "no profile x in ~/.aws/c. It has a, by-keys, keys-first, no-role, production, second, staging, token"),
        ("staging", "source_profile of profile staging names base, which is not in ~/.aws/c"),
        ("second", "source_profile of profile staging names base, which is not in ~/.aws/c"),
    ],
)
def test_profiles(profile: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        aws_profiles.check_profile({"profile": profile}, {"AWS_PROFILE": profile}, PROFILES)


@pytest.mark.parametrize("profile", ["production", "a", "no-role", "token", "by-keys", "", None])
def test_profiles_that_are_right(profile: str | None) -> None:
    aws_profiles.check_profile({"profile": profile}, {}, PROFILES)


@pytest.mark.parametrize("variable", ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
def test_a_name_that_is_blank(variable: str) -> None:
    with pytest.raises(Refused, match=f"{variable} is set to nothing"):
        aws_profiles.check_profile({"profile": ""}, {variable: ""}, PROFILES)
    aws_profiles.check_profile({"profile": "production"}, {variable: ""}, PROFILES)


def test_the_source_of_the_default_profile() -> None:
    with pytest.raises(Refused, match="^source_profile of profile default names base"):
        aws_profiles.check_profile({}, {}, Profiles({"default": {**ROLE, "source_profile": "base"}}, "c"))


@pytest.mark.parametrize(
    ("params", "settings", "said"),
    [
        ({"profile": "p"}, {"p": {**MFA, "source_profile": "k"}, "k": KEYS}, "profile: profile p needs the code of"),
        (
            {"profile": "q"},
            {"q": {**ROLE, "source_profile": "p"}, "p": {**MFA, "source_profile": "k"}, "k": KEYS},
            "profile p, a source of profile q, needs .* --profile q --format env",
        ),
        ({}, {"default": {**MFA, "credential_source": "Environment"}}, "^profile default needs"),
        ({"access_key": "k"}, {"default": {**MFA, "credential_source": "Environment"}}, ""),
        ({"profile": "p"}, {"p": {**KEYS, "mfa_serial": "x"}}, ""),
        ({"profile": "p"}, {"p": {**MFA, "web_identity_token_file": "/x"}}, ""),
        ({"profile": "q"}, {"q": {**ROLE, "source_profile": "p"}, "p": {**MFA, **KEYS}}, ""),
    ],
)
def test_a_code_that_nobody_can_give(params: dict[str, Any], settings: dict[str, Any], said: str) -> None:
    if not said:
        aws_profiles.check_profile(params, {}, Profiles(settings, "c"))
        return
    with pytest.raises(Refused, match=said):
        aws_profiles.check_profile(params, {}, Profiles(settings, "c"))


@pytest.mark.parametrize("key", ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"])
@pytest.mark.parametrize("value", ["hu\nsh", "hu\x00sh", "hush\u201d"])
def test_keys_that_do_not_fit_in_a_header(key: str, value: str) -> None:
    found = Profiles({"p": {**KEYS, key: value}, "q": {**ROLE, "source_profile": "p"}, "default": {key: value}}, "c")
    for params, named in (({"profile": "p"}, "p"), ({"profile": "q"}, "p"), ({}, "default")):
        with pytest.raises(Refused, match=f"{key} of profile {named} cannot be sent") as refusal:
            aws_profiles.check_profile(params, {}, found)
        assert "hu" not in str(refusal.value)
    aws_profiles.check_profile({"access_key": "k"}, {}, found)


TOKEN, BUNDLE = {"web_identity_token_file": "/x"}, {"ca_bundle": "/x"}
OF_ENVIRONMENT = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}
GOOD = {"AWS_CA_BUNDLE": "/good"}
NAMED = {"profile": "p"}
FILES: list[tuple[dict[str, Any], dict[str, str], dict[str, str], str]] = [
    ({"aws_ca_bundle": "/x"}, {"AWS_CA_BUNDLE": "/x"}, {}, "/x, which AWS_CA_BUNDLE names: gone"),
    ({"aws_ca_bundle": "/x"}, {}, {}, "/x, which aws_ca_bundle names: gone"),
    ({"aws_ca_bundle": "/x", "validate_certs": False}, {}, {}, ""),
    ({}, OF_ENVIRONMENT, {}, "which AWS_WEB_IDENTITY_TOKEN_FILE names"),
    (NAMED, OF_ENVIRONMENT, {}, ""),
    ({"access_key": "k"}, OF_ENVIRONMENT, {}, ""),
    (NAMED, {}, TOKEN, "web_identity_token_file of profile p"),
    ({}, {}, TOKEN, ""),
    ({"access_key": "k", **NAMED}, {}, TOKEN, ""),
    # Only clients that botocore makes for itself verify with these.
    (NAMED, {}, BUNDLE, ""),
    (NAMED, {}, {**BUNDLE, **ROLE}, "ca_bundle of profile p"),
    (NAMED, {}, {**BUNDLE, "sso_account_id": "1"}, "ca_bundle of profile p"),
    (NAMED, {"validate_certs": ""}, {**BUNDLE, "login_session": "1"}, "ca_bundle of profile p"),
    ({**NAMED, "aws_ca_bundle": "/good"}, GOOD, {**BUNDLE, **ROLE}, ""),
    (NAMED, {"REQUESTS_CA_BUNDLE": "/x"}, {**ROLE, "ca_bundle": "/good"}, ""),
    (NAMED, {"REQUESTS_CA_BUNDLE": "/x"}, ROLE, "which REQUESTS_CA_BUNDLE names"),
    (NAMED, {"REQUESTS_CA_BUNDLE": "/x"}, {}, ""),
    ({**NAMED, "validate_certs": False}, {"AWS_CA_BUNDLE": "/x"}, ROLE, "which AWS_CA_BUNDLE names"),
    ({"access_key": "k"}, {"REQUESTS_CA_BUNDLE": "/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/good"}, {}, ""),
    ({}, {"REQUESTS_CA_BUNDLE": "/x", "AWS_WEB_IDENTITY_TOKEN_FILE": "/good"}, {}, "which REQUESTS_CA_BUNDLE names"),
]


@pytest.mark.parametrize(("params", "environ", "own", "said"), FILES)
def test_files(params: dict[str, Any], environ: dict[str, str], own: dict[str, str], said: str) -> None:
    found = Profiles({"p": own}, "~/.aws/c")

    def why_not(path: str, _certificates: bool) -> str:
        return "" if path == "/good" else "gone"

    if not said:
        aws_profiles.check_files(params, environ, found, why_not)
        return
    with pytest.raises(Refused, match=said):
        aws_profiles.check_files(params, environ, found, why_not)
    aws_profiles.check_files(params, environ, found, lambda *_: "")


@pytest.mark.parametrize(
    ("environ", "default", "said"),
    [
        ({"AWS_WEB_IDENTITY_TOKEN_FILE": "/good"}, TOKEN, ""),
        ({}, TOKEN, "web_identity_token_file of profile default"),
        (OF_ENVIRONMENT, {**ROLE, "credential_source": "Environment"}, ""),
        (OF_ENVIRONMENT, {**ROLE, "source_profile": "other"}, "web_identity_token_file of profile other"),
        (OF_ENVIRONMENT, KEYS, "AWS_WEB_IDENTITY_TOKEN_FILE names"),
    ],
)
def test_tokens_of_the_default_profile(environ: dict[str, str], default: dict[str, str], said: str) -> None:
    found = Profiles({"default": default, "other": {**ROLE, "web_identity_token_file": "/y"}}, "c")

    def why_not(path: str, _certificates: bool) -> str:
        return "" if path == "/good" else "gone"

    if not said:
        aws_profiles.check_files({}, environ, found, why_not)
        return
    with pytest.raises(Refused, match=said):
        aws_profiles.check_files({}, environ, found, why_not)
    aws_profiles.check_files({"access_key": "k"}, environ, found, why_not)
