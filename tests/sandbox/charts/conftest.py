"""The charts in a folder, helm 3 and 4 to render them, and a cluster to install them in."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import build, chart_repository
from sandbox.cluster import Cluster
from sandbox.settings import Timing
from tests.sandbox.charts.chart_site import Site

Rendering = dict[tuple[str, str], dict[str, Any]]
Render = Callable[..., Rendering]


@pytest.fixture(scope="session")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a folder for each version."""
    home = tmp_path_factory.mktemp("charts")
    for version in chart_repository.LAYERS:
        chart_repository.write_chart(version, home / version)
    return home


@pytest.fixture(scope="session", params=[3, 4], ids=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> Path:
    return build.programs() / f"helm{request.param}" / "helm"


@pytest.fixture
def render(charts: Path, helm: Path) -> Render:
    """The objects of a rendering by kind and name. A refusal raises `CalledProcessError`."""

    def rendering(version: str, *settings: str, flags: tuple[str, ...] = ()) -> Rendering:
        sets = [part for setting in settings for part in ("--set", setting)]
        command = [str(helm), "template", "epinio", str(charts / version), "--include-crds", "--namespace", "epinio"]
        done = subprocess.run(
            [*command, "--set", "global.domain=example.test", *sets, *flags],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        objects = [document for document in yaml.load_all(done.stdout, Loader=yaml.CSafeLoader) if document]
        return {(thing["kind"], thing["metadata"]["name"]): thing for thing in objects}

    return rendering


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    quick = Timing(ready=0.1, terminate=0.1, run=0.1)
    with (
        chart_repository.serving() as charts,
        Cluster.new(tmp_path_factory.mktemp("cluster"), charts_url=charts, timing=quick) as started,
    ):
        yield started


@pytest.fixture(scope="module", params=[3, 4], ids=["helm3", "helm4"])
def site(request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Site:
    charts = cluster.settings.chart_repository
    return Site(cluster.kubeconfig, request.param, charts, tmp_path_factory.mktemp("helm"))
