"""What others have beside a wiring: kept by a run of `irsa` and by a teardown, or the run is refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from kubernetes import client

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios import foreign
from tests.scenarios.epinio_states import upgrade
from tests.scenarios.foreign import ANNOTATION, FOREIGN_ROLE
from tests.scenarios.foreign_rows import ROWS
from tests.scenarios.leftovers import in_aws
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_ACCOUNT, STAGING_POLICY, STAGING_ROLE, Wire, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

Undo = Callable[[], Any]
Seen = dict[str, Any]


def seen(world: World) -> Seen:
    """The rows' objects, as independent readers see them."""
    return {name: row.read(world) for name, row in ROWS.items()}


@pytest.fixture(scope="module")
def wired(world: World) -> Run:
    """A wiring that uses what others made."""
    for row in ROWS.values():
        if row.used:
            row.plant(world)
    used = {name: row.read(world) for name, row in ROWS.items() if row.used}
    run = world.wire_up()
    assert {name: ROWS[name].read(world) for name in used} == used
    return run


@pytest.fixture(scope="module")
def planted(world: World, wired: Run) -> Seen:
    """What others added beside it."""
    for row in ROWS.values():
        if not row.used:
            row.plant(world)
    return seen(world)


@pytest.fixture(scope="module")
def again(world: World, planted: Seen) -> tuple[Run, Seen]:
    """A second run of `irsa`, while a Job uses the staging account."""
    undo = job(world)
    run = world.wire_up()
    assert client.BatchV1Api(world.people.api).read_namespaced_job("theirs", NAMESPACE).status.active == 1
    undo()
    return run, seen(world)


@pytest.mark.parametrize("name", ROWS)
def test_wiring_keeps_it(name: str, planted: Seen, again: tuple[Run, Seen]) -> None:
    run, found = again
    assert found[name] == planted[name]
    assert ROWS[name].wired in "\n".join(run.summary), run.output


def test_nothing_foreign_is_a_reason_to_change_anything(again: tuple[Run, Seen]) -> None:
    assert again[0].changed == 0


def job(world: World) -> Undo:
    """A Job, not of Epinio's, that runs with the staging account."""
    batch = client.BatchV1Api(world.people.api)
    batch.create_namespaced_job(NAMESPACE, foreign.job("theirs", STAGING_ACCOUNT))
    return lambda: batch.delete_namespaced_job("theirs", NAMESPACE, propagation_policy="Background")


def live_annotation(world: World) -> Undo:
    foreign.annotate(world, "epinio-server", FOREIGN_ROLE)
    return lambda: foreign.annotate(world, "epinio-server", world.arn("role", SERVER_ROLE))


def association(world: World) -> None:
    """A Pod Identity association of the staging account."""
    place = {"account": world.account, "region": "us-east-1", "cluster": "epinio", "namespace": NAMESPACE}
    account = {"service_account": STAGING_ACCOUNT, "role_arn": world.arn("role", "somebodys")}
    world.stand_in.control("pod-identity-associations", place | account)


REFUSED: Mapping[str, tuple[str, Callable[[World], Undo], tuple[str, ...]]] = {
    "job-that-uses-our-account": ("teardown_irsa", job, ("Job theirs", STAGING_ACCOUNT, "whose role is about to go")),
    "live-annotation": ("irsa", live_annotation, (FOREIGN_ROLE, "by somebody", f"Remove the annotation {ANNOTATION}")),
    "live-annotation-torn": ("teardown_irsa", live_annotation, (FOREIGN_ROLE, "by somebody", ANNOTATION)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str, world: World, again: object) -> None:
    playbook, plant, words = REFUSED[name]
    undo = plant(world)
    before = seen(world)
    with world.wire() as wire:
        # So long are Jobs waited for.
        run = world.run(playbook, helm_timeout="3s")
    undo()
    assert run.code == 2, run.output
    assert [word for word in words if word not in run.failure] == [], run.failure
    assert (wire.writes, seen(world)) == ([], before)


@pytest.fixture(scope="module")
def annotated(world: World, again: object) -> tuple[Run, Wire]:
    """Somebody's upgrade gave the server another role by the chart; then a run of `irsa`."""
    values = world.values()
    upgrade(world, "1.13.9", {**values, "serviceAccount": {"annotations": {ANNOTATION: FOREIGN_ROLE}}})
    with world.wire() as wire:
        run = world.run("irsa")
    return run, wire


def test_another_role_by_the_chart_is_refused(annotated: tuple[Run, Wire]) -> None:
    run, wire = annotated
    assert run.code == 2
    assert f'sets serviceAccount.annotations."{ANNOTATION}" to {FOREIGN_ROLE}' in run.failure
    assert wire.writes == []


@pytest.fixture(scope="module")
def torn(world: World, annotated: object) -> tuple[Run, Seen]:
    association(world)
    return world.take_back(), seen(world)


@pytest.mark.parametrize("name", ROWS)
def test_teardown_keeps_it(name: str, planted: Seen, torn: tuple[Run, Seen]) -> None:
    run, found = torn
    assert found[name] == planted[name]
    assert ROWS[name].torn in "\n".join(run.summary), run.output


def test_teardown_keeps_another_role_by_the_chart(world: World, torn: tuple[Run, Seen]) -> None:
    account = world.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations[ANNOTATION] == FOREIGN_ROLE
    assert world.values()["serviceAccount"]["annotations"] == {ANNOTATION: FOREIGN_ROLE}
    (said,) = [one for one in torn[0].summary if one.startswith(f"Left: annotation {ANNOTATION}")]
    assert "Take it out of the release's values" in said


def test_teardown_keeps_an_association(world: World, torn: object) -> None:
    eks = world.stand_in.client("eks", world.account)
    (found,) = eks.list_pod_identity_associations(clusterName="epinio")["associations"]
    assert found["serviceAccount"] == STAGING_ACCOUNT


def test_what_was_kept_goes_once_nobody_else_uses_it(world: World, torn: object) -> None:
    """As the residue advises. Tags and versions of others go with it."""
    unmarked = [f"role {SERVER_ROLE}", f"policy {SERVER_POLICY}"]
    assert sorted(in_aws(world)) == sorted([*unmarked, f"role {STAGING_ROLE}", f"policy {STAGING_POLICY}"])
    ours, iam = {"PolicyArn": world.arn("policy", STAGING_POLICY)}, world.iam
    iam.detach_role_policy(RoleName=STAGING_ROLE, PolicyArn=world.arn("policy", "queues"))
    iam.delete_role_policy(RoleName=STAGING_ROLE, PolicyName="more")
    iam.remove_role_from_instance_profile(RoleName=STAGING_ROLE, InstanceProfileName="nodes")
    iam.delete_role(RoleName=STAGING_ROLE)
    iam.detach_role_policy(RoleName="a-role", **ours)
    iam.detach_user_policy(UserName="a-user", **ours)
    iam.detach_group_policy(GroupName="a-group", **ours)
    iam.delete_user_permissions_boundary(UserName="bound")
    world.take_back()
    assert sorted(in_aws(world)) == sorted(unmarked)
