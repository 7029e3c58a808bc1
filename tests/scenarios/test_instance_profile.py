"""Instance-profile mode: nodes that come, and an end with Epinio."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox import node_changes, node_kinds
from tests.integration.helm_site import wait_for
from tests.scenarios import leftovers
from tests.scenarios.world import SERVER_POLICY, World

NODES = "epinio-nodes"
# Seconds in which IAM tells everybody of a detachment.
SOON = 10.0


def attached(world: World, role: str = NODES) -> set[str]:
    """Names of the policies on a role of nodes."""
    found = world.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {one["PolicyName"] for one in found}


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
