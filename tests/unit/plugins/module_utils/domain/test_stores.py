"""Where Epinio keeps sources."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import stores
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import family, version
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import ConnectionDetails, Store

DEFAULTS = {
    "minio": {"enabled": True},
    "s3gw": {"enabled": False},
    "s3": {"endpoint": "s3.amazonaws.com", "bucket": "epinio"},
}
AWS = "s3.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Store(True, "s3.amazonaws.com", "epinio")),
        ({"minio": {"enabled": False}}, Store(False, "s3.amazonaws.com", "epinio")),
        ({"minio": {"enabled": None}}, Store(False, "s3.amazonaws.com", "epinio")),
        ({"minio": None}, Store(True, "s3.amazonaws.com", "epinio")),
        ({"minio": {"enabled": False}, "s3gw": {"enabled": True}}, Store(True, "s3.amazonaws.com", "epinio")),
        ({"minio": {"enabled": False}, "s3": {"endpoint": AWS, "bucket": "b"}}, Store(False, AWS, "b")),
    ],
)
def test_chosen(given: dict[str, Any], expected: Store) -> None:
    assert stores.chosen(given, DEFAULTS, family(version("1.13.9"))) == expected


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (Store(True, AWS, "b"), Store(False, AWS, "b"), True),
        (Store(False, AWS, "b"), Store(True, AWS, "b"), True),
        (Store(True, AWS, "b"), Store(True, AWS, "c"), False),
        (Store(False, AWS, "b"), Store(False, AWS, "b"), False),
        (Store(False, "s3.amazonaws.com", "b"), Store(False, AWS, "b"), False),
        (Store(False, AWS, "b"), Store(False, AWS, "c"), True),
        (Store(False, "minio.corp.test:9000", "b"), Store(False, AWS, "b"), True),
        (Store(False, "minio.corp.test:9000", "b"), Store(False, "minio.corp.test:9000", "b"), False),
        (Store(False, "evilamazonaws.com", "b"), Store(False, AWS, "b"), True),
        (Store(False, f"https://{AWS}", "b"), Store(False, AWS, "b"), False),
    ],
)
def test_out_of_reach(before: Store, after: Store, lost: bool) -> None:
    assert stores.out_of_reach(before, after, "amazonaws.com") is lost


BUNDLED, OURS = Store(True, "minio.epinio.svc.cluster.local:9000", "epinio"), Store(False, AWS, "b")


def details(endpoint: str, bucket: str) -> ConnectionDetails:
    return ConnectionDetails(endpoint, bucket, "", use_ssl=True, has_keys=False)


@pytest.mark.parametrize(
    ("live", "chosen", "expected"),
    [
        (details(BUNDLED.endpoint, "epinio"), [Store(True, "s3.amazonaws.com", "epinio")], (BUNDLED,)),
        # The newest revision failed before it changed anything: Epinio still reads what it read.
        (details(BUNDLED.endpoint, "epinio"), [OURS, Store(True, "", "")], (BUNDLED,)),
        (details("minio.corp.test:9000", "old"), [OURS], (Store(False, "minio.corp.test:9000", "old"),)),
        (details(BUNDLED.endpoint, "epinio"), [OURS], (Store(False, BUNDLED.endpoint, "epinio"),)),
        # It failed later, or somebody changed the Secret: the store that a revision brought may still be there.
        (details(AWS, "b"), [OURS, Store(True, "", "")], (OURS, Store(True, "", ""))),
        (details(AWS, "b"), [OURS], (OURS,)),
        (None, [OURS, OURS], (OURS,)),
        (None, [OURS, BUNDLED], (OURS, BUNDLED)),
        (details("", ""), [OURS], (OURS,)),
    ],
)
def test_in_use(live: ConnectionDetails | None, chosen: list[Store], expected: tuple[Store, ...]) -> None:
    assert stores.in_use(live, chosen) == expected


def test_parsed() -> None:
    data = {
        "bucket": "b",
        "config": "[default]\nregion=us-east-1",
        "credentials": "[default]\naws_access_key_id=\naws_secret_access_key=",
        "endpoint": AWS,
        "useSSL": "true",
    }
    assert stores.parsed(data) == ConnectionDetails(AWS, "b", "us-east-1", use_ssl=True, has_keys=False)


def test_keys_are_told_not_shown() -> None:
    found = stores.parsed(
        {"credentials": "[default]\naws_access_key_id = \naws_secret_access_key = hush\n", "useSSL": "false"}
    )
    assert found == ConnectionDetails("", "", "", use_ssl=False, has_keys=True)
    assert "hush" not in repr(found)
