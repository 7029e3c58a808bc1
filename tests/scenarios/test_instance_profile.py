"""Instance-profile mode: there, again, and back; what is not the wiring's own is untouched."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.playbook import Run
from tests.scenarios import leftovers
from tests.scenarios.world import SERVER_POLICY, World, environment_of

NODES = "epinio-nodes"
# The cluster twice, associations; node groups, access entries, instances, profile (7); bucket (4); policy (3).
CALLS = 16


def attached(world: World) -> set[str]:
    """Names of the policies on the nodes' role."""
    found = world.iam.list_attached_role_policies(RoleName=NODES)["AttachedPolicies"]
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
        planned = world.take_back("--check", "--diff", playbook="teardown_instance_profile")
    assert wire.writes == []
    back = world.take_back(playbook="teardown_instance_profile")
    assert changes(back, check=False) == changes(planned, check=True)
    assert attached(world) == foreign
    assert leftovers.left(world) == []
    assert leftovers.state(world) == before
    with world.wire() as wire:
        assert world.take_back(playbook="teardown_instance_profile").changed == 0
    assert wire.writes == []
