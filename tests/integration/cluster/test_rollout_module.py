"""epinio_rollout against a real control plane and webhook; the pods' own specs say what came of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven
from ansible_collections.epinio.aws.plugins.module_utils.writers.rollout import Rollout

from tests.integration.cluster.workloads import Workloads

pytestmark = pytest.mark.live

MODULE, NAME = "epinio_rollout", "server"
ROLE, OTHER = (f"arn:aws:iam::111122223333:role/{name}" for name in ("server", "other"))
WANTED: dict[str, Any] = {"deployment": NAME, "role_arn": ROLE, "region": "us-east-1", "timeout": "30s"}


def test_a_deployment_from_no_role_to_unchanged_and_back(workloads: Workloads) -> None:
    workloads.account(NAME)
    workloads.deployment(NAME, NAME, replicas=2)
    workloads.annotate(NAME, ROLE)
    before = workloads.log_size
    checked = workloads.run(MODULE, check=True, **WANTED)
    assert (workloads.writes(before), workloads.roles(NAME)) == ([], ["", ""])
    made = workloads.run(MODULE, **WANTED)
    assert workloads.roles(NAME) == [ROLE, ROLE]
    assert (checked["changes"], checked["rollout"]) == (made["changes"], made["rollout"])
    generation, before = workloads.generation(NAME), workloads.log_size
    again = workloads.run(MODULE, **WANTED)
    assert (again["changed"], again["rollout"]["role_arn"], again["rollout"]["restarted"]) == (False, ROLE, False)
    assert calls(workloads, before) == ["get deployments", "list pods"]
    assert workloads.generation(NAME) == generation
    workloads.annotate(NAME, None)
    assert workloads.run(MODULE, deployment=NAME)["changed"]
    assert workloads.roles(NAME) == ["", ""]
    assert not workloads.run(MODULE, deployment=NAME)["changed"]


def test_a_web_identity_that_the_account_no_longer_has_is_restarted_away(workloads: Workloads) -> None:
    """With the roles of nodes no mode wants one; a pod keeps it from the time when its account was annotated."""
    workloads.account(NAME, ROLE)
    workloads.deployment(NAME, NAME)
    workloads.annotate(NAME, None)
    assert workloads.roles(NAME) == [ROLE]
    without: dict[str, Any] = {key: value for key, value in WANTED.items() if key != "role_arn"}
    checked = workloads.run(MODULE, check=True, **without)
    assert workloads.roles(NAME) == [ROLE]
    made = workloads.run(MODULE, **without)
    assert (made["changes"], made["rollout"]) == (checked["changes"], checked["rollout"])
    assert [change["operation"] for change in made["changes"]] == ["rollout.restart"]
    assert workloads.roles(NAME) == [""]
    assert not workloads.run(MODULE, **without)["changed"]


def test_pods_go_back_to_the_role_that_they_had_before(workloads: Workloads) -> None:
    workloads.account(NAME, ROLE)
    workloads.deployment(NAME, NAME)
    assert workloads.roles(NAME) == [ROLE]
    workloads.annotate(NAME, OTHER)
    former: dict[str, Any] = {**WANTED, "role_arn": OTHER}
    checked = workloads.run(MODULE, check=True, **former)
    assert workloads.roles(NAME) == [ROLE]
    assert workloads.run(MODULE, **former)["changes"] == checked["changes"] != []
    assert workloads.roles(NAME) == [OTHER]
    generation = workloads.generation(NAME)
    assert not workloads.run(MODULE, **former)["changed"]
    assert workloads.generation(NAME) == generation


def test_a_deployment_that_is_gone_has_no_role_to_lose(workloads: Workloads) -> None:
    for wiring in (workloads.wiring, f"{workloads.wiring}-not-there"):
        found = workloads.run(MODULE, wiring=wiring, deployment=NAME)
        assert (found["changed"], found["rollout"]["role_arn"], found["rollout"]["pods"]) == (False, "", [])
        assert f"{NAME} does not exist" in found["notices"][0]


def calls(workloads: Workloads, offset: int) -> list[str]:
    """What people and tools asked for in the namespace since the audit log had that size."""
    with open(workloads.cluster.audit_log, "rb") as log:
        log.seek(offset)
        events = [json.loads(line) for line in log]
    return [
        f"{event['verb']} {event['objectRef']['resource']}"
        for event in events
        if event["user"]["username"] == "kubernetes-admin"
        and event.get("objectRef", {}).get("namespace") == workloads.namespace
    ]


def test_pods_that_the_webhook_missed_are_restarted_once_more(workloads: Workloads) -> None:
    workloads.account(NAME, OTHER)
    workloads.deployment(NAME, NAME)
    generation = workloads.generation(NAME)
    # The webhook's cache is a second old: the first restart comes too early.
    workloads.annotate(NAME, ROLE)
    Rollout(workloads.ours, timeout=30).restart(workloads.namespace, NAME, ROLE, "us-east-1")
    assert workloads.roles(NAME) == [ROLE]
    assert workloads.generation(NAME) == generation + 2


def test_pods_that_never_get_the_role_fail_the_task(workloads: Workloads) -> None:
    workloads.account(NAME)
    workloads.deployment(NAME, NAME)
    generation = workloads.generation(NAME)
    with pytest.raises(Disproven) as failure:
        Rollout(workloads.ours, timeout=30).restart(workloads.namespace, NAME, ROLE, "us-east-1")
    for part in ("Two restarts", "container server has no AWS_ROLE_ARN", "pod-identity-webhook"):
        assert part in str(failure.value)
    assert workloads.generation(NAME) == generation + 2


def test_pods_that_do_not_get_ready_are_explained(workloads: Workloads) -> None:
    workloads.account(NAME)
    workloads.deployment(NAME, NAME, image="server:never-ready")
    workloads.annotate(NAME, ROLE)
    failed = workloads.run(MODULE, **{**WANTED, "timeout": "8s"})
    assert "new pods of deployment" in failed["msg"]
    assert "not after 8 seconds" in failed["msg"]
    assert "phase" in failed["msg"]


def test_pods_of_a_quota_that_is_used_up(workloads: Workloads) -> None:
    workloads.account(NAME, ROLE)
    body = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "1"}}}
    workloads.core.create_namespaced_resource_quota(workloads.namespace, body)
    workloads.wait(
        lambda: workloads.core.read_namespaced_resource_quota("none", workloads.namespace).status.hard is not None
    )
    workloads.deployment("first", NAME)
    workloads.apps.create_namespaced_deployment(workloads.namespace, second(workloads))
    found = workloads.run(MODULE, **{**WANTED, "deployment": "second"})
    assert not found["changed"]
    assert "exceeded quota" in found["notices"][0]


def second(workloads: Workloads) -> dict[str, object]:
    labels = {"app": "second"}
    spec = {"serviceAccountName": NAME, "containers": [{"name": "server", "image": "server:1"}]}
    template = {"metadata": {"labels": labels}, "spec": spec}
    return {"metadata": {"name": "second"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}


def test_refusals_leave_no_write(workloads: Workloads) -> None:
    workloads.account(NAME, ROLE)
    workloads.deployment(NAME, NAME, env=[{"name": "AWS_ROLE_ARN", "value": OTHER}])
    before = workloads.log_size
    missing = workloads.run(MODULE, **{**WANTED, "deployment": "nothing"})
    assert "nothing does not exist: check epinio_namespace" in missing["msg"]
    own = workloads.run(MODULE, **WANTED)
    assert "itself sets server: AWS_ROLE_ARN" in own["msg"]
    reader = {"K8S_AUTH_IMPERSONATE_USER": workloads.reader()}
    workloads.deployment("bare", NAME)
    workloads.annotate(NAME, OTHER)
    before = workloads.log_size
    forbidden = workloads.run(
        MODULE, check=True, environment=reader, **{**WANTED, "deployment": "bare", "role_arn": OTHER}
    )
    assert 'cannot patch resource "deployments"' in forbidden["msg"]
    assert workloads.writes(before) == []


def test_without_replicas_there_is_a_notice(workloads: Workloads) -> None:
    workloads.account(NAME, ROLE)
    workloads.deployment(NAME, NAME, replicas=0)
    found = workloads.run(MODULE, **WANTED)
    assert not found["changed"]
    assert "has no replicas" in found["notices"][0]
