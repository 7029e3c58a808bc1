"""The main job: wire, prove, again, drift; with Helm 3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from sandbox import as_pod
from sandbox.people import NAMESPACE
from sandbox.playbook import Run, Task
from tests.scenarios.world import (
    SERVER_POLICY,
    SERVER_ROLE,
    STAGING_ACCOUNT,
    STAGING_POLICY,
    STAGING_ROLE,
    World,
    environment_of,
)

pytestmark = pytest.mark.scenario

TAGS = {"team": "apps"}
OURS = "epinio.aws.epinio_"
# A run that changes nothing, without the calls of the proof.
BUDGET = Counter(
    {
        "eks:DescribeCluster": 1,
        "iam:GetOpenIDConnectProvider": 1,
        "s3:HeadBucket": 1,
        "s3:GetBucketTagging": 1,
        "s3:GetPublicAccessBlock": 1,
        "s3:GetBucketPolicy": 1,
        "iam:GetPolicy": 2,
        "iam:GetPolicyVersion": 2,
        "iam:GetRole": 2,
        "iam:ListAttachedRolePolicies": 2,
    }
)


def changes(run: Run, part: str) -> dict[str, list[dict[str, Any]]]:
    """The changes of the tasks with this in their names, by task."""
    found = {}
    for task in run.tasks:
        if part in task.name and "changes" in task.result:
            found[task.name.rsplit(" : ", 1)[-1].replace(f", {part}", "")] = task.changes
    return found


@pytest.fixture(scope="module")
def before(world: World) -> dict[str, Any]:
    """A life in Epinio before it is wired."""
    world.people.create_namespace("epinio", "team1")
    world.people.change_password("epinio")
    world.people.delete_user("admin")
    world.people.add_connector()
    return {
        "people": world.people.state(),
        "values": world.values(),
        "chart": world.helm("list", "--output", "json")[0]["chart"],
    }


@pytest.fixture(scope="module")
def planned(world: World, before: dict[str, Any]) -> Run:
    """The main playbook with `--check --diff`."""
    with world.wire() as wire:
        run = world.run("irsa", "--check", "--diff", tags=TAGS)
    assert run.code == 0, run.output
    assert wire.writes == []
    return run


@pytest.fixture(scope="module")
def made(world: World, planned: Run) -> Run:
    """The main playbook for real."""
    return world.wire_up(tags=TAGS)


def test_the_check_is_the_run(planned: Run, made: Run) -> None:
    was, came = changes(planned, "planned"), changes(made, "made")
    # helm's own roll may have done the work of the restart.
    rollout = next(name for name in was if name.startswith("Pods of the server"))
    if not came[rollout]:
        was.pop(rollout), came.pop(rollout)
    assert came == was
    assert planned.changed == sum(bool(found) for found in changes(planned, "planned").values())
    assert made.changed == sum(bool(found) for found in changes(made, "made").values())


def test_pods_have_the_role(world: World, made: Run) -> None:
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)


def test_the_pod_reaches_the_bucket(world: World, made: Run) -> None:
    (pod,) = world.server_pods()
    s3 = as_pod.s3_client(world.people.api, pod, world.stand_in.url)
    s3.put_object(Bucket=world.bucket, Key="a-blob", Body=b"sources")
    assert s3.get_object(Bucket=world.bucket, Key="a-blob")["Body"].read() == b"sources"
    s3.delete_object(Bucket=world.bucket, Key="a-blob")


def test_what_people_had_survives(world: World, before: dict[str, Any], made: Run) -> None:
    assert world.people.state() == before["people"]


def test_values_and_chart(world: World, before: dict[str, Any], made: Run) -> None:
    values = world.values()
    assert values["global"] == before["values"]["global"]
    assert values["server"]["timeoutMultiplier"] == before["values"]["server"]["timeoutMultiplier"]
    assert values["server"]["stagingWorkloads"] == {
        **before["values"]["server"]["stagingWorkloads"],
        "serviceAccountName": STAGING_ACCOUNT,
    }
    assert values["s3"] == {
        "endpoint": "s3.us-east-1.amazonaws.com",
        "bucket": world.bucket,
        "region": "us-east-1",
        "accessKeyID": "",
        "secretAccessKey": "",
        "useSSL": True,
        "certificateSecret": "",
    }
    assert values["minio"]["enabled"] is False
    assert values["s3gw"]["enabled"] is False
    assert values["serviceAccount"]["annotations"] == {"eks.amazonaws.com/role-arn": world.arn("role", SERVER_ROLE)}
    assert world.helm("list", "--output", "json")[0]["chart"] == before["chart"]
    assert world.status()["info"]["status"] == "deployed"


def test_the_staging_account(world: World, made: Run) -> None:
    account = world.core.read_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)
    assert account.automount_service_account_token is False
    assert account.metadata.annotations["eks.amazonaws.com/role-arn"] == world.arn("role", STAGING_ROLE)
    assert account.metadata.labels["epinio.aws/managed-by"] == "epinio.aws"


def test_the_summary_says_what_was_proven(made: Run) -> None:
    assert "Access of the roles: proven" in made.summary
    assert "What Epinio reads: proven" in made.summary


def test_the_second_run_changes_nothing(world: World, made: Run, tmp_path: Path) -> None:
    with world.wire() as wire:
        run = world.wire_up(tags=TAGS, helm_binary=str(tmp_path / "no-helm-is-run"))
    assert run.changed == 0
    proof = [action for action in wire.writes if not action.startswith("s3:")]
    assert proof == []
    assert {call["parameters"].get("Key", "").split("/")[0] for call in wire.calls if _writes(call)} == {
        ".epinio-aws-probe"
    }
    outside = Counter(wire.actions) - _proof_calls(wire.calls)
    assert outside == BUDGET
    assert BUDGET.total() <= 14


def test_a_module_with_a_python_of_its_own_says_the_same(world: World, made: Run, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o700)
    usual = world.run("irsa", "--check", tags=TAGS)
    alone = world.run("irsa", "--check", "-e", f"ansible_python_interpreter={python}", tags=TAGS)
    assert (usual.code, alone.code) == (0, 0), alone.output
    answers = [[(task.name, _said(task)) for task in run.tasks if OURS in task.action] for run in (usual, alone)]
    assert len(answers[0]) > 10
    assert answers[0] == answers[1]


def _said(task: Task) -> dict[str, Any]:
    """A module's own answer; Ansible adds where a task was found, and how long it took."""
    return {key: value for key, value in task.result.items() if not key.startswith("_ansible")}


def _writes(call: dict[str, Any]) -> bool:
    return not call["action"].split(":")[1].startswith(("Get", "List", "Describe", "Head", "AssumeRole"))


def _proof_calls(calls: list[dict[str, Any]]) -> Counter[str]:
    """The calls of the proof: with a role's session, and those that lead to one."""
    return Counter(
        call["action"]
        for call in calls
        if "assumed-role" in (call["caller"] or "")
        or call["action"] in ("sts:AssumeRoleWithWebIdentity", "eks:ListPodIdentityAssociations")
    )


def _detach(world: World) -> None:
    world.iam.detach_role_policy(RoleName=SERVER_ROLE, PolicyArn=world.arn("policy", SERVER_POLICY))


def _edit_document(world: World) -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
    world.iam.create_policy_version(
        PolicyArn=world.arn("policy", STAGING_POLICY), PolicyDocument=json.dumps(document), SetAsDefault=True
    )


def _edit_trust(world: World) -> None:
    trust = world.iam.get_role(RoleName=STAGING_ROLE)["Role"]["AssumeRolePolicyDocument"]
    text = json.dumps(trust).replace(STAGING_ACCOUNT, "somebody-else")
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=text)


def _untag(world: World) -> None:
    world.iam.untag_policy(PolicyArn=world.arn("policy", SERVER_POLICY), TagKeys=["team"])


def _delete_account(world: World) -> None:
    world.core.delete_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)


def _change_value(world: World) -> None:
    values = world.values()
    values["s3"]["bucket"] = "another"
    command = ("upgrade", "epinio", "epinio", "--repo", world.cluster.settings.chart_repository, "--version", "1.13.9")
    world.helm(*command, "--reset-values", "-f", "-", "--wait", values=values)


def test_each_drift_makes_its_own_change_and_no_other(world: World, made: Run) -> None:
    for drift in (_detach, _edit_document, _edit_trust, _untag, _delete_account, _change_value):
        drift(world)
    run = world.wire_up(tags=TAGS)
    changed = {name: [one["operation"] for one in found] for name, found in changes(run, "made").items() if found}
    assert changed.pop("Helm release of Epinio")[-1] == "helm.upgrade"
    assert changed == {
        "Policy of the server": ["iam.tag_policy"],
        "Policy of the staging jobs": ["iam.replace_default_version"],
        "Role of the server": ["iam.attach_role_policy"],
        "Role of the staging jobs": ["iam.update_assume_role_policy"],
        "Service account of the staging jobs": ["kubernetes.create_service_account"],
    }
    assert world.values()["s3"]["bucket"] == world.bucket
    assert "Access of the roles: proven" in run.summary
