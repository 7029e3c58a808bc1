"""The way back: nothing of ours is left, and Epinio is what it was."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.playbook import Run
from tests.scenarios.epinio_states import live_a_life
from tests.scenarios.leftovers import left, state
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """Epinio as it was, and the wiring that is to go."""
    live_a_life(world.people)
    found = state(world)
    world.wire_up()
    assert len(left(world)) == 10
    return found


@pytest.fixture(scope="module")
def planned(world: World, before: dict[str, Any]) -> Run:
    """The teardown with `--check --diff`."""
    with world.wire() as wire:
        run = world.take_back("--check", "--diff")
    assert wire.writes == []
    return run


@pytest.fixture(scope="module")
def made(world: World, planned: Run) -> Run:
    """The teardown for real."""
    return world.take_back()


def changes(run: Run, part: str) -> dict[str, list[dict[str, Any]]]:
    """The changes of the tasks of one pass, by task."""
    return {task.name.partition(f", {part}")[0]: task.changes for task in run.named(f", {part}") if task.changes}


def test_nothing_of_ours_is_left(world: World, made: Run) -> None:
    assert left(world) == []


def test_epinio_is_what_it_was(world: World, before: dict[str, Any], made: Run) -> None:
    assert state(world) == before


def test_the_check_is_the_run(planned: Run, made: Run) -> None:
    was, came = changes(planned, "planned"), changes(made, "made")
    # helm's own roll may have done the work of the restart.
    for name in [name for name in was if name.endswith("Pods of the server")]:
        if name not in came:
            del was[name]
    assert came == was
    assert made.changed == len(came)


def test_what_stays_is_reported(world: World, made: Run) -> None:
    text = "\n".join(made.summary)
    assert f"Left: bucket {world.bucket}" in text
    assert "Left: OIDC provider arn:aws:iam::" in text
    world.s3.head_bucket(Bucket=world.bucket)
    assert len(world.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == 1


def test_the_second_time_changes_nothing(world: World, made: Run) -> None:
    with world.wire() as wire:
        run = world.take_back(helm_binary="no-helm-is-run")
    assert run.changed == 0
    assert wire.writes == []
