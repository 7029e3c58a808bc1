"""What of Helm values may be seen."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import secrecy
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path

ROLE = "arn:aws:iam::123456789012:role/epinio-server-role"
PUBLIC = (ROLE, "epinio-sources", "s3.us-east-1.amazonaws.com")


@pytest.mark.parametrize(
    ("keys", "value", "expected"),
    [
        (("s3", "bucket"), "b", "b"),
        (("minio", "enabled"), ABSENT, None),
        (("s3", "accessKeyID"), "", ""),
        (("s3", "accessKeyID"), "AKIA", "(hidden)"),
        (("s3", "secretAccessKey"), "hush", "(hidden)"),
        (("s3", "secretAccessKey"), ABSENT, None),
    ],
)
def test_shown(keys: Path, value: Any, expected: Any) -> None:
    assert secrecy.shown(keys, value) == expected


@pytest.mark.parametrize(
    ("values", "masked"),
    [
        ({"api": {"users": [{"password": "hush-hush/1"}]}}, {"hush-hush/1", "aHVzaC1odXNoLzE=", "hush-hush%2F1"}),
        ({"api": {"adminPassword": "short"}}, set()),
        ({"extra": "epinio-sources"}, set()),
        ({"extra": "server-role"}, set()),
        ({"s3": {"bucket": "another-bucket", "endpoint": "minio.corp.test:9000"}}, set()),
        ({"s3": {"accessKeyID": "AKIAEXAMPLE"}}, {"AKIAEXAMPLE", "QUtJQUVYQU1QTEU="}),
        ({"server": {"traceLevel": 12345678}}, set()),
    ],
)
def test_to_mask(values: dict[str, Any], masked: set[str]) -> None:
    assert secrecy.to_mask([values], PUBLIC) == masked


def test_secret_strings() -> None:
    given = {"api": {"users": [{"username": "somebody", "password": "hush"}]}, "global": {"registryPassword": "abc"}}
    assert secrecy.secret_strings(given, {"x": {"y": ["quiet"]}}) == {"hush", "quiet"}


def test_masked_takes_longer_strings_first() -> None:
    assert secrecy.masked("got hush-hush and hush", {"hush", "hush-hush"}) == "got (hidden) and (hidden)"
