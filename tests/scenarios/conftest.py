"""Scenarios: playbooks against a control plane of their own and an AWS account of their own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox import chart_repository, release
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from tests.scenarios.world import World
from tools import cache

Templates = Callable[[int, str], Path]


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandIn]:
    """One AWS for all scenarios of this process, eventually consistent; each scenario has an account of its own."""
    with StandIn(log=tmp_path_factory.mktemp("aws") / "aws.jsonl") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def consistent(aws: StandIn) -> Iterator[None]:
    """An AWS that is consistent at once, for a file to which its delays mean waiting only."""
    usual = aws.control("delays", {})
    aws.control("delays", {"visible_after": 0, "effective_after": 0})
    yield
    aws.control("delays", usual)


@pytest.fixture(scope="session")
def charts() -> Iterator[str]:
    """The address of a chart repository."""
    with chart_repository.serving() as url:
        yield url


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory, aws: StandIn, charts: str) -> Templates:
    """Stopped clusters with Epinio installed, by Helm's major version and Epinio's version, to be copied.

    Those who run tests side by side share them.
    """
    own = tmp_path_factory.getbasetemp()
    home = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def template(helm: int, version: str) -> Path:
        def fill(folder: Path) -> None:
            cluster = Cluster.new(folder, aws_url=aws.url, charts_url=charts, account="999999999999", helm=helm)
            with cluster:
                release.install(cluster, version)

        return cache.ensure(
            "template", [str(helm), version], fill, f"Epinio {version} by helm {helm}: installing", home
        )

    return template


@pytest.fixture(scope="module")
def world(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    aws: StandIn,
    charts: str,
    templates: Templates,
) -> Iterator[World]:
    """A running copy for the tests of one file. A mark `epinio(helm=…, version=…)` on the file chooses another one."""
    mark = request.node.get_closest_marker("epinio")
    wanted = {"helm": 3, "version": release.DEFAULT_VERSION, **(mark.kwargs if mark else {})}
    template = templates(wanted["helm"], wanted["version"])
    folder = tmp_path_factory.mktemp("world")
    with Cluster.copied_from(
        template, folder / "cluster", aws_url=aws.url, charts_url=charts, account=_account()
    ) as cluster:
        yield World(cluster, aws)


def _account() -> str:
    """An account that nobody else has."""
    return f"{int.from_bytes(os.urandom(6)) % 10**12:012d}"
