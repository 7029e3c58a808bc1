"""Instance-profile mode: nodes that come; the change to the other mode and its end."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox import node_changes, node_kinds
from tests.integration.helm_site import wait_for
from tests.scenarios import leftovers
from tests.scenarios.world import SERVER_POLICY, World, environment_of

NODES = "epinio-nodes"
# Seconds in which IAM tells everybody of a detachment.
SOON = 10.0


def attached(world: World, role: str = NODES) -> set[str]:
    """Names of the policies on a role of nodes."""
    found = world.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return {one["PolicyName"] for one in found}


def test_a_node_whose_pods_get_no_credentials_is_refused_first(world: World) -> None:
    far = node_kinds.managed("us-east-1", 2, NODES, group="far", hop_limit=1)
    node_changes.join(world.cluster, far)
    message = world.refused("instance_profile").failure
    assert "HttpPutResponseHopLimit" in message
    assert "launch template" in message
    node_changes.delete_group(world.cluster, "far")


def test_a_node_group_that_comes_is_wired_and_one_that_is_not_wanted_loses_it(world: World) -> None:
    assert world.run("instance_profile").code == 0
    node_changes.join(world.cluster, node_kinds.managed("us-east-1", 3, "more-nodes", group="more"))
    grown = world.run("instance_profile")
    assert grown.code == 0, grown.output
    assert SERVER_POLICY in attached(world, "more-nodes")
    node_changes.delete_group(world.cluster, "more")
    assert world.run("instance_profile", node_role_names=[NODES]).code == 0
    wait_for(lambda: SERVER_POLICY not in attached(world, "more-nodes"), SOON)


def test_a_change_to_irsa_and_back(world: World) -> None:
    """Each mode is taken down beside the other one, which stays proven."""
    assert world.run("instance_profile").code == 0
    world.wire_up()
    again = world.run("instance_profile")
    assert (again.code, again.changed) == (0, 0), again.output
    world.take_back(mode="instance_profile")
    wait_for(lambda: SERVER_POLICY not in attached(world), SOON)
    assert world.run("verify").code == 0
    assert world.run("instance_profile").code == 0
    world.take_back()
    assert [environment_of(pod).get("AWS_ROLE_ARN") for pod in world.server_pods()] == [None]
    again = world.run("instance_profile")
    assert (again.code, again.changed) == (0, 0), again.output
    world.take_back(mode="instance_profile")
    assert leftovers.left(world) == []


def test_epinio_goes_with_the_wiring(world: World) -> None:
    """What is noted is still known when the namespace is gone, and the other mode does not take it along."""
    assert world.run("instance_profile").code == 0
    message = world.refused("teardown_irsa", create_bucket=None, uninstall="epinio").failure
    assert "teardown_instance_profile" in message
    world.take_back(mode="instance_profile", uninstall="epinio")
    wait_for(lambda: SERVER_POLICY not in attached(world), SOON)
    assert leftovers.left(world) == []
