"""What somebody else's tools make of a wired release, and whose release it is: told, put right, or refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import chart_repository, release
from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.epinio_states import live_a_life, owned_values, upgrade, wired_values
from tests.scenarios.leftovers import left, state
from tests.scenarios.world import World

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.epinio(helm=3, version="1.13.5"),
    pytest.mark.usefixtures("consistent"),
]

# Somebody's own values.yaml, in which there is nothing of the wiring, so that the bundled store comes back.
THEIRS: Mapping[str, Any] = {**release.USER_VALUES, "server": {"traceLevel": 2}}
FLUX = {"labels": {"helm.toolkit.fluxcd.io/name": "epinio", "helm.toolkit.fluxcd.io/namespace": "flux-system"}}
ARGO_CD = {"annotations": {"argocd.argoproj.io/tracking-id": "shop:apps/Deployment:epinio/epinio-server"}}


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A repository whose chart has the installed version, and is not the installed chart."""
    folder = chart_repository.write_fork("1.13.5", tmp_path_factory.mktemp("fork"))
    with chart_repository.serving([folder]) as url:
        yield url


@pytest.fixture(scope="module")
def wired(world: World) -> Run:
    live_a_life(world.people)
    return world.wire_up()


@contextmanager
def marked(world: World, marks: Mapping[str, Mapping[str, str]]) -> Iterator[None]:
    """Labels or annotations of another tool on the server's Deployment."""
    world.apps.patch_namespaced_deployment("epinio-server", NAMESPACE, {"metadata": marks})
    yield
    none = {part: dict.fromkeys(keys) for part, keys in marks.items()}
    world.apps.patch_namespaced_deployment("epinio-server", NAMESPACE, {"metadata": none})


def endpoint(world: World) -> str:
    """Where Epinio's server looks for its store."""
    details = world.core.read_namespaced_secret("epinio-s3-connection-details", NAMESPACE)
    return base64.b64decode(details.data["endpoint"]).decode()


def test_a_fork_is_not_wired(world: World, fork: str) -> None:
    failure = world.refused("irsa", chart_repo=fork).failure
    assert f"The chart epinio 1.13.5 of {fork} is not the one that release epinio was made from" in failure
    assert "Templates that differ: templates/server.yaml." in failure
    assert "Set epinio_chart_ref and epinio_chart_repo" in failure


def test_a_release_of_flux_is_not_wired(world: World) -> None:
    with marked(world, FLUX):
        run = world.refused("irsa")
    assert "Flux owns release epinio (HelmRelease flux-system/epinio)" in run.failure
    assert "into spec.values of it, and let Flux apply them" in run.failure
    (result,) = (task.result for task in run.tasks if "owned_values" in task.result)
    assert result["owned_values"]["s3.bucket"] == world.bucket


def test_a_fork_is_not_used_on_the_way_back(world: World, wired: Run, fork: str) -> None:
    failure = world.refused("teardown_irsa", create_bucket=None, chart_repo=fork).failure
    assert f"The chart epinio 1.13.5 of {fork} is not the one that release epinio was made from" in failure


def test_a_release_of_argo_cd_is_not_taken_back(world: World, wired: Run) -> None:
    with marked(world, ARGO_CD):
        run = world.refused("teardown_irsa", create_bucket=None)
    assert "Argo CD owns release epinio (Application shop)" in run.failure
    assert "into the Helm values of it, and let Argo CD apply them" in run.failure


def test_values_that_somebody_dropped_are_put_back(world: World, wired: Run) -> None:
    upgrade(world, "1.13.5", THEIRS)
    assert endpoint(world).startswith("minio")
    theirs = world.status()
    run = world.wire_up()
    (told,) = (line for line in run.summary if f"evision {theirs['version']} of release epinio" in line)
    assert theirs["info"]["last_deployed"][:19] in told
    assert "Upgrade complete" in told
    dropped = [f"s3.{key}" for key in wired_values(world, "minio")["s3"]]
    for key in (*dropped, "minio.enabled", "serviceAccount.annotations", "server.stagingWorkloads.serviceAccountName"):
        assert key in told
    assert owned_values(world.values(), "minio") == wired_values(world, "minio")
    assert world.values()["server"]["traceLevel"] == 2
    assert {"Access of the roles: proven", "What Epinio reads: proven"} <= set(run.summary)


def test_a_later_chart_that_keeps_the_values_needs_nothing(world: World, wired: Run) -> None:
    upgrade(world, "1.13.9", world.values())
    run = world.wire_up(helm_binary="no-helm-is-run")
    assert run.changed == 0
    assert "What Epinio reads: proven" in run.summary
    assert any("chart 1.13.9" in line for line in run.summary)


def test_a_chart_whose_server_cannot_sign_is_refused(world: World, wired: Run) -> None:
    upgrade(world, "1.13.10", world.values())
    # None of the wired keys turns that chart's own store off.
    assert endpoint(world).startswith("seaweedfs")
    failure = world.refused("irsa").failure
    assert "Epinio's server 1.13.10 cannot use IAM" in failure
    assert f"Revision {world.status()['version']} of release epinio" in failure
    assert "go back to 1.13.9 (epinio_chart_version" in failure
    advised = world.run("irsa", "--check", chart_version="1.13.9")
    assert advised.code == 0, advised.output
    assert any("upgrade release epinio to chart 1.13.9" in line for line in advised.summary)


def test_it_is_taken_back_in_the_family_that_is_installed_now(world: World, wired: Run) -> None:
    before = state(world)
    world.take_back()
    assert left(world) == []
    assert state(world) == {**before, "values": THEIRS}
    assert before["chart"] == "epinio-1.13.10"
    assert endpoint(world).startswith("seaweedfs")
