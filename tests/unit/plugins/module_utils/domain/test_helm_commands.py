"""Command lines of helm."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_commands
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Chart, Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CHART = Chart("epinio", "https://charts.test", "1.13.9")
UPGRADE = Upgrade("release", "space", CHART, {"api": {"adminPassword": "hush"}}, "10m", hidden=frozenset({"hush"}))
SOURCE = ["epinio", "--repo", "https://charts.test", "--version", "1.13.9"]


def test_upgrade() -> None:
    assert UPGRADE.arguments(0) == [
        *["upgrade", "release", *SOURCE, "--namespace", "space", "--disable-openapi-validation", "--values", "-"],
        *["--reset-values", "--wait", "--timeout", "10m", "--description", "Wired to S3 by epinio.aws"],
    ]


def test_preview() -> None:
    assert UPGRADE.preview_arguments(pending=False) == [
        *["upgrade", "release", *SOURCE, "--namespace", "space", "--disable-openapi-validation", "--values", "-"],
        *["--reset-values", "--dry-run=server", "--output", "json"],
    ]
    assert UPGRADE.preview_arguments(pending=True)[0] == "install"
    assert "--reset-values" not in UPGRADE.preview_arguments(pending=True)


@pytest.mark.parametrize(("server_side", "major", "forced"), [(True, 4, True), (True, 3, False), (False, 4, False)])
def test_only_helm_4_forces_and_only_where_it_applied_server_side(server_side: bool, major: int, forced: bool) -> None:
    upgrade = Upgrade("release", "space", CHART, {}, "10m", server_side)
    assert ("--force-conflicts" in upgrade.arguments(major)) is forced


def test_nothing_secret_is_shown() -> None:
    assert "hush" not in repr(UPGRADE)
    assert "hush" not in " ".join([*UPGRADE.arguments(4), *UPGRADE.preview_arguments(pending=False)])


@pytest.mark.parametrize("reference", ["stable/epinio", "oci://registry.test/charts/epinio", "/charts/epinio.tgz"])
def test_other_references_need_no_repository(reference: str) -> None:
    assert Chart(reference, "https://charts.test", "1.13.9").arguments() == [reference, "--version", "1.13.9"]


@pytest.mark.parametrize("reference", ["./epinio", "../epinio", "~/epinio"])
def test_relative_paths_are_refused(reference: str) -> None:
    with pytest.raises(Refused, match="epinio_chart_ref"):
        Chart(reference, "", "1.13.9")


@pytest.mark.parametrize("version", ["1.13.x", ">=1.13.0", "1.13", "", "latest"])
def test_ranges_are_refused(version: str) -> None:
    with pytest.raises(Refused, match="epinio_chart_version"):
        Chart("epinio", "", version)


@pytest.mark.parametrize(
    ("wanted", "found", "same"),
    [
        ("1.13.9", "v1.13.9", True),
        ("v1.13.9", "1.13.9", True),
        ("1.13.9", "1.13.10", False),
        ("1.0.0+up1", "1.0.0", False),
    ],
)
def test_is_version(wanted: str, found: str, same: bool) -> None:
    assert Chart("epinio", "", wanted).is_version(found) is same


def test_rollback() -> None:
    expected = ["rollback", "release", "2", "--namespace", "space"]
    assert helm_commands.rollback_arguments("release", "space", 2, force=False) == expected
    assert helm_commands.rollback_arguments("release", "space", 2, force=True) == [*expected, "--force-conflicts"]


def test_uninstall() -> None:
    expected = ["uninstall", "release", "--namespace", "space", "--wait", "--timeout", "5m"]
    assert helm_commands.uninstall_arguments("release", "space", "5m", keep_history=False) == expected
    kept = helm_commands.uninstall_arguments("release", "space", "5m", keep_history=True)
    assert kept == [*expected, "--keep-history"]
