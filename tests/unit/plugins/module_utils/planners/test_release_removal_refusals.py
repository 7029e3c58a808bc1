"""Why a release is not given back, and where it is."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Server

from tests.unit.plugins.module_utils.planners.release_world import OTHER_ROLE, ROLE, USERS, account, release
from tests.unit.plugins.module_utils.planners.removal_world import (
    OFF,
    PRIVATE,
    REMOVAL,
    planned,
    wired_from,
    with_release,
)


@pytest.mark.parametrize(
    ("former", "live", "chart"),
    [
        (OFF, "", "1.13.9"),
        (OFF, ROLE, "1.13.9"),
        ({**OFF, **helm.tree({ANNOTATION: ROLE})}, ROLE, "1.13.9"),
        # The store of the family before, or a role where the chart gives none.
        ({**OFF, "seaweedfs": {"enabled": False}, "minio": {"enabled": True}}, "", "1.13.10"),
        ({**OFF, **helm.tree({ANNOTATION: OTHER_ROLE})}, "", "1.13.4"),
        ({"minio": {"enabled": False}, "s3": {"accessKeyID": "AKIA", "secretAccessKey": ""}}, "", "1.13.9"),
    ],
)
def test_no_store_is_refused(former: dict[str, Any], live: str, chart: str) -> None:
    actual = with_release(wired_from(former, account=account(live)), chart_version=chart)
    with pytest.raises(Refused, match=r"no store.*epinio_teardown_release=keep.*epinio_uninstall.*helm upgrade"):
        planned(actual)


@pytest.mark.parametrize(
    ("former", "live", "chart"),
    [
        (USERS, ROLE, "1.13.9"),
        (PRIVATE, ROLE, "1.13.9"),
        ({**OFF, **helm.tree({ANNOTATION: OTHER_ROLE})}, ROLE, "1.13.9"),
        (OFF, OTHER_ROLE, "1.13.4"),
        ({**OFF, "s3gw": {"enabled": True}}, ROLE, "1.13.9"),
        ({**OFF, "seaweedfs": {"enabled": True}}, ROLE, "1.13.10"),
    ],
)
def test_a_store_that_epinio_can_use_is_not(former: dict[str, Any], live: str, chart: str) -> None:
    planned(with_release(wired_from(former, account=account(live)), chart_version=chart))


def test_refusals_of_the_rehearsal() -> None:
    with pytest.raises(Refused, match=r"workspace/app are in bucket epinio-sources at .*epinio_bundled_store=abandon"):
        planned(wired_from(), apps=("workspace/app",))
    plan = planned(wired_from(), replace(REMOVAL, abandon_sources=True), apps=("workspace/app",))
    assert any("workspace/app" in notice for notice in plan.notices)
    with pytest.raises(Refused, match="HelmChart"):
        planned(wired_from(), endangered=("HelmChart a/b",))
    with pytest.raises(Refused, match="Templates that differ: a"):
        planned(wired_from(), preview=release(templates={"a": "1"}))


def test_former_values_of_the_same_bucket_lose_nothing() -> None:
    keys = {"accessKeyID": "AKIATHEIRS", "secretAccessKey": "hush"}
    former = {"minio": {"enabled": False}, "s3": {"endpoint": "s3.amazonaws.com", "bucket": "epinio-sources", **keys}}
    assert planned(wired_from(former), apps=("workspace/app",)).changes


def test_a_server_that_cannot_use_iam_is_no_matter() -> None:
    actual = with_release(wired_from(), chart_version="1.13.10")
    newer = release(chart_version="1.13.10", defaults={"seaweedfs": {"enabled": True}})
    assert planned(replace(actual, server=Server("epinio-server:v1.13.10", "epinio-server")), preview=newer).changes
