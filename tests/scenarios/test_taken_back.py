"""A run whose upgrade leaves an Epinio that does not work takes it back, and one that did not upgrade takes nothing."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox import chart_repository
from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.builders import add_builder, remove_builder
from tests.scenarios.epinio_states import (
    helm_charts,
    keep_definitions,
    live_a_life,
    owned_values,
    use_helm_controller,
    wired_values,
)
from tests.scenarios.leftovers import in_release, state
from tests.scenarios.world import SERVER_ROLE, STAGING_POLICY, STAGING_ROLE, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

AUDIENCE = "eks.amazonaws.com/audience"
TAKEN_BACK = "The upgrade of this run was taken back: the release has the values again that it had before it was wired"
# What the runs below bring, so that the former chart has to come back too.
OTHER = {"chart_version": "1.13.5"}


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """Epinio as it was, with an object that an upgrade would delete if its definition were not kept."""
    use_helm_controller(world)
    keep_definitions(world)
    live_a_life(world.people)
    return state(world)


def audience(world: World, value: str | None) -> None:
    body = {"metadata": {"annotations": {AUDIENCE: value}}}
    world.core.patch_namespaced_service_account("epinio-server", NAMESPACE, body, field_manager="somebody")


@contextmanager
def without_webhook(world: World) -> Iterator[None]:
    """A cluster whose new pods get no role, whatever their account says."""
    admission = client.AdmissionregistrationV1Api(world.people.api)
    name = "pod-identity-webhook"
    found = admission.read_mutating_webhook_configuration(name)
    admission.delete_mutating_webhook_configuration(name)
    yield
    found.metadata.resource_version = None
    admission.create_mutating_webhook_configuration(found)


@contextmanager
def webhook_that_spares(world: World, job: str) -> Iterator[None]:
    """A cluster where something keeps the pods of one Job from getting a role."""
    admission = client.AdmissionregistrationV1Api(world.people.api)
    name = "pod-identity-webhook"

    def set_conditions(conditions: list[Any]) -> None:
        found = admission.read_mutating_webhook_configuration(name)
        found.webhooks[0].match_conditions = conditions
        admission.replace_mutating_webhook_configuration(name, found)

    labels = "object.metadata.labels"
    expression = f"!(has({labels}) && 'job-name' in {labels} && {labels}['job-name'] == '{job}')"
    set_conditions([client.V1MatchCondition(name="spared", expression=expression)])
    yield
    set_conditions([])


def assert_taken_back(world: World, before: dict[str, Any], run: Run) -> None:
    assert run.code == 2, run.output
    assert TAKEN_BACK in run.failure
    assert run.failure.endswith("chart 1.13.9.")
    assert state(world) == before
    assert in_release(world) == []
    assert helm_charts(world) == ["somebodys"]
    # The roles stay, for the next run.
    world.iam.get_role(RoleName=SERVER_ROLE)


def test_what_epinio_would_read_wrong(world: World, before: dict[str, Any]) -> None:
    add_builder(world)
    audience(world, "somebodys")
    run = world.run("irsa", **OTHER)
    audience(world, None)
    remove_builder(world)
    for words in (
        "The ConfigMap their-builder makes staging jobs run as service account default",
        "The service account epinio-server asks for tokens for somebodys",
        "Before the release was wired, the keys of the wiring were: ",
    ):
        assert words in run.failure
    assert_taken_back(world, before, run)


def test_pods_that_get_no_role(world: World, before: dict[str, Any]) -> None:
    with without_webhook(world):
        run = world.run("irsa", **OTHER)
    assert "Two restarts of deployment epinio/epinio-server did not give its pods the role" in run.failure
    assert_taken_back(world, before, run)


def test_a_pod_of_the_servers_account_that_gets_no_role(world: World, before: dict[str, Any]) -> None:
    """What only such a pod can show, and only after the switch; everything before it was proven."""
    with webhook_that_spares(world, "epinio-aws-probe-server"):
        run = world.run("irsa", verify="auto", **OTHER)
    assert "Disproven: The pod of Job epinio/epinio-aws-probe-server" in run.failure
    assert "container probe has no AWS_ROLE_ARN" in run.failure
    assert_taken_back(world, before, run)


def test_what_cannot_be_taken_back_is_told(world: World, before: dict[str, Any], tmp_path: Path) -> None:
    """A chart in a folder has no former version. The release stays wired, so the next run has less to do."""
    folder = chart_repository.write_chart("1.13.5", tmp_path / "epinio")
    add_builder(world)
    run = world.run("irsa", chart_ref=str(folder), **OTHER)
    remove_builder(world)
    assert run.code == 2
    assert "The ConfigMap their-builder makes staging jobs run as service account default" in run.failure
    assert "The upgrade of this run could not be taken back: " in run.failure
    assert "has version 1.13.5, wanted is 1.13.9: set epinio_chart_version or epinio_chart_ref" in run.failure
    assert owned_values(world.values(), "minio") == wired_values(world, "minio")
    assert world.people.state() == before["people"]


def test_a_run_that_did_not_upgrade_takes_nothing_back(world: World, before: dict[str, Any]) -> None:
    """It repairs a role, and then finds what somebody planted since."""
    wired = state(world)
    revision = world.status()["version"]
    world.iam.detach_role_policy(RoleName=STAGING_ROLE, PolicyArn=world.arn("policy", STAGING_POLICY))
    add_builder(world)
    run = world.run("irsa")
    assert run.code == 2
    assert "The ConfigMap their-builder makes staging jobs run as service account default" in run.failure
    assert "This run did not upgrade the release, so it was left as it is." in run.failure
    assert TAKEN_BACK not in run.failure
    assert run.changed == 1
    assert state(world) == wired
    assert world.status()["version"] == revision
