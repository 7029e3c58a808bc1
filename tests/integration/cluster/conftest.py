"""One cluster, with its own AWS, for the tests of modules that talk to both."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.cluster import Cluster
from sandbox.settings import Timing
from tests.integration.cluster.workloads import Workloads


@pytest.fixture(scope="package")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """It has no release: each test makes the accounts and Deployments that it needs, in a namespace of its own."""
    quick = Timing(ready=0.2, terminate=0.2, run=0.2)
    with Cluster.new(tmp_path_factory.mktemp("shared"), timing=quick) as started:
        yield started


@pytest.fixture
def workloads(shared_cluster: Cluster) -> Iterator[Workloads]:
    made = Workloads.new(shared_cluster)
    yield made
    made.remove()
