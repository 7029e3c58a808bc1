"""The policy profile is changed on a wiring that works, there and back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_POLICY, STAGING_ROLE, World

pytestmark = pytest.mark.scenario


def attached(world: World, role: str) -> list[str]:
    """The names of the policies that a role has."""
    found = world.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    return sorted(one["PolicyName"] for one in found)


def test_a_change_of_profile_leaves_no_right_behind(world: World) -> None:
    world.wire_up(policy_profile="documented")
    assert attached(world, STAGING_ROLE) == [SERVER_POLICY]

    narrowed = world.wire_up()
    assert "Access of the roles: proven" in narrowed.summary
    detached = f"Changed: detach {world.arn('policy', SERVER_POLICY)} from role {STAGING_ROLE}"
    assert detached in narrowed.summary
    assert not any("is kept" in line for line in narrowed.summary)
    assert (attached(world, SERVER_ROLE), attached(world, STAGING_ROLE)) == ([SERVER_POLICY], [STAGING_POLICY])

    back = world.run("irsa", "--check", policy_profile="documented")
    assert back.code == 0, back.output
    assert f"Would change: detach {world.arn('policy', STAGING_POLICY)} from role {STAGING_ROLE}" in back.summary
