"""What an upgrade of the release would put out of reach, and whose role it would not use."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import Store
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners import release as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, Server, Wanted, target

from tests.unit.plugins.module_utils.planners.release_world import SERVER, WANTED, WIRED, fresh, planned, release, wired


def lost(actual: Actual, wanted: Wanted = WANTED) -> tuple[Store, ...]:
    return planner.lost_stores(wanted, actual, target(wanted, actual), release())


def test_lost_stores() -> None:
    assert [one.bundled for one in lost(fresh())] == [True]
    assert lost(wired()) == ()


def test_sources_stay_where_a_failed_upgrade_has_left_them() -> None:
    """Somebody's upgrade that turns the bundled store off has failed, before or after it changed what Epinio reads."""
    failed = release(revision=2, status="failed", config={"minio": {"enabled": False}, "s3": {"bucket": "theirs"}})
    before = fresh(release=failed, deployed=release())
    after = replace(before, details=replace(WIRED, bucket="theirs"))
    assert [one.bundled for one in lost(before)] == [True]
    assert [(one.bundled, one.bucket) for one in lost(after)] == [(False, "theirs"), (True, "epinio")]
    with pytest.raises(Refused, match=r"in bucket theirs at s3\.us-east-1.* or in the bundled store"):
        planned(after, apps=("workspace/app",))
    nobody_knows = replace(before, details=None)
    assert [one.bundled for one in lost(nobody_knows)] == [False, True]


def test_sources_are_in_the_bucket_that_epinio_reads() -> None:
    actual = wired(details=replace(WIRED, bucket="elsewhere"))
    with pytest.raises(Refused, match="in bucket elsewhere at"):
        planned(actual, apps=("workspace/app",))


CRDS = tuple(
    {"kind": "CustomResourceDefinition", "metadata": {"name": f"{name}.helm.cattle.io"}}
    for name in ("helmcharts", "helmchartconfigs")
)
OTHER = ({"kind": "CustomResourceDefinition", "metadata": {"name": "apps.application.epinio.io"}},)


@pytest.mark.parametrize(
    ("newest", "deployed", "then", "taken"),
    [
        (CRDS, CRDS, OTHER, True),
        (OTHER, CRDS, OTHER, True),
        (CRDS, OTHER, OTHER, True),
        (OTHER, CRDS[1:], OTHER, True),
        (OTHER, CRDS, CRDS, False),
        (OTHER, OTHER, OTHER, False),
        (OTHER, OTHER, CRDS, False),
    ],
)
def test_definitions_go_that_any_base_has(newest: Any, deployed: Any, then: Any, taken: bool) -> None:
    assert planner.takes_definitions((newest, deployed), then) is taken


def test_the_store_in_use_is_that_of_the_installed_chart() -> None:
    config = {"seaweedfs": {"enabled": True}, "minio": {"enabled": False}, "s3": {"bucket": "epinio-sources"}}
    server = Server("epinio-server:v1.13.10", "epinio-server")
    actual = fresh(release=release(chart_version="1.13.10", config=config), server=server, details=None)
    assert [one.bundled for one in lost(actual, replace(WANTED, chart_version="1.13.9"))] == [True]


@pytest.mark.parametrize(
    ("actual", "rehearsed", "proven", "said"),
    [
        (fresh(), replace(SERVER, service_account="mine"), "epinio-server", "as mine,"),
        (fresh(), SERVER, "mine", "as epinio-server,"),
        (fresh(), None, "mine", "as epinio-server,"),
        (wired(), None, "mine", "as epinio-server,"),
    ],
)
def test_a_role_of_another_account_is_refused(actual: Actual, rehearsed: Server | None, proven: str, said: str) -> None:
    wanted = replace(WANTED, server_account=proven)
    with pytest.raises(Refused, match=f"{said}.*{proven}.*epinio_server_service_account"):
        planned(actual, wanted, server=rehearsed)
    planned(actual, replace(WANTED, server_account=""), server=rehearsed)


def test_the_role_of_the_servers_account_is_not() -> None:
    wanted = replace(WANTED, server_account="mine")
    planned(fresh(), wanted, server=replace(SERVER, service_account="mine"))
    planned(wired(server=replace(SERVER, service_account="mine")), wanted)
    planned(wired(server=None), wanted)
