"""Epinio from 1.13.10 on: its server cannot use IAM, and its chart has another bundled store."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.epinio_states import live_a_life, owned_values, wired_values
from tests.scenarios.world import SERVER_ROLE, STAGING_ROLE, World, environment_of

pytestmark = [pytest.mark.scenario, pytest.mark.epinio(helm=3, version="1.13.10")]


@pytest.fixture(scope="module")
def accepted(world: World) -> Run:
    live_a_life(world.people)
    return world.wire_up(accept_unsigned_server=True, verify="auto")


def test_it_is_refused_before_any_write(world: World) -> None:
    with world.wire() as wire:
        run = world.run("irsa")
    assert run.code == 2
    assert "Epinio's server 1.13.10 cannot use IAM" in run.failure
    assert "1.13.9" in run.failure
    assert "S3 gateway" in run.failure
    assert "epinio_accept_unsigned_server" in run.failure
    assert wire.writes == []


def test_accepted_it_gets_all_keys_and_its_own_switch(world: World, accepted: Run) -> None:
    values = world.values()
    assert owned_values(values, "seaweedfs") == wired_values(world, "seaweedfs")
    # That switch of older charts would turn nothing off here.
    assert "minio" not in values
    listed = world.helm("list", "--output", "json")
    assert [one["chart"] for one in listed] == ["epinio-1.13.10"]


def test_accepted_the_roles_are_proven(world: World, accepted: Run) -> None:
    in_pods = f"Asked from inside the cluster as {STAGING_ROLE} and {SERVER_ROLE}"
    assert {"Access of the roles: proven", in_pods, "What Epinio reads: proven"} <= set(accepted.summary)
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)
    account = world.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations["eks.amazonaws.com/role-arn"] == world.arn("role", SERVER_ROLE)
