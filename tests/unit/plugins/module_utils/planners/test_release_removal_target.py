"""What a release should be once its wiring is taken back, and why it has to be upgraded."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION, STAGING_ACCOUNT
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import OLD_DETAILS, Actual
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    OTHER_ROLE,
    ROLE,
    USERS,
    WIRED,
    account,
    fresh,
    release,
    wired,
)
from tests.unit.plugins.module_utils.planners.removal_world import (
    OURS,
    PRIVATE,
    REMOVAL,
    given_back,
    noted,
    wired_from,
    with_release,
)

EMPTY: dict[str, Any] = {"serviceAccount": {"annotations": {}}, "s3": None, "minio": {}}
BUCKET, MINIO = ("s3", "bucket"), ("minio", "enabled")


@pytest.mark.parametrize(
    "former",
    [
        {},
        USERS,
        PRIVATE,
        EMPTY,
        {"server": {"stagingWorkloads": {"serviceAccountName": "mine"}}, "minio": {"enabled": True}},
        {"serviceAccount": {"annotations": {"mine": "x", "eks.amazonaws.com/role-arn": OTHER_ROLE}}},
    ],
)
def test_the_values_are_as_before(former: dict[str, Any]) -> None:
    found = target(REMOVAL, wired_from(former))
    assert json.dumps(found.values, sort_keys=True) == json.dumps(former, sort_keys=True)
    assert found.reasons[0].endswith("of its values differ")
    assert found.owned[BUCKET] == helm.get(former, BUCKET)
    assert found.chart.version == "1.13.9"
    # And once they are, no upgrade follows.
    assert target(REMOVAL, given_back(former)).reasons == ()


def test_what_users_have_set_since_stays() -> None:
    actual = wired_from()
    config = helm.merge(actual.release.config, {"server": {"traceLevel": 7}, "api": {"n": 1}, "s3": {"extra": "x"}})
    found = target(REMOVAL, with_release(actual, config=config))
    assert found.values == {**USERS, "server": {"traceLevel": 7}, "api": {"n": 1}, "s3": {"extra": "x"}}


def test_a_key_that_somebody_changed_stays() -> None:
    actual = wired_from(PRIVATE)
    config = helm.merge(actual.release.config, {"s3": {"bucket": "third"}})
    found = target(REMOVAL, with_release(actual, revision=3, config=config))
    assert (found.values["s3"]["bucket"], found.values["s3"]["endpoint"]) == ("third", "s3.corp.test:9000")
    assert found.owned[BUCKET] == "third"


def test_of_two_modes_only_the_own_keys_go_back() -> None:
    found = target(REMOVAL, wired_from(USERS, "instance_profile", "irsa"))
    assert set(found.changed) == {ANNOTATION, STAGING_ACCOUNT}
    assert helm.get(found.values, BUCKET) == "epinio-sources"
    assert found.values["minio"] == {"enabled": False}


@pytest.mark.parametrize(
    ("chart", "config", "kept"),
    [
        # The installed family's own switch is unknown to the record: whoever set it, it was not we.
        ("1.13.10", {"seaweedfs": {"enabled": True}}, {"seaweedfs": {"enabled": True}}),
        ("1.13.10", {"seaweedfs": {"enabled": False}}, {"seaweedfs": {"enabled": False}}),
        ("1.13.10", {}, {}),
        ("1.13.4", {}, {}),
        ("1.12.0", {}, {}),
    ],
)
def test_restored_is_what_the_installed_family_needs(chart: str, config: dict[str, Any], kept: dict[str, Any]) -> None:
    actual = wired_from()
    upgraded = with_release(actual, revision=3, chart_version=chart, config=helm.merge(actual.release.config, config))
    found = target(REMOVAL, upgraded)
    assert found.values == {**USERS, **kept}
    assert found.chart.version == chart
    assert target(replace(REMOVAL, chart_version="1.13.9"), upgraded).chart.version == "1.13.9"


@pytest.mark.parametrize(
    ("actual", "reasons"),
    [
        (given_back(), ()),
        (given_back(status="failed"), ("its revision 3 is failed",)),
        (given_back(status="pending-upgrade"), ("its revision 3 is pending-upgrade",)),
        (given_back(chart_version="1.13.5"), ()),
        # Somebody else's role, or one that the chart does not manage, is no reason.
        (replace(given_back(), account=account(OTHER_ROLE)), ()),
        (replace(given_back(), account=account(ROLE)), ()),
        (replace(given_back(), account=None), ()),
    ],
)
def test_reasons_once_the_values_are_back(actual: Actual, reasons: tuple[str, ...]) -> None:
    assert target(REMOVAL, actual).reasons == reasons


def test_our_role_in_the_place_of_the_former_one_is_a_reason() -> None:
    former = helm.merge(USERS, helm.tree({ANNOTATION: OTHER_ROLE}))
    actual = replace(given_back(former), account=account(ROLE))
    assert target(REMOVAL, actual).reasons == (f"service account epinio-server is annotated with {ROLE}",)
    assert target(replace(REMOVAL, role_arn=""), actual).reasons != ()
    older = with_release(actual, chart_version="1.13.4")
    assert target(REMOVAL, older).reasons == ()


MANIFEST = json.dumps(
    {
        "kind": "Secret",
        "metadata": {"name": "epinio-s3-connection-details"},
        "stringData": {"endpoint": "minio:9000", "bucket": "epinio", "useSSL": "true"},
    }
)


@pytest.mark.parametrize(
    ("details", "reasons"),
    [(WIRED, (OLD_DETAILS,)), (None, (OLD_DETAILS,)), (replace(WIRED, bucket="somebodys"), ())],
)
def test_a_server_that_still_reads_our_bucket_is_a_reason(details: Any, reasons: tuple[str, ...]) -> None:
    assert target(REMOVAL, replace(given_back(manifest=MANIFEST), details=details)).reasons == reasons


def test_the_wanted_chart_is_a_reason() -> None:
    assert target(replace(REMOVAL, chart_version="1.13.5"), given_back()).reasons == ("chart 1.13.9 is installed",)


@pytest.mark.parametrize(
    "actual",
    [
        fresh(),
        fresh(release=release(chart_version="1.12.0")),
        fresh(release=release(config={"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": OTHER_ROLE}}})),
        fresh(upkeep=Upkeep(noted(USERS, "instance_profile"))),
    ],
)
def test_without_a_record_and_without_our_values_there_is_nothing_to_do(actual: Actual) -> None:
    found = target(REMOVAL, actual)
    assert (found.values, found.changed, found.reasons) == (actual.release.config, (), ())


@pytest.mark.parametrize("keys", [ANNOTATION, STAGING_ACCOUNT])
def test_our_values_without_a_record_are_refused(keys: helm.Path) -> None:
    actual = fresh(release=release(revision=4, config=helm.tree({keys: OURS[keys]})))
    with pytest.raises(Refused, match=r"Revision 4 .*Secret epinio-aws-wiring.*teardown_release=keep.*uninstall"):
        target(REMOVAL, actual)
    assert target(replace(REMOVAL, keep=True), actual).owned == {keys: OURS[keys]}


def test_a_role_that_is_not_known_tells_nothing() -> None:
    config = helm.tree({ANNOTATION: ROLE})
    assert target(replace(REMOVAL, role_arn=""), fresh(release=release(config=config))).owned == {}


def test_to_keep_it_is_to_change_nothing() -> None:
    found = target(replace(REMOVAL, keep=True), wired_from())
    assert (found.values, found.reasons) == (wired_from().release.config, ())
    assert found.owned[BUCKET] == "epinio-sources"


def test_a_record_of_another_way_does_not_vouch_for_our_values() -> None:
    with pytest.raises(Refused, match="has values of the wiring"):
        target(REMOVAL, wired(upkeep=Upkeep(noted(USERS, "instance_profile"))))


def test_blobs_that_are_in_the_former_store_are_known() -> None:
    record = replace(noted(), sources=("old",))
    assert target(REMOVAL, wired_from(upkeep=Upkeep(record))).reachable == {"old"}
    newer = with_release(wired_from(upkeep=Upkeep(record)), chart_version="1.13.10")
    assert target(REMOVAL, newer).reachable == set()
