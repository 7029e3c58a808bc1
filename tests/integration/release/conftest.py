"""A cluster for the tests of releases, and in it a release for each test, by helm 3 and 4."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from kubernetes import config

from sandbox import chart_repository
from sandbox.cluster import Cluster
from sandbox.settings import Timing
from tests.integration.helm_site import NAMESPACE, Site
from tests.integration.release.site import USERS_VALUES, ReleaseSite


@pytest.fixture(scope="package")
def release_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    quick = Timing(ready=0.1, terminate=0.1, run=0.1)
    with (
        chart_repository.serving() as charts,
        Cluster.new(tmp_path_factory.mktemp("release"), charts_url=charts, timing=quick) as started,
    ):
        yield started


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def epinio(request: pytest.FixtureRequest, release_cluster: Cluster, tmp_path: Path) -> Iterator[ReleaseSite]:
    """Epinio as it was installed, with values of its users'."""
    values = tmp_path / "values.json"
    values.write_text(json.dumps(USERS_VALUES), encoding="utf-8")
    api_client = config.new_client_from_config(str(release_cluster.kubeconfig))
    site = Site(
        api_client, release_cluster.kubeconfig, request.param, release_cluster.settings.chart_repository, tmp_path
    )
    installed = site.upgrade("--create-namespace", "--values", str(values))
    assert installed.returncode == 0, installed.stderr
    yield ReleaseSite(release_cluster, site)
    site.uninstall()
    for secret in site.core.list_namespaced_secret(NAMESPACE, label_selector="epinio.aws/managed-by").items:
        site.core.delete_namespaced_secret(secret.metadata.name, NAMESPACE)
