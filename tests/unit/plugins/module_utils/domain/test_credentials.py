"""What a container's environment shows of its credentials."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind, Wanted
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ROLE, OTHER = "arn:aws:iam::123456789012:role/a", "arn:aws:iam::123456789012:role/b"
TOKEN = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/token"}
INJECTED = {"AWS_ROLE_ARN": ROLE, "AWS_REGION": "eu-central-1", **TOKEN}
POD_IDENTITY = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}
WITH_ROLE, WITHOUT = Wanted(ROLE, "eu-central-1"), Wanted()


@pytest.mark.parametrize(
    ("wanted", "environment", "template", "kind", "text"),
    [
        (WITH_ROLE, INJECTED, {}, Kind.RIGHT, ""),
        (WITH_ROLE, {}, {}, Kind.STALE, "no AWS_ROLE_ARN"),
        (WITH_ROLE, {**INJECTED, "AWS_ROLE_ARN": OTHER}, {}, Kind.STALE, f"AWS_ROLE_ARN={OTHER}, not {ROLE}"),
        (WITH_ROLE, {"AWS_ROLE_ARN": ROLE}, {}, Kind.STALE, "no AWS_WEB_IDENTITY_TOKEN_FILE"),
        (WITH_ROLE, POD_IDENTITY, {}, Kind.FOREIGN, "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://169.254.170.23"),
        (WITH_ROLE, {**INJECTED, **POD_IDENTITY}, {}, Kind.FOREIGN, "Pod Identity"),
        (WITH_ROLE, {**INJECTED, "AWS_REGION": "us-east-1"}, {}, Kind.FOREIGN, "AWS_REGION=us-east-1"),
        # The container's own region is its own affair, and the webhook leaves it.
        (WITH_ROLE, {**INJECTED, "AWS_REGION": "us-east-1"}, {"AWS_REGION": "us-east-1"}, Kind.RIGHT, ""),
        (WITH_ROLE, {"AWS_ROLE_ARN": ROLE, **TOKEN}, {}, Kind.RIGHT, ""),
        (Wanted(ROLE), {**INJECTED, "AWS_REGION": "us-east-1"}, {}, Kind.RIGHT, ""),
        (WITHOUT, {}, {}, Kind.RIGHT, ""),
        (WITHOUT, INJECTED, {}, Kind.STALE, "still has AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE"),
        (WITHOUT, TOKEN, {}, Kind.STALE, "still has AWS_WEB_IDENTITY_TOKEN_FILE"),
        (WITHOUT, INJECTED, {"AWS_ROLE_ARN": ROLE, **TOKEN}, Kind.RIGHT, ""),
        (WITHOUT, POD_IDENTITY, {}, Kind.RIGHT, ""),
    ],
)
def test_one_container(
    wanted: Wanted, environment: Mapping[str, str], template: Mapping[str, str], kind: Kind, text: str
) -> None:
    found = credentials.finding(wanted, environment, template)
    assert found.kind is kind
    assert text in found.text


def test_the_worst_container_counts_and_is_named() -> None:
    template: dict[str, dict[str, str]] = {"a": {}, "b": {}, "c": {}}
    right, stale, foreign = INJECTED, {"AWS_ROLE_ARN": OTHER, **TOKEN}, POD_IDENTITY
    found = credentials.worst(WITH_ROLE, {"a": right, "b": stale, "c": foreign}, template)
    assert (found.kind, found.text[:11]) == (Kind.FOREIGN, "container c")
    found = credentials.worst(WITH_ROLE, {"a": right, "b": stale, "c": right}, template)
    assert (found.kind, found.text[:11]) == (Kind.STALE, "container b")
    assert credentials.worst(WITH_ROLE, {"a": right}, template).kind is Kind.RIGHT


def test_sidecars_and_skipped_containers_do_not_count() -> None:
    assert credentials.worst(WITH_ROLE, {"server": INJECTED, "istio-proxy": {}}, {"server": {}}).kind is Kind.RIGHT
    assert credentials.skipped({"eks.amazonaws.com/skip-containers": "a, b,"}) == {"a", "b"}
    assert credentials.skipped({}) == frozenset()


def test_variables_that_keep_the_webhook_away() -> None:
    template = {"server": {"AWS_ROLE_ARN": "x", "AWS_REGION": "y"}, "init": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "z"}}
    assert credentials.set_by_template(template) == (
        "init: AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "server: AWS_ROLE_ARN",
    )
    assert credentials.set_by_template({"server": {}}) == ()


def test_what_is_no_role_is_refused() -> None:
    with pytest.raises(Refused, match="not the ARN of an IAM role"):
        Wanted("epinio-server-role")
