"""Upgrades that fail or die: refused beforehand where that can be known, else repaired by the next run."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.playbook import Run
from tests.scenarios.epinio_states import (
    helm_charts,
    keep_definitions,
    live_a_life,
    owned_values,
    use_helm_controller,
    wired_values,
)
from tests.scenarios.helm_storage import let_grow_old
from tests.scenarios.killed_helm import killed_run
from tests.scenarios.world import SERVER_ROLE, World, environment_of

pytestmark = pytest.mark.scenario

BROKEN = {"image": {"epinio": {"tag": "never-ready"}}}
# With the chart's own strategy, one pod that may be away, helm 3 does not wait for the server.
STUCK = {**BROKEN, "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}
WORKING = {"image": {"epinio": {"tag": "v1.13.9"}}}


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, Any]:
    """What people have in Epinio, an object of helm-controller's among it."""
    use_helm_controller(world)
    return live_a_life(world.people)


@pytest.fixture(scope="module")
def kept(world: World, people: dict[str, Any]) -> None:
    """The resource definitions of helm-controller kept, as the refusal without it says."""
    keep_definitions(world)


def test_what_can_be_known_is_refused_before_any_write(world: World, people: dict[str, Any]) -> None:
    rows: dict[str, tuple[dict[str, Any], str]] = {
        "HelmChart": ({}, "HelmChart kube-system/somebodys"),
        "schema": ({"values": {"server": {"traceLevel": "loud"}}}, "/server/traceLevel"),
        "repository": ({"chart_repo": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    }
    with world.wire() as wire:
        run = world.run_rows("irsa", {row: variables for row, (variables, _said) in rows.items()})
    assert run.code == 2
    assert [row for row, (_variables, said) in rows.items() if said not in run.failures.get(row, "")] == [], run.output
    assert wire.writes == []


def test_an_image_that_never_gets_ready(world: World, people: dict[str, Any], kept: None) -> None:
    failed = world.run("irsa", values=BROKEN, helm_timeout="5s")
    assert failed.code == 2
    # The tag is one of the user's values, which are masked.
    assert 'ImagePullBackOff: Back-off pulling image "ghcr.io/epinio/epinio-server:' in failed.failure
    assert world.people.state() == people
    assert_repaired(world, people, world.wire_up(values=WORKING))


def test_a_helm_that_is_killed(world: World, people: dict[str, Any], kept: None, tmp_path: Path) -> None:
    run = killed_run(world, "irsa", tmp_path, values=STUCK)
    assert run.code == 2
    assert f"upgrade release epinio to chart {chart_version(world)}" in run.failure
    assert world.people.state() == people
    assert_young_revision_is_respected(world)
    assert_repaired(world, people, repairing_run(world))


def test_a_module_that_is_killed_with_its_helm(
    world: World, people: dict[str, Any], kept: None, tmp_path: Path
) -> None:
    # Ansible itself gives up when the worker is gone in which the module ran.
    assert killed_run(world, "irsa", tmp_path, module_too=True, values=STUCK).code == 1
    assert_repaired(world, people, repairing_run(world))


def repairing_run(world: World) -> Run:
    """The next run after the pending revision has become old."""
    let_grow_old(world)
    return world.wire_up(values=WORKING)


def assert_young_revision_is_respected(world: World) -> None:
    with world.wire() as wire:
        run = world.run("irsa", values=WORKING)
    assert run.code == 2
    assert f"revision {world.status()['version']} is pending-upgrade since" in run.failure
    assert wire.writes == []


def assert_repaired(world: World, people: dict[str, Any], run: Run) -> None:
    """The release is deployed and wired, people have what they had, and nothing of helm-controller's is gone."""
    assert world.status()["info"]["status"] == "deployed"
    assert owned_values(world.values(), "minio") == wired_values(world, "minio")
    assert "What Epinio reads: proven" in run.summary
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)
    assert pod.spec.containers[0].image.endswith(WORKING["image"]["epinio"]["tag"])
    assert world.people.state() == people
    assert helm_charts(world) == ["somebodys"]


def chart_version(world: World) -> str:
    listed = world.helm("list", "--all", "--output", "json")
    return str(listed[0]["chart"]).removeprefix("epinio-")
