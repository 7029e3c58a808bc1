"""The main job in each of its ways: wire, prove, again, drift, and back; with Helm 3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import as_pod
from sandbox.instance_metadata import InstanceMetadata
from sandbox.node_pools import NODES
from sandbox.people import NAMESPACE
from sandbox.playbook import Run, Task
from sandbox.stand_in import InstanceSource
from tests.scenarios import foreign
from tests.scenarios.epinio_states import live_a_life, use_charts_registry
from tests.scenarios.leftovers import forget_what_stays, left, roles_of_accounts, state
from tests.scenarios.modes import MODES, Mode
from tests.scenarios.world import SERVER_POLICY, STAGING_ACCOUNT, STAGING_ROLE, Wire, World, environment_of

pytestmark = pytest.mark.scenario

# What every run of the story is given: its proof is as strong as it can be.
GIVEN = {"tags": {"team": "apps"}, "verify": "auto"}
OURS, PROOF = "epinio.aws.epinio_", "epinio.aws.epinio_access_check"
NO_HELM = "no-helm-is-run"
# The end of a name of which there may be several.
UNIQUE = re.compile(r"-[0-9a-f]{8,}$")
# What may be planned, and then need no change: helm's own roll may have done its work.
RESTART = "Pods of the server"
# A way's story begins where the one before it ended, so that what that left behind would be seen.
irsa_alone = pytest.mark.parametrize("mode", ["irsa"], indirect=True, scope="module")


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """A life in Epinio before it is wired, and what is the nodes' own."""
    use_charts_registry(world)
    live_a_life(world.people)
    return {"epinio": state(world), "nodes": foreign.role(world, NODES)}


@pytest.fixture(scope="module", params=MODES)
def mode(request: pytest.FixtureRequest, world: World, before: object) -> Iterator[Mode]:
    yield MODES[request.param]
    forget_what_stays(world)


@pytest.fixture(scope="module")
def planned(world: World, mode: Mode) -> Run:
    """The playbook with `--check --diff`."""
    with world.wire() as wire:
        run = world.run(mode.name, "--check", "--diff", **GIVEN)
    assert run.code == 0, run.output
    assert wire.writes == []
    return run


@pytest.fixture(scope="module")
def made(world: World, mode: Mode, planned: Run) -> Run:
    """The playbook for real."""
    return world.wire_up(mode.name, **GIVEN)


@pytest.fixture(scope="module")
def again(world: World, mode: Mode, made: Run) -> tuple[Run, Wire]:
    with world.wire() as wire:
        run = world.wire_up(mode.name, **GIVEN, helm_binary=NO_HELM)
    return run, wire


@pytest.fixture(scope="module")
def plan_back(world: World, mode: Mode, made: Run) -> Run:
    """The teardown with `--check --diff`."""
    assert len(left(world)) == mode.things
    with world.wire() as wire:
        run = world.take_back("--check", "--diff", mode=mode.name)
    assert wire.writes == []
    return run


@pytest.fixture(scope="module")
def torn(world: World, mode: Mode, plan_back: Run) -> Run:
    """The teardown for real."""
    return world.take_back(mode=mode.name)


def changes(run: Run, part: str) -> dict[str, list[dict[str, Any]]]:
    """The changes of the tasks of one pass, by task."""
    found = {}
    for task in run.named(f", {part}"):
        if task.changes:
            found[task.name.rsplit(" : ", 1)[-1].removesuffix(f", {part}")] = task.changes
    return found


def assert_as_planned(planned: Run, made: Run) -> None:
    was, came = changes(planned, "planned"), changes(made, "made")
    assert (planned.changed, made.changed) == (len(was), len(came))
    if RESTART not in came:
        was.pop(RESTART, None)
    assert came == was


def test_the_check_is_the_run(planned: Run, made: Run) -> None:
    assert_as_planned(planned, made)


def test_pods_have_the_role(world: World, mode: Mode, made: Run) -> None:
    (pod,) = world.server_pods()
    wanted = world.arn("role", mode.server_role) if mode.server_role else None
    assert environment_of(pod).get("AWS_ROLE_ARN") == wanted


def test_the_pod_reaches_the_bucket(world: World, made: Run) -> None:
    (pod,) = world.server_pods()
    metadata = InstanceMetadata(InstanceSource(world.cluster.settings), time.monotonic)
    s3 = as_pod.s3_client(world.people.api, pod, world.stand_in.url, metadata)
    s3.put_object(Bucket=world.bucket, Key="a-blob", Body=b"sources")
    assert s3.get_object(Bucket=world.bucket, Key="a-blob")["Body"].read() == b"sources"
    s3.delete_object(Bucket=world.bucket, Key="a-blob")


def test_the_policy_is_added_to_what_its_users_have(
    world: World, mode: Mode, before: dict[str, Any], made: Run
) -> None:
    arn = world.arn("policy", SERVER_POLICY)
    assert foreign.policy(world, arn)["uses"] == mode.users
    others = before["nodes"]["policies"]
    added = {arn} if NODES in mode.users else set()
    assert foreign.role(world, NODES) == {**before["nodes"], "policies": others | added}


def test_it_is_said_once_where_others_get_the_access_too(mode: Mode, planned: Run, made: Run) -> None:
    for run in (planned, made):
        said = [line for line in run.summary if "Every pod on the nodes of these roles" in line]
        assert len(said) == (0 if mode.accounts else 1), said


def test_all_else_of_epinio_survives(world: World, mode: Mode, before: dict[str, Any], made: Run) -> None:
    assert state(world) == {
        **before["epinio"],
        "values": mode.wired_values(world, before["epinio"]["values"]),
        "stores": [],
    }


def test_accounts_have_their_roles(world: World, mode: Mode, made: Run) -> None:
    assert roles_of_accounts(world) == {account: world.arn("role", role) for account, role in mode.accounts.items()}


@irsa_alone
def test_the_staging_account_is_ours(world: World, made: Run) -> None:
    account = world.core.read_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)
    assert account.automount_service_account_token is False
    assert account.metadata.annotations[foreign.ANNOTATION] == world.arn("role", STAGING_ROLE)
    assert account.metadata.labels["epinio.aws/managed-by"] == "epinio.aws"


def test_the_summary_says_what_was_proven(made: Run) -> None:
    assert {"Access of the roles: proven", "What Epinio reads: proven"} <= set(made.summary)


def test_the_second_run_changes_nothing(mode: Mode, again: tuple[Run, Wire]) -> None:
    run, wire = again
    assert run.changed == 0
    jobs = {(one.verb, one.resource, UNIQUE.sub("", one.name)) for one in wire.kubernetes_writes}
    assert jobs == {(verb, "jobs", name) for verb in ("create", "delete") for name in mode.probes}
    written = {(call["action"].split(":")[0], call["parameters"].get("Key", "").split("/")[0]) for call in wire.written}
    assert written == {("s3", ".epinio-aws-probe")}
    assert Counter(wire.actions) - _proof_calls(wire.calls) == mode.asked


@irsa_alone
def test_a_module_with_a_python_of_its_own_says_the_same(
    world: World, mode: Mode, again: tuple[Run, Wire], tmp_path: Path
) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    interpreter = f"ansible_python_interpreter={python}"
    alone = world.run(mode.name, "--check", "-e", interpreter, **GIVEN, helm_binary=NO_HELM)
    assert alone.code == 0, alone.output
    usual, own = _answers(again[0]), _answers(alone)
    assert len(own) > 10
    assert own == usual


def _answers(run: Run) -> list[tuple[str, dict[str, Any]]]:
    """What our modules answered until all was planned."""
    return [(task.name, _said(task)) for task in run.tasks if OURS in task.action and task.action != PROOF]


def _said(task: Task) -> dict[str, Any]:
    """A module's own answer; Ansible adds where a task was found, and how long it took."""
    return {key: value for key, value in task.result.items() if not key.startswith("_ansible")}


def _proof_calls(calls: list[dict[str, Any]]) -> Counter[str]:
    """The calls of the proof: with a role's session, and those that lead to one."""
    return Counter(
        call["action"]
        for call in calls
        if "assumed-role" in (call["caller"] or "")
        or call["action"] in ("sts:AssumeRoleWithWebIdentity", "eks:ListPodIdentityAssociations")
    )


def test_each_drift_makes_its_own_change_and_no_other(world: World, mode: Mode, made: Run) -> None:
    for drift in mode.drifts:
        drift(world)
    run = world.wire_up(mode.name, **GIVEN)
    changed = {name: [one["operation"] for one in found] for name, found in changes(run, "made").items()}
    # What people have survives this upgrade too.
    assert changed.pop("Helm release of Epinio")[-2:] == ["helm.upgrade", "upkeep.put_back"]
    assert changed == mode.repairs
    assert world.values()["s3"]["bucket"] == world.bucket
    assert "Access of the roles: proven" in run.summary


def test_nothing_of_ours_is_left_and_all_is_what_it_was(world: World, before: dict[str, Any], torn: Run) -> None:
    assert left(world) == []
    assert {"epinio": state(world), "nodes": foreign.role(world, NODES)} == before


def test_the_check_of_the_way_back_is_the_run(plan_back: Run, torn: Run) -> None:
    assert_as_planned(plan_back, torn)


def test_what_stays_is_reported(world: World, mode: Mode, torn: Run) -> None:
    subjects = [line.removeprefix("Left: ") for line in torn.summary if line.startswith("Left: ")]
    assert [kind for subject in subjects for kind in mode.stays if subject.startswith(kind)] == list(mode.stays)
    assert len(subjects) == len(mode.stays)
    world.s3.head_bucket(Bucket=world.bucket)
    assert len(world.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]) == len(mode.stays) - 1


def test_the_second_time_changes_nothing(world: World, mode: Mode, torn: Run) -> None:
    with world.wire() as wire:
        run = world.take_back(mode=mode.name, helm_binary=NO_HELM)
    assert run.changed == 0
    assert wire.writes == []
