"""What the other steps are told of a release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_info import (
    described,
    gone_notices,
    refuse_unfit_release,
    uninstalled,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Server

from tests.unit.plugins.module_utils.planners.release_world import OWNER, ROLE, SERVER, account, release, wired


def test_as_installed() -> None:
    found = described(release(), SERVER, account(""))
    assert found["bundled_store"]
    assert found["server_can_use_iam"]
    assert (found["server_version"], found["domain"]) == ("1.13.9", "example.test")
    assert (found["server_deployment"], found["server_service_account"]) == ("epinio-server", "epinio-server")
    assert found["s3"] == {"endpoint": "s3.amazonaws.com", "bucket": "epinio", "region": ""}


@pytest.mark.parametrize(("chart", "annotates"), [("1.13.4", False), ("1.13.5", True), ("1.14.0", True)])
def test_whether_the_chart_annotates_the_account(chart: str, annotates: bool) -> None:
    assert described(release(chart_version=chart), None, None)["annotates"] is annotates


def test_wired() -> None:
    found = described(wired().release, SERVER, account(ROLE))
    assert not found["bundled_store"]
    assert (found["server_role_arn"], found["staging_service_account"]) == (ROLE, "epinio-staging-service-account")
    assert found["s3"]["bucket"] == "epinio-sources"


def test_pull_secrets_of_account_and_pods_each_once() -> None:
    server = replace(SERVER, pull_secrets=("b", "c"))
    found = described(release(), server, ServiceAccount("epinio", "epinio-server", pull_secrets=("a", "b")))
    assert found["server_pull_secrets"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("config", "expected"), [({}, "epinio-server"), ({"serviceAccount": {"name": "mine"}}, "mine")]
)
def test_without_a_deployment_the_values_name_the_account(config: dict[str, Any], expected: str) -> None:
    found = described(release(config=config), None, None)
    assert (found["server_service_account"], found["server_deployment"]) == (expected, "")
    assert found["server_pull_secrets"] == []


@pytest.mark.parametrize(
    ("chart", "image", "planned", "accept"),
    [
        ("1.13.9", "epinio-server:v1.13.9", "", False),
        ("1.13.0", "epinio-server:v1.13.0", "", False),
        ("1.13.10", "epinio-server:v1.13.10", "1.13.9", False),
        ("1.13.10", "epinio-server:v1.13.10", "", True),
    ],
)
def test_fit(chart: str, image: str, planned: str, accept: bool) -> None:
    refuse_unfit_release(
        OWNER.cluster, release(chart_version=chart), Server(image, "x"), planned, accept_unsigned=accept
    )


@pytest.mark.parametrize(
    ("chart", "image", "planned", "said"),
    [
        ("1.13.10", "epinio-server:v1.13.10", "", r"cannot use IAM.*Revision 1 .*Install complete\) runs it"),
        ("1.13.9", "epinio-server:v1.14.0", "", "cannot use IAM"),
        ("1.13.9", "epinio-server:v1.13.9", "1.14.0", "cannot use IAM"),
        ("1.12.0", "epinio-server:v1.12.0", "", "Upgrade Epinio to 1.13.9 first"),
        ("main", "", "", "unknown"),
    ],
)
def test_unfit(chart: str, image: str, planned: str, said: str) -> None:
    server = Server(image, "x") if image else None
    with pytest.raises(Refused, match=said):
        refuse_unfit_release(OWNER.cluster, release(chart_version=chart), server, planned, accept_unsigned=False)


@pytest.mark.parametrize(("partition", "region"), [("aws-iso", "us-iso-east-1"), ("aws", "me-west-1")])
def test_where_a_server_that_signs_cannot_reach_aws(partition: str, region: str) -> None:
    far = replace(OWNER.cluster, partition=partition, region=region)
    with pytest.raises(Refused, match="minio-go"):
        refuse_unfit_release(far, release(), SERVER, "", accept_unsigned=True)
    # One that cannot sign is judged by its version alone.
    newer = release(chart_version="1.13.10")
    refuse_unfit_release(far, newer, Server("epinio-server:v1.13.10", "x"), "", accept_unsigned=True)
    with pytest.raises(Refused, match="minio-go"):
        refuse_unfit_release(far, newer, Server("epinio-server:v1.13.10", "x"), "1.13.9", accept_unsigned=True)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("deployed", False), ("failed", False), ("pending-upgrade", False), ("uninstalling", True), ("uninstalled", True)],
)
def test_what_counts_as_gone(status: str, expected: bool) -> None:
    assert uninstalled(release(status=status)) is expected


@pytest.mark.parametrize(
    ("status", "installer", "said"),
    [
        ("", None, None),
        ("", "epinio", "Deployment epinio-server is there still"),
        ("", "", "Deployment epinio-server is there still"),
        ("uninstalled", None, "is uninstalled: it counts as gone"),
        ("uninstalling", "epinio", "is uninstalling: it counts as gone"),
    ],
)
def test_a_release_that_is_gone(status: str, installer: str | None, said: str | None) -> None:
    notices = gone_notices("apps", "epinio", release(status=status) if status else None, installer)
    assert len(notices) == (said is not None)
    assert all("release epinio in namespace apps" in notice and str(said) in notice for notice in notices)


@pytest.mark.parametrize("found", [None, release(status="uninstalled")])
def test_a_misspelt_release_is_refused_with_its_name(found: Release | None) -> None:
    with pytest.raises(Refused, match="belongs to release other: set epinio_release to other"):
        gone_notices("apps", "epinio", found, "other")


@pytest.mark.parametrize(("chart", "signs"), [("1.12.0", False), ("1.13.4", True), ("1.13.9", True), ("1.14.0", False)])
def test_any_version_can_be_taken_down(chart: str, signs: bool) -> None:
    found = described(release(chart_version=chart), Server(f"epinio-server:v{chart}", "x"), None, any_version=True)
    assert (found["chart_version"], found["server_can_use_iam"]) == (chart, signs)


def test_only_a_teardown_takes_any_version() -> None:
    with pytest.raises(Refused, match=r"Upgrade Epinio to 1.13.9 first"):
        described(release(chart_version="1.12.0"), None, None)
