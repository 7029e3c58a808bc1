"""A release that Helm 4 made, by server-side apply, in which Epinio and its operators have written since."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.builders import add_builder, remove_builder
from tests.scenarios.epinio_states import live_a_life, owned_values, wired_values
from tests.scenarios.leftovers import in_release, state
from tests.scenarios.world import SERVER_ROLE, World, environment_of

pytestmark = [pytest.mark.scenario, pytest.mark.epinio(helm=4, version="1.13.9")]


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, Any]:
    """What people have in Epinio. The created namespace alone makes Helm 4's own upgrade fail with a conflict."""
    return live_a_life(world.people)


@pytest.fixture(scope="module")
def taken_back(world: World, people: dict[str, Any]) -> tuple[dict[str, Any], Run, dict[str, Any]]:
    """A run whose look fails over a builder of a user's own, and what there was before and after it."""
    add_builder(world)
    before = state(world)
    run = world.run("irsa")
    remove_builder(world)
    return before, run, state(world)


@pytest.fixture(scope="module")
def made(world: World, taken_back: object) -> Run:
    return world.wire_up()


def test_after_a_failed_look_it_is_as_before(
    world: World, taken_back: tuple[dict[str, Any], Run, dict[str, Any]]
) -> None:
    before, run, after = taken_back
    assert run.code == 2
    assert "The ConfigMap their-builder makes staging jobs run as service account default" in run.failure
    assert "The upgrade of this run was taken back" in run.failure
    assert after == before
    assert in_release(world) == []


def test_it_is_wired_and_proven(world: World, made: Run) -> None:
    assert owned_values(world.values(), "minio") == wired_values(world, "minio")
    assert world.status()["info"]["status"] == "deployed"
    assert {"Access of the roles: proven", "What Epinio reads: proven"} <= set(made.summary)
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)


def test_helm_alone_owns_the_annotation(world: World, made: Run) -> None:
    account = world.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    owners = [
        entry.manager
        for entry in account.metadata.managed_fields
        if "f:eks.amazonaws.com/role-arn" in entry.fields_v1.get("f:metadata", {}).get("f:annotations", {})
    ]
    assert owners == ["helm"]


def test_what_people_had_survives(world: World, people: dict[str, Any], made: Run) -> None:
    assert world.people.state() == people


def test_the_second_run_changes_nothing(world: World, people: dict[str, Any], made: Run) -> None:
    revision = world.status()["version"]
    assert world.wire_up().changed == 0
    assert world.status()["version"] == revision
    assert world.people.state() == people
