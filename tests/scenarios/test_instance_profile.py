"""Instance-profile mode: there, again, and back; nodes that come, and an end with Epinio."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox import node_changes, node_kinds
from sandbox.playbook import Run
from tests.integration.helm_site import wait_for
from tests.scenarios import leftovers
from tests.scenarios.world import SERVER_POLICY, World, environment_of

NODES = "epinio-nodes"
# Seconds in which IAM tells everybody of a detachment.
SOON = 10.0
# The cluster, associations; node groups, access entries, instances, profile (7); bucket (4); policy (3).
CALLS = 15


def attached(world: World, role: str = NODES) -> set[str]:
    """Names of the policies on a role of nodes."""
    found = world.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {one["PolicyName"] for one in found}


def changes(run: Run, *, check: bool) -> list[tuple[str, object]]:
    """What each module changed, or would."""
    return [(task.action, one) for task in run.tasks if task.check is check for one in task.changes]


def test_there_and_back(world: World) -> None:
    before, foreign = leftovers.state(world), attached(world)
    with world.wire() as wire:
        checked = world.run("instance_profile", "--check", "--diff")
    assert checked.code == 0, checked.output
    assert wire.writes == []

    made = world.run("instance_profile")
    assert made.code == 0, made.output
    assert changes(made, check=False) == changes(checked, check=True)
    assert attached(world) == {*foreign, SERVER_POLICY}
    assert "Access of the roles: proven" in made.summary
    assert world.values()["minio"] == {"enabled": False}
    assert [environment_of(pod).get("AWS_ROLE_ARN") for pod in world.server_pods()] == [None]

    with world.wire() as wire:
        again = world.run("instance_profile")
    assert (again.code, again.changed) == (0, 0), again.output
    assert {one.name.rsplit("-", 1)[0] for one in wire.kubernetes_writes} == {"epinio-aws-probe-node"}
    own = [call["action"] for call in wire.calls if call["caller"].endswith(":user/operator")]
    assert len(own) == CALLS, own

    with world.wire() as wire:
        planned = world.take_back("--check", "--diff", mode="instance_profile")
    assert wire.writes == []
    back = world.take_back(mode="instance_profile")
    assert changes(back, check=False) == changes(planned, check=True)
    assert attached(world) == foreign
    assert leftovers.left(world) == []
    assert leftovers.state(world) == before
    with world.wire() as wire:
        assert world.take_back(mode="instance_profile").changed == 0
    assert wire.writes == []


def test_a_node_group_that_comes_is_wired_and_one_that_is_not_wanted_loses_it(world: World) -> None:
    assert world.run("instance_profile").code == 0
    node_changes.join(world.cluster, node_kinds.managed("us-east-1", 3, "more-nodes", group="more"))
    grown = world.run("instance_profile")
    assert grown.code == 0, grown.output
    assert SERVER_POLICY in attached(world, "more-nodes")
    node_changes.delete_group(world.cluster, "more")
    assert world.run("instance_profile", node_role_names=[NODES]).code == 0
    wait_for(lambda: SERVER_POLICY not in attached(world, "more-nodes"), SOON)


def test_epinio_goes_with_the_wiring(world: World) -> None:
    """What is noted is still known when the namespace is gone, and the other mode does not take it along."""
    assert world.run("instance_profile").code == 0
    message = world.refused("teardown_irsa", create_bucket=None, uninstall="epinio").failure
    assert "teardown_instance_profile" in message
    world.take_back(mode="instance_profile", uninstall="epinio")
    wait_for(lambda: SERVER_POLICY not in attached(world), SOON)
    assert leftovers.left(world) == []
