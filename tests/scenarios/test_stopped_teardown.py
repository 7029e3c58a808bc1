"""The teardown stopped after each of its tasks: the next one goes on where it was stopped."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios import stops
from tests.scenarios.epinio_states import live_a_life
from tests.scenarios.leftovers import left, state
from tests.scenarios.world import World

# The charts of this family leave the annotation and the restart to tasks of their own: there are more states.
pytestmark = [
    pytest.mark.scenario,
    pytest.mark.epinio(version="1.13.0"),
    pytest.mark.usefixtures("consistent"),
]


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """Epinio as it was."""
    live_a_life(world.people)
    return state(world)


@pytest.mark.parametrize(("mode", "number"), [("irsa", 8), ("instance_profile", 3)])
def test_each_goes_on_where_the_one_before_was_stopped(
    world: World, before: dict[str, Any], mode: str, number: int
) -> None:
    """Each run finds exactly what is left to do, begins with that, and is stopped after the first task of it."""
    world.wire_up(mode, verify="none")
    remaining = stops.planned(world.take_back("--check", mode=mode))
    assert len(remaining) == number
    for task in list(remaining):
        run = world.stop(f"teardown_{mode}", task, create_bucket=None)
        assert stops.planned(run) == remaining
        assert [stops.name(one) for one in stops.writing(run)] == [task]
        del remaining[task]
    with world.wire() as wire:
        run = world.take_back(mode=mode)
    assert (run.changed, wire.writes) == (0, [])
    assert (left(world), state(world)) == ([], before)
