"""The way back of instance-profile mode where nodes are gone, or the note of their roles is."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox import node_changes, node_kinds, stand_in
from sandbox.node_pools import NODES
from sandbox.people import NAMESPACE
from tests.integration.helm_site import wait_for
from tests.scenarios import foreign
from tests.scenarios.leftovers import in_kubernetes, left, state
from tests.scenarios.world import SERVER_POLICY, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

MODE, TEARDOWN = "instance_profile", "teardown_instance_profile"
# Roles of a group that goes with its role, of one that goes alone, and one of somebody's that got our policy from him.
GONE, IDLE, OTHER = "gone-nodes", "idle-nodes", "somebodys"
NAMED = {"node_role_names": [NODES]}
# Seconds until a namespace is gone, on a busy machine.
PATIENCE = 120.0
WIRED_FOR = "is wired for arn:aws:eks:us-east-1:{account}:cluster/epinio/epinio"
# What is refused once the Secret is deleted: by row, the variables without `epinio_`, and words of the message.
LOST: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "restore": ({}, ("has values of the wiring", "Secret epinio-aws-wiring, in which those to go back to are noted")),
    "keep": ({"teardown_release": "keep"}, (f"attached to {NODES}, {OTHER}. ", "is gone", "epinio_node_role_names")),
    "uninstall": ({"uninstall": "epinio"}, (f"attached to {NODES}, {OTHER}. ", "is gone", "epinio_node_role_names")),
    "cluster-misspelt": ({"cluster_name": "epino"}, ("Nothing is wired for cluster epino", WIRED_FOR)),
    "namespace-misspelt": ({"namespace": "epino"}, ("Nothing is wired for cluster epinio and", WIRED_FOR)),
}


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """Epinio, and the roles of three node groups, as they were."""
    node_changes.join(
        world.cluster,
        node_kinds.managed("us-east-1", 2, GONE, group="gone"),
        node_kinds.managed("us-east-1", 3, IDLE, group="idle"),
    )
    theirs = foreign.create_policy(world, "theirs", foreign.EVERYTHING)
    world.iam.attach_role_policy(RoleName=NODES, PolicyArn=theirs)
    world.iam.put_role_policy(RoleName=IDLE, PolicyName="theirs", PolicyDocument=foreign.document(foreign.EVERYTHING))
    return seen(world)


def seen(world: World) -> dict[str, Any]:
    return {**state(world), **{name: foreign.role(world, name) for name in (NODES, IDLE)}}


def users(world: World) -> set[str]:
    """Names of the roles that have the policy."""
    uses: set[str] = foreign.policy(world, world.arn("policy", SERVER_POLICY))["uses"]
    return uses


def test_what_is_noted_is_detached_though_its_nodes_are_gone(world: World, before: dict[str, Any]) -> None:
    world.wire_up(MODE)
    foreign.create_role(world, OTHER, foreign.EC2, policies=(world.arn("policy", SERVER_POLICY),))
    assert users(world) == {NODES, GONE, IDLE, OTHER}
    node_changes.delete_group(world.cluster, "gone")
    delete_role(world, GONE)
    node_changes.delete_group(world.cluster, "idle")

    run = world.take_back(mode=MODE)
    assert kept_for_others(run.summary)
    assert (users(world), left(world)) == ({OTHER}, [f"policy {SERVER_POLICY}"])
    assert seen(world) == before
    with world.wire() as wire:
        again = world.take_back(mode=MODE)
    assert (again.changed, wire.writes) == (0, [])
    assert kept_for_others(again.summary)


@pytest.fixture(scope="module")
def wired(world: World, before: dict[str, Any]) -> None:
    """Wired again, with the policy that stayed because of somebody, and with one role of nodes alone."""
    world.wire_up(MODE, **NAMED)
    assert users(world) == {NODES, OTHER}


def test_without_the_cluster_nobody_guesses(world: World, wired: None) -> None:
    """`--check` for those that are not refused, because the cluster comes back."""
    rows: dict[str, dict[str, Any]] = {"not-named": {}, "named": NAMED, "none-of-them": {"node_role_names": []}}
    with without_cluster(world):
        run = world.run_rows(
            TEARDOWN, {row: {**given, "create_bucket": None} for row, given in rows.items()}, "--check"
        )
    assert list(run.failures) == ["not-named"], run.output
    words = (f"attached to {NODES}, {OTHER}. ", "which is not reached. Name the roles", "epinio_node_role_names")
    assert [word for word in words if word not in run.failure] == [], run.failure
    taken = [line for line in run.summary if line.startswith("Would take back: ")]
    assert taken == [f"Would take back: detach {world.arn('policy', SERVER_POLICY)} from role {NODES}"]
    kept = [line for line in run.summary if "somebody else uses it" in line]
    assert sorted(f"role {NODES}" in line for line in kept) == [False, True]


def test_without_the_note_all_is_refused_first(world: World, wired: None) -> None:
    world.core.delete_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    with world.wire() as wire:
        run = world.run_rows(TEARDOWN, {row: {**given, "create_bucket": None} for row, (given, _) in LOST.items()})
    missing = {
        row: [word for word in words if word.format(account=world.account) not in run.failures.get(row, "")]
        for row, (_, words) in LOST.items()
    }
    assert missing == {row: [] for row in LOST}, run.failures
    assert (run.changed, wire.writes) == (0, [])


def test_the_note_went_with_the_namespace(world: World, wired: None) -> None:
    """Which roles are meant has to be said then; the policy goes with the last that has it."""
    world.core.delete_namespace(NAMESPACE)
    wait_for(lambda: NAMESPACE not in [one.metadata.name for one in world.core.list_namespace().items], PATIENCE)
    message = world.refused(TEARDOWN, create_bucket=None).failure
    assert f"attached to {NODES}, {OTHER}. " in message
    assert "Secret epinio-aws-wiring of the cluster, which is gone" in message
    run = world.take_back(mode=MODE, **NAMED)
    assert kept_for_others(run.summary)
    assert users(world) == {OTHER}
    delete_role(world, OTHER)
    assert world.take_back(mode=MODE).changed == 1
    assert left(world) == []


def kept_for_others(summary: list[str]) -> bool:
    """Whether the policy stays because of somebody, with the command that ends that."""
    (line,) = [one for one in summary if one.startswith(f"Left: policy {SERVER_POLICY}: somebody else uses it")]
    return f"it is attached to role {OTHER}. " in line and f"--role-name {OTHER}" in line


@contextmanager
def without_cluster(world: World) -> Iterator[None]:
    """In the block AWS does not know the cluster, and nothing is written to it."""
    here, there = world.cluster.settings, list(in_kubernetes(world))
    world.stand_in.control(f"clusters/{world.account}/{here.region}/{here.name}", {}, "DELETE")
    with world.wire() as wire:
        yield
    assert wire.writes == []
    assert list(in_kubernetes(world)) == there
    stand_in.register_cluster(world.cluster.folder, here)


def delete_role(world: World, name: str) -> None:
    for one in world.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        world.iam.detach_role_policy(RoleName=name, PolicyArn=one["PolicyArn"])
    for one in world.iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]:
        world.iam.remove_role_from_instance_profile(InstanceProfileName=one["InstanceProfileName"], RoleName=name)
    world.iam.delete_role(RoleName=name)
