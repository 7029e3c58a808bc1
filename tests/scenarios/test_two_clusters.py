"""Two clusters of one account with an Epinio each, and one that is made anew under the same name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox import release
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from tests.sandbox.aws.fixtures import new_account
from tests.scenarios import foreign
from tests.scenarios.leftovers import in_aws, left
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_POLICY, STAGING_ROLE, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

SUFFIX, OLD = "-second", "-old"
NAMES = {f"role {name}" for name in (SERVER_ROLE, STAGING_ROLE)} | {
    f"policy {name}" for name in (SERVER_POLICY, STAGING_POLICY)
}


class Site:
    """One account, and clusters in it with an issuer, an authority and keys of their own."""

    def __init__(self, aws: StandIn, charts: str, folder: Path) -> None:
        self.aws, self.charts, self.folder, self.account = aws, charts, folder, new_account()

    @contextmanager
    def cluster(self, folder: str, name: str) -> Iterator[World]:
        """A fresh cluster with Epinio in it."""
        cluster = Cluster.new(
            self.folder / folder, aws_url=self.aws.url, charts_url=self.charts, account=self.account, name=name
        )
        with cluster:
            release.install(cluster)
            yield World(cluster, self.aws)


@pytest.fixture(scope="module")
def site(aws: StandIn, charts: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return Site(aws, charts, tmp_path_factory.mktemp("clusters"))


def prove(world: World, **names: str) -> None:
    run = world.run("verify", **names)
    assert run.code == 0, run.output
    assert "Access of the roles: proven" in run.summary


def test_two_clusters_and_one_that_comes_back(site: Site) -> None:
    with site.cluster("first", "epinio") as first:
        with site.cluster("second", "second") as second:
            own = {"cluster_name": "second", "name_suffix": SUFFIX, "bucket": f"second-{site.account}"}
            _wire_both(first, second, own)
            second.take_back(**own)
            assert set(in_aws(first, SUFFIX)) == NAMES
            assert set(left(second)) == NAMES
        prove(first)
        _leave_old_ones(first)
        former = first.cluster.settings.issuer
    with site.cluster("again", "epinio") as again:
        _come_back(again, former)


def _wire_both(first: World, second: World, own: dict[str, str]) -> None:
    first.wire_up()
    with second.wire() as wire:
        refused = second.run("irsa", **{**own, "name_suffix": None})
    assert refused.code == 2
    assert (
        "cluster/epinio/epinio. IAM objects are never shared between clusters: set epinio_name_suffix"
        in refused.failure
    )
    assert wire.writes == []
    second.wire_up(**own)
    prove(first)
    prove(second, **own)


def _leave_old_ones(world: World) -> None:
    """What another wiring of this cluster, by names with a suffix, has in IAM."""
    tags = foreign.mark(f"arn:aws:eks:us-east-1:{world.account}:cluster/epinio/epinio")
    statement = {"Sid": "EpinioAwsIrsa", **foreign.trust(world)}
    for role, policy in ((SERVER_ROLE, SERVER_POLICY), (STAGING_ROLE, STAGING_POLICY)):
        arn = foreign.create_policy(world, f"{policy}{OLD}", *foreign.server_rights(world), tags=tags)
        foreign.create_role(world, f"{role}{OLD}", statement, policies=(arn,), tags=tags)


def _come_back(again: World, former: str) -> None:
    """A cluster of the same name, so of the same ARN, as one that is gone: what was made for that one is its own."""
    provider = f"OIDC provider arn:aws:iam::{again.account}:oidc-provider/{former.removeprefix('https://')}"
    torn = again.take_back(name_suffix=OLD)
    assert set(in_aws(again, OLD)) == NAMES
    assert len([line for line in torn.summary if line.startswith(f"Left: {provider}: ")]) == 1, torn.summary
    repaired = again.wire_up()
    assert "Access of the roles: proven" in repaired.summary
    assert any(f"trusted {provider}, and" in line for line in repaired.summary), repaired.summary
