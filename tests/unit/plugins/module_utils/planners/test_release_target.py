"""The values that a release should have, and why it has to be upgraded."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, target

from tests.unit.plugins.module_utils.planners.release_world import (
    DEFAULTS,
    OTHER_ROLE,
    SETTINGS,
    USERS,
    WANTED,
    WIRED,
    account,
    fresh,
    release,
    wired,
)


def test_the_users_values_stay_and_ours_come_last() -> None:
    wanted = replace(
        WANTED, values={"server": {"traceLevel": 2}, "x": 1}, secret_values={"x": 2, "api": {"adminPassword": "hush"}}
    )
    found = target(wanted, fresh())
    assert found.values["global"] == USERS["global"]
    assert found.values["server"] == {
        "traceLevel": 2,
        "stagingWorkloads": {"serviceAccountName": "epinio-staging-service-account"},
    }
    assert (found.values["x"], found.values["api"]) == (2, {"adminPassword": "hush"})
    assert found.values["s3"]["bucket"] == "epinio-sources"
    assert found.values["minio"] == {"enabled": False}
    assert "hush" not in repr(found)


def test_nothing_differs() -> None:
    found = target(WANTED, wired())
    assert (found.reasons, found.changed) == ((), ())
    assert found.values == wired().release.config


def test_the_chart_stays_at_its_version() -> None:
    assert target(WANTED, fresh()).chart.version == "1.13.9"
    assert target(replace(WANTED, chart_version="1.13.7"), fresh()).chart.version == "1.13.7"


@pytest.mark.parametrize(
    ("actual", "reasons"),
    [
        (fresh(), ("11 of its values differ",)),
        (wired(release=replace(wired().release, status="failed")), ("its revision 2 is failed",)),
        (
            wired(release=replace(wired().release, status="pending-upgrade")),
            ("its revision 2 is pending-upgrade",),
        ),
        (wired(account=account("")), ("service account epinio-server is annotated with no role",)),
        (wired(account=None), ("service account epinio-server is annotated with no role",)),
        (wired(account=account(OTHER_ROLE)), (f"service account epinio-server is annotated with {OTHER_ROLE}",)),
        (wired(details=None), ("Secret epinio-s3-connection-details does not hold what the values say",)),
        (
            wired(details=replace(WIRED, has_keys=True)),
            ("Secret epinio-s3-connection-details does not hold what the values say",),
        ),
        (
            wired(details=replace(WIRED, endpoint="minio:9000")),
            ("Secret epinio-s3-connection-details does not hold what the values say",),
        ),
    ],
)
def test_reasons(actual: Actual, reasons: tuple[str, ...]) -> None:
    assert target(WANTED, actual).reasons == reasons


def test_another_chart_is_a_reason() -> None:
    found = target(replace(WANTED, chart_version="v1.13.8"), wired())
    assert found.reasons == ("chart 1.13.9 is installed",)
    assert target(replace(WANTED, chart_version="v1.13.9"), wired()).reasons == ()


def test_numbers_and_nulls_survive() -> None:
    config = values.merge(wired().release.config, {"server": {"traceLevel": 1.0}, "dex": None})
    actual = wired(release=replace(wired().release, config=config))
    found = target(replace(WANTED, values={"server": {"traceLevel": 1}}), actual)
    assert found.reasons == ()
    assert found.values["dex"] is None


def test_a_bundled_store_of_its_own_for_each_family() -> None:
    actual = fresh(release=release(chart_version="1.14.0", defaults={**DEFAULTS, "seaweedfs": {"enabled": True}}))
    assert ("seaweedfs", "enabled") in target(WANTED, actual).owned


def test_epinio_before_the_table_is_refused() -> None:
    with pytest.raises(Refused, match="Upgrade Epinio to 1.13.9 first"):
        target(WANTED, fresh(release=release(chart_version="1.12.0")))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"values": {"s3": {"bucket": "x"}}}, "epinio_values sets s3.bucket"),
        ({"secret_values": {"s3": {"secretAccessKey": "x"}}}, "epinio_secret_values sets s3.secretAccessKey"),
        ({"values": {"api": {"adminPassword": "hush"}}}, "epinio_secret_values"),
        ({"chart_version": "1.13.x"}, "epinio_chart_version"),
    ],
)
def test_values_that_cannot_be_are_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        target(replace(WANTED, **changed), fresh())


def test_the_domain() -> None:
    found = target(replace(WANTED, settings=replace(SETTINGS, domain="other.test")), fresh())
    assert found.values["global"] == {"domain": "other.test"}


def test_without_a_deployment_the_charts_account_is_meant() -> None:
    assert fresh(server=None).server_account == "epinio-server"
    assert fresh(server=None).image == ""
