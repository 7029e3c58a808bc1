"""Charts up to 1.13.4 take no annotation in their values: there and back, and a helm that dies on the way back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.epinio_states import live_a_life
from tests.scenarios.helm_storage import let_grow_old
from tests.scenarios.killed_helm import killed_run
from tests.scenarios.leftovers import left, state
from tests.scenarios.world import SERVER_ROLE, STAGING_ACCOUNT, STAGING_ROLE, World, environment_of

pytestmark = [
    pytest.mark.scenario,
    pytest.mark.epinio(helm=3, version="1.13.0"),
    pytest.mark.usefixtures("consistent"),
]

ANNOTATION = "eks.amazonaws.com/role-arn"


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    live_a_life(world.people)
    return state(world)


@pytest.fixture(scope="module")
def made(world: World, before: dict[str, Any]) -> Run:
    return world.wire_up(verify="auto")


@contextmanager
def cordoned(world: World) -> Iterator[None]:
    """No node takes a new pod, so helm waits for those of the store that is turned on again."""
    nodes = [node.metadata.name for node in world.core.list_node().items]
    for name in nodes:
        world.core.patch_node(name, {"spec": {"unschedulable": True}})
    yield
    for name in nodes:
        world.core.patch_node(name, {"spec": {"unschedulable": None}})


def test_it_is_wired_and_proven(world: World, made: Run) -> None:
    values = world.values()
    assert values["s3"]["bucket"] == world.bucket
    assert values["minio"] == {"enabled": False}
    assert values["server"]["stagingWorkloads"]["serviceAccountName"] == STAGING_ACCOUNT
    in_pods = f"Asked from inside the cluster as {STAGING_ROLE} and {SERVER_ROLE}"
    assert {"Access of the roles: proven", in_pods, "What Epinio reads: proven"} <= set(made.summary)
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)


def test_the_annotation_is_no_value(world: World, made: Run) -> None:
    """That chart would ignore it, and a later one that knows it would not be asked by us."""
    assert "serviceAccount" not in world.values()
    account = world.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations[ANNOTATION] == world.arn("role", SERVER_ROLE)
    owners = [
        entry.manager
        for entry in account.metadata.managed_fields
        if f"f:{ANNOTATION}" in entry.fields_v1.get("f:metadata", {}).get("f:annotations", {})
    ]
    assert owners == ["epinio.aws"]


def test_the_second_run_changes_nothing(world: World, made: Run) -> None:
    with world.wire() as wire:
        run = world.wire_up(helm_binary="no-helm-is-run")
    assert run.changed == 0
    assert wire.kubernetes_writes == []
    assert "Access of the roles: proven" in run.summary


def test_a_helm_that_is_killed_on_the_way_back(world: World, before: dict[str, Any], made: Run, tmp_path: Path) -> None:
    with cordoned(world):
        run = killed_run(world, "teardown_irsa", tmp_path, create_bucket=None)
    assert run.code == 2
    assert "upgrade release epinio to chart 1.13.0" in run.failure
    assert world.people.state() == before["people"]
    assert world.status()["info"]["status"] == "pending-upgrade"
    refused = world.refused("teardown_irsa", create_bucket=None)
    assert "Wait for it to end" in refused.failure


def test_the_next_run_repairs_it(world: World, before: dict[str, Any], made: Run) -> None:
    let_grow_old(world)
    world.take_back()
    assert left(world) == []
    assert state(world) == before
