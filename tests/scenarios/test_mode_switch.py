"""A change from either mode to the other one: the server's pod reaches the bucket at every moment of it.

AWS has its delays here, because the order of the steps is there for them.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from sandbox.playbook import Run
from tests.scenarios.leftovers import left
from tests.scenarios.pod_writer import Written, writing
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, World, environment_of

pytestmark = pytest.mark.scenario

NODES = "epinio-nodes"
# People's runs prove the access, and so wait for it.
PROVEN = {"verify": "auto"}


def test_the_access_is_never_lost(world: World) -> None:
    world.wire_up("instance_profile", **PROVEN)
    with writing(world) as to_irsa:
        world.wire_up()
        assert world.wire_up("instance_profile").changed == 0
        nodes_gone = world.take_back(mode="instance_profile")
    said(to_irsa)
    assert to_irsa.roles == [NODES, SERVER_ROLE]
    assert kept_for(nodes_gone, SERVER_ROLE)

    with writing(world) as to_nodes:
        world.wire_up("instance_profile", **PROVEN)
        roles_gone = world.take_back()
    said(to_nodes)
    assert to_nodes.roles == [SERVER_ROLE, NODES]
    assert kept_for(roles_gone, NODES)
    assert [environment_of(pod).get("AWS_ROLE_ARN") for pod in world.server_pods()] == [None]

    assert world.wire_up("instance_profile").changed == 0
    world.take_back(mode="instance_profile")
    assert left(world) == []


def said(written: Written) -> None:
    """No put has failed, and there were as many as there were seconds."""
    print(f"{written.puts} puts, {written.between} moments without a pod")
    assert written.failed == []
    assert written.puts > 10


def kept_for(run: Run, role: str) -> bool:
    """Whether the policy stays for the other mode, which is said without advice to take it from that one."""
    (line,) = [one for one in run.summary if one.startswith(f"Left: policy {SERVER_POLICY}: ")]
    return f"the other mode of this wiring uses it: it is attached to role {role}." in line and "aws iam" not in line
