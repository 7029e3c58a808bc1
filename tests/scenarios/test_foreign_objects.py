"""What others have beside a wiring, in each of its ways: kept by a run and by a teardown, or the run is refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from kubernetes import client

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios import foreign
from tests.scenarios.epinio_states import upgrade
from tests.scenarios.foreign import ANNOTATION, FOREIGN_ROLE
from tests.scenarios.foreign_rows import ROWS, Row, leave_policy, leave_role
from tests.scenarios.leftovers import forget_what_stays, in_aws
from tests.scenarios.modes import MODES, Mode
from tests.scenarios.world import (
    SERVER_POLICY,
    SERVER_ROLE,
    STAGING_ACCOUNT,
    STAGING_POLICY,
    STAGING_ROLE,
    Wire,
    World,
)

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

Undo = Callable[[], Any]
Seen = dict[str, Any]
# What the teardown leaves of ours and of others', and how these stop to use it.
KEPT: Mapping[str, tuple[list[str], list[str], tuple[Callable[[World], Any], ...]]] = {
    "irsa": (
        [f"role {STAGING_ROLE}", f"policy {STAGING_POLICY}"],
        [f"role {SERVER_ROLE}", f"policy {SERVER_POLICY}"],
        (leave_role, leave_policy(STAGING_POLICY)),
    ),
    "instance_profile": ([f"policy {SERVER_POLICY}"], [], (leave_policy(SERVER_POLICY),)),
}


# IRSA is the last: some of the others' objects under the names of a wiring stay.
@pytest.fixture(scope="module", params=["instance_profile", "irsa"])
def mode(request: pytest.FixtureRequest, world: World) -> Iterator[Mode]:
    values = world.values()
    yield MODES[request.param]
    upgrade(world, "1.13.9", values)
    forget_what_stays(world)


@pytest.fixture(scope="module")
def rows(mode: Mode) -> Mapping[str, Row]:
    return ROWS[mode.name]


def seen(world: World, rows: Mapping[str, Row]) -> Seen:
    """The rows' objects, as independent readers see them."""
    return {name: row.read(world) for name, row in rows.items()}


@pytest.fixture(scope="module")
def wired(world: World, mode: Mode, rows: Mapping[str, Row]) -> Run:
    """A wiring that uses what others made."""
    made = {name: row for name, row in rows.items() if row.used}
    for row in made.values():
        row.plant(world)
    used = seen(world, made)
    run = world.wire_up(mode.name)
    assert seen(world, made) == used
    return run


@pytest.fixture(scope="module")
def planted(world: World, rows: Mapping[str, Row], wired: Run) -> Seen:
    """What others added beside it."""
    for row in rows.values():
        if not row.used:
            row.plant(world)
    return seen(world, rows)


@pytest.fixture(scope="module")
def again(world: World, mode: Mode, rows: Mapping[str, Row], planted: Seen) -> tuple[Run, Seen]:
    """A second run, while a Job uses the account of the staging jobs."""
    undo = job(world, mode)
    run = world.wire_up(mode.name)
    assert client.BatchV1Api(world.people.api).read_namespaced_job("theirs", NAMESPACE).status.active == 1
    undo()
    return run, seen(world, rows)


def untold(run: Run, words: Mapping[str, str]) -> list[str]:
    """The rows of which the summary does not say these words."""
    text = "\n".join(run.summary)
    return [name for name, word in words.items() if word not in text]


def test_wiring_keeps_it(rows: Mapping[str, Row], planted: Seen, again: tuple[Run, Seen]) -> None:
    run, found = again
    assert found == planted
    assert untold(run, {name: row.wired for name, row in rows.items()}) == [], run.output


def test_nothing_foreign_is_a_reason_to_change_anything(again: tuple[Run, Seen]) -> None:
    assert again[0].changed == 0


def job(world: World, mode: Mode) -> Undo:
    """A Job, not of Epinio's, that runs with the account of the staging jobs."""
    batch = client.BatchV1Api(world.people.api)
    account = STAGING_ACCOUNT if STAGING_ACCOUNT in mode.accounts else "default"
    batch.create_namespaced_job(NAMESPACE, foreign.job("theirs", account))
    return lambda: batch.delete_namespaced_job("theirs", NAMESPACE, propagation_policy="Background")


def live_annotation(world: World, mode: Mode) -> Undo:
    ours = world.arn("role", mode.server_role) if mode.server_role else None
    foreign.annotate(world, "epinio-server", FOREIGN_ROLE)
    return lambda: foreign.annotate(world, "epinio-server", ours)


# By mode: what is planted beside a wiring, and words of what the playbooks say that refuse to run then.
REFUSED: Mapping[str, tuple[tuple[Callable[[World, Mode], Undo], Mapping[str, tuple[str, ...]]], ...]] = {
    "irsa": (
        (job, {"teardown_irsa": ("Job theirs", STAGING_ACCOUNT, "whose role is about to go")}),
        (
            live_annotation,
            {
                "irsa": (FOREIGN_ROLE, "by somebody", f"Remove the annotation {ANNOTATION}"),
                "teardown_irsa": (FOREIGN_ROLE, "by somebody", ANNOTATION),
            },
        ),
    ),
    "instance_profile": (
        (
            live_annotation,
            {
                "instance_profile": (
                    FOREIGN_ROLE,
                    "by somebody",
                    "not their node's",
                    f"Remove the annotation {ANNOTATION}",
                )
            },
        ),
    ),
}


def test_it_is_refused(world: World, mode: Mode, rows: Mapping[str, Row], again: object) -> None:
    for plant, words in REFUSED[mode.name]:
        undo = plant(world, mode)
        before = seen(world, rows)
        with world.wire() as wire:
            # So long are Jobs waited for.
            run = world.run_each({one: {"playbook": one, "helm_timeout": "3s"} for one in words})
        undo()
        unsaid = [word for one in words for word in words[one] if word not in run.failures.get(one, "")]
        assert unsaid == [], run.output
        assert (wire.writes, seen(world, rows)) == ([], before)


@pytest.fixture(scope="module")
def annotated(world: World, mode: Mode, again: object) -> tuple[Run, Wire]:
    """Somebody's upgrade gave the server another role by the chart; then a run."""
    values = world.values()
    upgrade(world, "1.13.9", {**values, "serviceAccount": {"annotations": {ANNOTATION: FOREIGN_ROLE}}})
    with world.wire() as wire:
        run = world.run(mode.name)
    return run, wire


def test_another_role_by_the_chart_is_refused(annotated: tuple[Run, Wire]) -> None:
    run, wire = annotated
    assert run.code == 2
    assert f'sets serviceAccount.annotations."{ANNOTATION}" to {FOREIGN_ROLE}' in run.failure
    assert wire.writes == []


@pytest.fixture(scope="module")
def torn(world: World, mode: Mode, rows: Mapping[str, Row], annotated: object) -> Iterator[tuple[Run, Seen]]:
    undo = foreign.associate(world, STAGING_ACCOUNT)
    yield world.take_back(mode=mode.name), seen(world, rows)
    undo()


def test_teardown_keeps_it(rows: Mapping[str, Row], planted: Seen, torn: tuple[Run, Seen]) -> None:
    run, found = torn
    assert found == planted
    assert untold(run, {name: row.torn for name, row in rows.items()}) == [], run.output


def test_teardown_keeps_another_role_by_the_chart(world: World, mode: Mode, torn: tuple[Run, Seen]) -> None:
    account = world.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations[ANNOTATION] == FOREIGN_ROLE
    assert world.values()["serviceAccount"]["annotations"] == {ANNOTATION: FOREIGN_ROLE}
    said = [one for one in torn[0].summary if one.startswith(f"Left: annotation {ANNOTATION}")]
    assert ["Take it out of the release's values" in one for one in said] == [True] * bool(mode.accounts)


def test_teardown_keeps_an_association(world: World, torn: object) -> None:
    eks = world.stand_in.client("eks", world.account)
    (found,) = eks.list_pod_identity_associations(clusterName="epinio")["associations"]
    assert found["serviceAccount"] == STAGING_ACCOUNT


def test_what_was_kept_goes_once_nobody_else_uses_it(world: World, mode: Mode, torn: object) -> None:
    """As the residue advises. Tags and versions of others go with it."""
    ours, others, leave = KEPT[mode.name]
    assert sorted(in_aws(world)) == sorted([*ours, *others])
    for part in leave:
        part(world)
    world.take_back(mode=mode.name)
    assert sorted(in_aws(world)) == sorted(others)
