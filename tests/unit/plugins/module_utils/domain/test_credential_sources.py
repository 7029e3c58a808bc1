"""Where credentials come from is said in terms of what has been set."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_profiles import Profiles
from ansible_collections.epinio.aws.plugins.module_utils.domain.credential_sources import Sources, shown

ROLE = {"role_arn": "R"}
PROFILES = Profiles(
    {
        "keys": {"aws_access_key_id": "a"},
        "process": {"credential_process": "/bin/tool --password hush"},
        "role": {**ROLE, "source_profile": "process"},
        "twice": {**ROLE, "source_profile": "role"},
        "box": {**ROLE, "credential_source": "EcsContainer"},
        "web": {**ROLE, "web_identity_token_file": "/t"},
        "sso": {"sso_account_id": "1", "sso_role_name": "admin"},
        "login": {"login_session": "me"},
        "default": {"aws_access_key_id": "a"},
    },
    "~/.aws/c",
)
TWICE = (
    "profile twice (AWS_PROFILE), which assumes R with source_profile role, which assumes R with source_profile "
    "process, by its credential_process (/bin/tool)"
)
FULL, RELATIVE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"


@pytest.mark.parametrize(
    ("method", "profile", "environ", "name", "advice"),
    [
        ("shared-credentials-file", "keys", {}, "profile keys (AWS_PROFILE), by its keys", "Correct"),
        (
            "custom-process",
            "process",
            {},
            "profile process (AWS_PROFILE), by its credential_process (/bin/tool)",
            "Correct",
        ),
        (
            "assume-role",
            "twice",
            {},
            TWICE,
            "Correct",
        ),
        (
            "assume-role",
            "box",
            {},
            "profile box (AWS_PROFILE), which assumes R with credential_source EcsContainer",
            "Check what listens",
        ),
        (
            "assume-role-with-web-identity",
            "web",
            {},
            "profile web (AWS_PROFILE), which assumes R with the token in /t (web_identity_token_file)",
            "Correct",
        ),
        (
            "assume-role-with-web-identity",
            "",
            {"AWS_WEB_IDENTITY_TOKEN_FILE": "/e", "AWS_ROLE_ARN": "E"},
            "E (AWS_ROLE_ARN) with the token in /e (AWS_WEB_IDENTITY_TOKEN_FILE)",
            "Correct",
        ),
        (
            "sso",
            "sso",
            {},
            "profile sso (AWS_PROFILE), which is admin in account 1 (sso_role_name)",
            "To log in: `aws sso login --profile sso`",
        ),
        (
            "login",
            "login",
            {},
            "profile login (AWS_PROFILE), which is logged in as me (login_session)",
            "To log in: `aws login --profile login`",
        ),
        ("container-role", "", {FULL: "http://x"}, f"the endpoint http://x ({FULL})", "Check what listens"),
        ("container-role", "", {RELATIVE: "/x", FULL: "y"}, f"the endpoint /x ({RELATIVE})", "Check what listens"),
        ("iam-role", "", {}, "the instance metadata service", "Check what answers"),
        (
            "iam-role",
            "",
            {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://x"},
            "the instance metadata service at http://x",
            "Check what answers",
        ),
        ("config-file", "", {}, "profile default, by its keys", "Correct"),
    ],
)
def test_sources(method: str, profile: str, environ: dict[str, str], name: str, advice: str) -> None:
    found = Sources({"profile": profile or None}, {"AWS_PROFILE": profile, **environ}, PROFILES)
    assert found.name(method) == name
    assert found.advice(method).startswith(advice)
    assert found.advice(method, misconfigured=True).endswith(".")


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("one\ntwo\x00", "one two"),
        ("Error when retrieving credentials from custom-process: no luck", "no luck"),
        (
            "Error when retrieving credentials from x: Received non 200 response 403 from container metadata: {a\nb}",
            "Received non 200 response 403 from container metadata",
        ),
        ("x" * 500, f"… {'x' * 400}"),
    ],
)
def test_reasons(reason: str, text: str) -> None:
    assert shown(reason) == text
