"""Command lines of helm."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_commands
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Chart, Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CHART = Chart("epinio", "https://charts.test", "1.13.9")
UPGRADE = Upgrade("release", "space", CHART, {"api": {"adminPassword": "hush"}}, "10m", hidden=frozenset({"hush"}))
COMMON = [
    *("--namespace=space", "--repo=https://charts.test", "--version=1.13.9"),
    *("--disable-openapi-validation", "--values=-"),
]
SUBJECT = ["--", "release", "epinio"]
SECRET = "https://me:hush@charts.test/x"
# What would be an option, several arguments or another object if it were not the value of one of ours.
HOSTILE = ("--kubeconfig=/etc/passwd", "--debug", "-f", "--", "a b", "a,b=c", "")


def test_upgrade() -> None:
    waiting = ["--wait", "--timeout=10m", "--description=Wired to S3 by epinio.aws"]
    assert UPGRADE.arguments(0) == ["upgrade", *COMMON, "--reset-values", *waiting, *SUBJECT]


def test_preview() -> None:
    printed = ["--dry-run=server", "--output=json"]
    assert UPGRADE.preview_arguments(pending=False) == ["upgrade", "--reset-values", *COMMON, *printed, *SUBJECT]
    assert UPGRADE.preview_arguments(pending=True) == ["install", *COMMON, *printed, *SUBJECT]


def hostile_chart(text: str) -> Chart:
    """A chart that no check has seen."""
    chart = object.__new__(Chart)
    for name in ("reference", "repository", "version"):
        object.__setattr__(chart, name, text)
    return chart


def hostile_upgrade(text: str) -> Upgrade:
    return Upgrade(text, text, hostile_chart(text), {}, text, server_side=True, description=text)


# Every function and method of `helm_commands` that makes a command line, with the same text for all that people give.
COMMANDS: dict[str, Callable[[str], list[str]]] = {
    "Upgrade.arguments": lambda text: hostile_upgrade(text).arguments(4),
    "Upgrade.preview_arguments": lambda text: hostile_upgrade(text).preview_arguments(pending=False),
    "rollback_arguments": lambda text: helm_commands.rollback_arguments(text, text, 2, force=True),
    "uninstall_arguments": lambda text: helm_commands.uninstall_arguments(text, text, text, keep_history=True),
    "update_arguments": lambda _text: helm_commands.update_arguments(3),
}
OPTIONS = {
    *("--namespace", "--repo", "--version", "--disable-openapi-validation", "--values", "--reset-values", "--wait"),
    *("--timeout", "--description", "--force-conflicts", "--dry-run", "--output", "--keep-history"),
    "--fail-on-repo-update-fail",
}


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("command", COMMANDS)
def test_no_text_becomes_an_option(command: str, text: str) -> None:
    arguments = COMMANDS[command](text)
    end = arguments.index("--")
    verb, *options = arguments[:end]
    assert verb in ("upgrade", "install", "rollback", "uninstall", "repo")
    assert {one.partition("=")[0] for one in options if one != "update"} <= OPTIONS
    # Whatever stands behind it, helm takes for names.
    assert all(one in (text, "2", helm_commands.PRIVATE) for one in arguments[end + 1 :])


def test_every_command_line_is_in_the_table() -> None:
    functions = {name for name in vars(helm_commands) if name.endswith("_arguments")}
    methods = {f"Upgrade.{name}" for name in vars(Upgrade) if name.endswith("arguments")}
    assert functions | methods == set(COMMANDS)


def test_credentials_of_a_repository_are_in_no_argument() -> None:
    chart = Chart("epinio", SECRET, "1.13.9")
    upgrade = Upgrade("release", "space", chart, {}, "10m")
    for arguments in (upgrade.arguments(4), upgrade.preview_arguments(pending=False)):
        assert "hush" not in " ".join(arguments)
        assert arguments[-1] == f"{helm_commands.PRIVATE}/epinio"
    assert chart.private_repository == SECRET
    assert "hush" not in repr(upgrade)


@pytest.mark.parametrize(
    ("chart", "private"),
    [
        (Chart("epinio", "https://token@charts.test", "1.13.9"), True),
        (Chart("epinio", "https://charts.test?token=hush", "1.13.9"), True),
        (Chart("epinio", "https://charts.test", "1.13.9"), False),
        (Chart("stable/epinio", SECRET, "1.13.9"), False),
        (Chart("/charts/epinio", SECRET, "1.13.9"), False),
    ],
)
def test_only_a_repository_with_credentials_is_private(chart: Chart, private: bool) -> None:
    assert bool(chart.private_repository) is private


@pytest.mark.parametrize(("server_side", "major", "forced"), [(True, 4, True), (True, 3, False), (False, 4, False)])
def test_only_helm_4_forces_and_only_where_it_applied_server_side(server_side: bool, major: int, forced: bool) -> None:
    upgrade = Upgrade("release", "space", CHART, {}, "10m", server_side)
    assert ("--force-conflicts" in upgrade.arguments(major)) is forced


def test_nothing_secret_is_shown() -> None:
    assert "hush" not in repr(UPGRADE)
    assert "hush" not in " ".join([*UPGRADE.arguments(4), *UPGRADE.preview_arguments(pending=False)])


@pytest.mark.parametrize("reference", ["stable/epinio", "oci://registry.test/charts/epinio", "/charts/epinio.tgz"])
def test_other_references_need_no_repository(reference: str) -> None:
    chart = Chart(reference, "https://charts.test", "1.13.9")
    assert (chart.name, chart.options()) == (reference, ["--version=1.13.9"])


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
    expected = ["rollback", "--namespace=space", "--", "release", "2"]
    assert helm_commands.rollback_arguments("release", "space", 2, force=False) == expected
    expected.insert(2, "--force-conflicts")
    assert helm_commands.rollback_arguments("release", "space", 2, force=True) == expected


def test_uninstall() -> None:
    expected = ["uninstall", "--namespace=space", "--wait", "--timeout=5m", "--", "release"]
    assert helm_commands.uninstall_arguments("release", "space", "5m", keep_history=False) == expected
    expected.insert(4, "--keep-history")
    assert helm_commands.uninstall_arguments("release", "space", "5m", keep_history=True) == expected


def test_update() -> None:
    assert helm_commands.update_arguments(4) == ["repo", "update", "--", helm_commands.PRIVATE]
    assert "--fail-on-repo-update-fail" in helm_commands.update_arguments(3)
