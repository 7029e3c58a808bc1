"""The main playbook stopped after each of its tasks: the teardown takes back whatever it has left."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios import stops
from tests.scenarios.epinio_states import live_a_life
from tests.scenarios.leftovers import forget_what_stays, left, state
from tests.scenarios.world import SERVER_POLICY, World

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


@pytest.fixture(scope="module")
def finished(world: World, before: dict[str, Any]) -> Run:
    """A run that nobody stopped, and all of it taken back: what it wrote last is the last state to be seen."""
    run = world.wire_up()
    world.take_back()
    assert left(world) == []
    assert state(world) == before
    forget_what_stays(world)
    return run


def test_stopped_while_only_aws_has_changed(world: World, finished: Run) -> None:
    """Each stop is a wiring with names of its own, so that one run over all of them takes them back."""
    tasks = [stops.name(task) for task in stops.writing(finished) if not stops.in_kubernetes(task)]
    rows = {task: {"name_suffix": f"-{number}"} for number, task in enumerate(tasks)}
    assert len(rows) == 6
    for task, variables in rows.items():
        run = world.stop("irsa", task, **variables)
        assert stops.name(stops.writing(run)[-1]) == task
    # Of four: one policy, two, two and a role, two and two.
    assert len(left(world)) == 1 + 2 + 3 + 4
    run = world.run_rows("teardown_irsa", {task: {**rows[task], "create_bucket": None} for task in rows})
    assert run.code == 0, run.output
    assert left(world) == []


def test_stopped_once_the_cluster_has_changed(world: World, before: dict[str, Any], finished: Run) -> None:
    """All but the last, whose state is that of the finished run."""
    tasks = [stops.name(task) for task in stops.writing(finished) if stops.in_kubernetes(task)]
    assert len(tasks) == 4
    for task in tasks[:-1]:
        world.stop("irsa", task, verify="none")
        assert len(left(world)) > 4
        world.take_back()
        assert (task, left(world)) == (task, [])
        assert (task, state(world)) == (task, before)


def test_stopped_after_the_proof(world: World, before: dict[str, Any], finished: Run) -> None:
    """The probes have left nothing in the bucket, which is not ours to empty."""
    proof = stops.proofs(finished)[0]
    world.stop("irsa", stops.name(proof))
    assert "Contents" not in world.s3.list_objects_v2(Bucket=world.bucket)
    world.take_back()
    assert left(world) == []
    assert state(world) == before


def test_instance_profile_mode_goes_on_where_it_was_stopped(world: World, before: dict[str, Any]) -> None:
    """Each run finds exactly what is left to do, and whoever has the policy is noted before; nothing is lost."""
    run = world.stop("instance_profile", "Bucket for sources, made")
    remaining = {task: changes for task, changes in stops.planned(run).items() if not task.startswith("Bucket")}
    assert [task.split(",")[0] for task in remaining] == [
        "Note of the attachments",
        "Policy of the nodes",
        "Helm release of Epinio",
    ]
    for task in list(remaining):
        run = world.stop("instance_profile", task)
        assert stops.planned(run) == remaining
        assert [stops.name(one) for one in stops.writing(run)] == [task]
        assert noted(world) == ["epinio-nodes"]
        del remaining[task]
    assert world.wire_up("instance_profile").changed == 0
    world.take_back(mode="instance_profile")
    assert (left(world), state(world)) == ([], before)


def noted(world: World) -> list[str]:
    """The roles of nodes in the record."""
    secret = world.core.read_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    attachments = json.loads(base64.b64decode(secret.data["record"]))["attachments"]
    return list(attachments[world.arn("policy", SERVER_POLICY)])
