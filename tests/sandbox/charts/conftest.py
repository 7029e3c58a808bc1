"""The charts in a folder, and helm 3 and 4 to render them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import build, chart_repository

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
        objects = [document for document in yaml.safe_load_all(done.stdout) if document]
        return {(thing["kind"], thing["metadata"]["name"]): thing for thing in objects}

    return rendering
