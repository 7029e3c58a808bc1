"""What people tell AWS's SDK: each typing error is named with the option or variable, and with what to do."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import aws_settings
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


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


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "endpoint_url"])
@pytest.mark.parametrize("url", ["localhost", "localhost:4566", "https//x", "https://", "ftp://x", "https://x:y"])
def test_endpoints(name: str, url: str) -> None:
    params, environ = ({name: url}, {}) if name == "endpoint_url" else ({}, {name: url})
    with pytest.raises(Refused, match=f"{name} is no URL"):
        aws_settings.check_endpoints(params, environ)
    aws_settings.check_endpoints({"endpoint_url": "https://x:1"}, {name.upper(): ""})


@pytest.mark.parametrize("environ", [{"AWS_ENDPOINT_URL_DYNAMODB": "x"}, {"AWS_ENDPOINT_URLS": "x"}])
def test_endpoints_of_what_is_not_called(environ: dict[str, str]) -> None:
    aws_settings.check_endpoints({}, environ)
    aws_settings.check_endpoints({}, {"AWS_ENDPOINT_URL": "x", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"})


UNCLEAN = (
    "hush\n",
    "hush\r\n",
    " hush",
    "hush ",
    "hush\t",
    "\nhush",
    "hu\nsh",
    "hu\x00sh",
    "hu\x7fsh",
    "hush\u201d",
    " ",
)


@pytest.mark.parametrize("key", UNCLEAN)
@pytest.mark.parametrize(
    ("option", "variable"),
    [
        ("access_key", "AWS_ACCESS_KEY_ID"),
        ("secret_key", "AWS_SECRET_ACCESS_KEY"),
        ("secret_key", "AWS_SECRET_KEY"),
        ("session_token", "AWS_SESSION_TOKEN"),
        ("session_token", ""),
    ],
)
def test_keys_that_do_not_fit_in_a_header(option: str, variable: str, key: str) -> None:
    params = {"access_key": "a", "secret_key": "b", "session_token": "c", option: key}
    with pytest.raises(Refused, match=f"^{variable or option} cannot be sent: ") as refusal:
        aws_settings.check_keys(params, {variable: key} if variable else {})
    assert "hu" not in str(refusal.value).replace(option, "")


@pytest.mark.parametrize("key", UNCLEAN)
def test_a_token_for_the_containers_endpoint(key: str) -> None:
    name = "AWS_CONTAINER_AUTHORIZATION_TOKEN"
    with pytest.raises(Refused, match=f"^{name} cannot be sent: "):
        aws_settings.check_keys({}, {name: key})
    aws_settings.check_keys({}, {name: "Bearer a"})
    aws_settings.check_keys({"access_key": "a", "secret_key": "b"}, {name: key})
    aws_settings.check_keys({}, {name: key, f"{name}_FILE": "/x"})
