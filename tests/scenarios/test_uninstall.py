"""`epinio_uninstall`: the teardown removes Epinio and its namespaces as well, and nothing that is somebody else's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.leftovers import left
from tests.scenarios.stops import name, planned, writing
from tests.scenarios.world import STAGING_ACCOUNT, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

NOTES = "notes"
FOREIGN = (
    "Left: namespace epinio: in it is what neither Epinio, nor its chart, nor this collection made: ConfigMap notes."
)


@pytest.fixture(scope="module")
def wired(world: World) -> Any:
    """A wired Epinio in use, in whose namespace somebody keeps something of his own; its staging account."""
    world.people.create_namespace("epinio", "team1")
    world.wire_up(verify="none")
    world.people.push("shop")
    world.core.create_namespaced_config_map(NAMESPACE, {"metadata": {"name": NOTES}})
    return world.core.read_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)


@pytest.fixture(scope="module")
def checked(world: World, wired: Any) -> Run:
    """The teardown with `--check`."""
    with world.wire() as wire:
        run = world.take_back("--check", uninstall="epinio")
    assert wire.writes == []
    return run


@pytest.fixture(scope="module")
def made(world: World, checked: Run) -> Run:
    """The teardown for real."""
    return world.take_back(uninstall="epinio")


@pytest.fixture(scope="module")
def finished(world: World, wired: Any, made: Run) -> tuple[Run, Run]:
    """The teardown once nobody keeps anything there any more: with `--check`, and for real.

    There is a staging account again, which now goes with its namespace.
    """
    wired.metadata.resource_version = None
    world.core.create_namespaced_service_account(NAMESPACE, wired)
    world.core.delete_namespaced_config_map(NOTES, NAMESPACE)
    return world.take_back("--check", uninstall="epinio"), world.take_back(uninstall="epinio")


def test_a_wrong_name_is_refused_before_anything(world: World, wired: Any) -> None:
    names = {"misspelt": "epinlo", "in capitals": "EPINIO"}
    rows = {row: {"uninstall": given} for row, given in [*names.items(), ("a switch", True)]}
    with world.wire() as wire:
        run = world.run_rows("teardown_irsa", rows)
    assert set(run.failures) == set(rows)
    for row, given in names.items():
        assert f"epinio_uninstall is '{given}' and epinio_cluster_name is 'epinio'" in run.failures[row]
    assert "epinio_uninstall is the truth value true" in run.failures["a switch"]
    assert (wire.calls, wire.kubernetes_writes) == ([], [])


def test_what_is_ours_goes(world: World, made: Run) -> None:
    assert left(world) == []


def test_what_is_foreign_stays_and_is_reported(world: World, made: Run) -> None:
    assert world.helm("list", "--all", "--output", "json") == []
    assert namespaces(world) == {"epinio", "team1"}
    assert world.core.read_namespaced_config_map(NOTES, NAMESPACE).metadata.name == NOTES
    for beginning in (FOREIGN, "Left: namespace team1: ", f"Left: bucket {world.bucket}: "):
        assert any(line.startswith(beginning) for line in made.summary)
    world.s3.head_bucket(Bucket=world.bucket)


def test_the_summary_says_what_goes(checked: Run, made: Run) -> None:
    for run in (checked, made):
        assert "namespace workspace and the application workspace/shop" in "\n".join(run.summary)


def test_the_rest_of_it_goes(world: World, finished: tuple[Run, Run]) -> None:
    assert namespaces(world) == {"team1"}
    assert left(world) == []


def test_the_check_is_the_run(checked: Run, made: Run, finished: tuple[Run, Run]) -> None:
    for before, after in ((checked, made), finished):
        assert planned(before) == changes(after)
        assert before.changed == after.changed == len(changes(after))


def test_again_nothing_changes(world: World, finished: tuple[Run, Run]) -> None:
    with world.wire() as wire:
        run = world.take_back(uninstall="epinio", helm_binary="no-helm-is-run")
    assert (run.changed, wire.writes) == (0, [])


def changes(run: Run) -> dict[str, list[str]]:
    """The changes of the real pass, by task, in order."""
    return {name(task): [one["summary"] for one in task.changes] for task in writing(run)}


def namespaces(world: World) -> set[str]:
    usual = {"default", "kube-system", "kube-public", "kube-node-lease"}
    return {one.metadata.name for one in world.core.list_namespace().items} - usual
