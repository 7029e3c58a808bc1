"""epinio_sa_annotation with state absent, against a real API server; the Kubernetes client says what came of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import KubernetesWriter

from tests.integration.cluster.workloads import CHARTS, ROLE_ARN, Workloads

pytestmark = pytest.mark.live

MODULE, WIRING = "epinio_sa_annotation", "epinio.aws/wiring"
ROLE, OTHER = (f"arn:aws:iam::111122223333:role/{name}" for name in ("staging", "other"))
MADE: dict[str, Any] = {"name": "staging", "role_arn": ROLE, "create": True}
GONE: dict[str, Any] = {**MADE, "state": "absent", "timeout": "1s"}
SERVER: dict[str, Any] = {"name": "server", "role_arn": ROLE}
# As the collection marks what it makes, but for the wiring.
MARK = {"epinio.aws/managed-by": "epinio.aws"}


def account(workloads: Workloads, name: str = "staging") -> Any:
    """The account as it is, `None` for none."""
    found = workloads.core.list_namespaced_service_account(workloads.namespace, field_selector=f"metadata.name={name}")
    return next(iter(found.items), None)


def test_our_account_goes_and_stays_away(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    before = workloads.log_size
    checked = workloads.run(MODULE, check=True, **GONE)
    assert (workloads.writes(before), account(workloads) is None) == ([], False)
    made = workloads.run(MODULE, **GONE)
    assert workloads.writes(before) == ["delete serviceaccounts"]
    assert account(workloads) is None
    assert made["changes"] == checked["changes"] != []
    assert (made["service_account"], checked["service_account"], made["residue"]) == ({}, {}, [])
    assert made["diff"]["before"]["role_arn"] == ROLE
    again = workloads.run(MODULE, **GONE)
    assert (again["changed"], again["service_account"], again["residue"]) == (False, {}, [])
    assert len(workloads.writes(before)) == 1


def test_a_namespace_that_is_gone_is_no_error(workloads: Workloads) -> None:
    for wanted in (GONE, {**SERVER, "state": "absent"}):
        found = workloads.run(MODULE, **{**wanted, "wiring": f"{workloads.wiring}-not-there"})
        assert (found["changed"], found["service_account"], found["residue"]) == (False, {}, [])


@pytest.mark.parametrize("check", [True, False])
def test_a_job_that_does_not_end_is_refused_before_any_write(workloads: Workloads, check: bool) -> None:
    workloads.run(MODULE, **MADE)
    workloads.job("foreign", "staging", 600)
    workloads.job("stage-app", "staging", 600, labels={"app.kubernetes.io/managed-by": "epinio"})
    workloads.job("another", "default", 600)
    before = workloads.log_size
    refused = workloads.run(MODULE, check, **GONE)
    assert refused["failed"]
    for part in ("After 1 seconds", "run Job foreign, Job stage-app (app.kubernetes.io/managed-by: epinio) with"):
        assert part in refused["msg"]
    assert (workloads.writes(before), account(workloads) is None) == ([], False)


def test_a_job_that_ends_in_time_is_waited_for(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    workloads.job("stage-app", "staging", 3)
    begun = time.monotonic()
    checked = workloads.run(MODULE, check=True, **{**GONE, "timeout": "60s"})
    assert time.monotonic() - begun > 2
    assert workloads.batch.read_namespaced_job("stage-app", workloads.namespace).status.succeeded == 1
    assert workloads.run(MODULE, **GONE)["changes"] == checked["changes"]
    assert account(workloads) is None


def test_an_account_of_a_foreign_deployment_is_kept_without_its_role(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    workloads.deployment("web", "staging")
    checked = workloads.run(MODULE, check=True, **GONE)
    kept = workloads.run(MODULE, **GONE)
    assert kept["changes"] == checked["changes"] != []
    assert account(workloads).metadata.annotations == {WIRING: workloads.wiring}
    (left,) = kept["residue"]
    assert left["object"] == f"service account {workloads.namespace}/staging"
    assert left["reason"].startswith("pods of ReplicaSet web-")
    again = workloads.run(MODULE, **GONE)
    assert (again["changed"], again["residue"]) == (False, [left])
    workloads.apps.delete_namespaced_deployment("web", workloads.namespace)
    workloads.wait(lambda: not workloads.pods("web"))
    assert workloads.run(MODULE, **GONE)["changed"]
    assert account(workloads) is None


def test_a_bare_pod_is_named_and_keeps_nothing(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    spec = {"serviceAccountName": "staging", "containers": [{"name": "shell", "image": "shell:1"}]}
    workloads.core.create_namespaced_pod(workloads.namespace, {"metadata": {"name": "shell"}, "spec": spec})
    gone = workloads.run(MODULE, **GONE)
    assert "lose the role that it gives them: shell" in gone["notices"][0]
    assert account(workloads) is None


def foreign(labels: dict[str, str], annotations: dict[str, str]) -> dict[str, Any]:
    return {"metadata": {"labels": labels, "annotations": annotations}}


ANOTHER = "arn:aws:eks:us-east-1:111122223333:cluster/another/epinio"
EKSCTL = {"app.kubernetes.io/managed-by": "eksctl"}


@pytest.mark.parametrize(
    ("found", "reason", "wiring"),
    [
        (foreign(MARK, {WIRING: ANOTHER, ROLE_ARN: ROLE}), "another wiring", ANOTHER),
        (foreign(EKSCTL, {ROLE_ARN: ROLE}), "the account is eksctl's", ""),
        (foreign({"a": "b"}, {}), "nothing on it says whose it is", ""),
    ],
)
def test_an_account_of_somebody_else_is_kept_and_reported(
    workloads: Workloads, found: dict[str, Any], reason: str, wiring: str
) -> None:
    workloads.account("staging", **found)
    before = workloads.log_size
    for check in (True, False):
        kept = workloads.run(MODULE, check, **GONE)
        assert not kept["changed"]
        (left,) = kept["residue"]
        assert (reason in left["reason"], left["wiring"]) == (True, wiring)
    assert workloads.writes(before) == []
    assert account(workloads).metadata.annotations == (found["metadata"]["annotations"] or None)


def test_our_account_with_another_role_is_kept_and_reported(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    workloads.annotate("staging", OTHER, manager="kubectl-annotate")
    before = workloads.log_size
    kept = workloads.run(MODULE, **GONE)
    assert (kept["changed"], workloads.writes(before)) == (False, [])
    assert OTHER in kept["residue"][0]["reason"]
    assert "kubectl-annotate" in kept["residue"][0]["reason"]
    assert account(workloads).metadata.annotations[ROLE_ARN] == OTHER


def test_only_our_annotation_is_taken_from_a_charts_account(workloads: Workloads) -> None:
    workloads.account("server", metadata={"annotations": {"a": "b"}})
    workloads.run(MODULE, **SERVER)
    checked = workloads.run(MODULE, check=True, **SERVER, state="absent")
    assert account(workloads, "server").metadata.annotations == {"a": "b", ROLE_ARN: ROLE}
    taken = workloads.run(MODULE, **SERVER, state="absent")
    assert taken["changes"] == checked["changes"] != []
    assert (taken["service_account"]["role_arn"], checked["service_account"]["role_arn"]) == ("", "")
    assert account(workloads, "server").metadata.annotations == {"a": "b"}
    assert account(workloads, "server").metadata.labels == CHARTS
    assert not workloads.run(MODULE, **SERVER, state="absent")["changed"]


@pytest.mark.parametrize(
    ("role", "manager", "left", "notices"),
    [(OTHER, "kubectl-annotate", 1, 0), (ROLE, "kubectl-annotate", 1, 0), (ROLE, "helm", 0, 1), (OTHER, "helm", 1, 0)],
)
def test_an_annotation_of_somebody_else_is_kept(
    workloads: Workloads, role: str, manager: str, left: int, notices: int
) -> None:
    workloads.account("server")
    workloads.annotate("server", role, manager)
    before = workloads.log_size
    kept = workloads.run(MODULE, **SERVER, state="absent")
    assert (kept["changed"], len(kept["residue"]), len(kept["notices"])) == (False, left, notices)
    assert workloads.writes(before) == []
    assert account(workloads, "server").metadata.annotations == {ROLE_ARN: role}


def test_what_the_api_server_refuses_shows_while_planning(workloads: Workloads) -> None:
    workloads.run(MODULE, **MADE)
    reader = {"K8S_AUTH_IMPERSONATE_USER": workloads.reader()}
    before = workloads.log_size
    forbidden = workloads.run(MODULE, check=True, environment=reader, **GONE)
    assert 'cannot delete resource "serviceaccounts"' in forbidden["msg"]
    assert workloads.writes(before) == []


@pytest.mark.parametrize("remade", [True, False])
def test_an_account_that_changed_meanwhile_is_not_deleted(workloads: Workloads, remade: bool) -> None:
    workloads.run(MODULE, **MADE)
    read = read_service_account(workloads.ours, workloads.namespace, "staging")
    assert read is not None
    if remade:
        # The same in all that the module reads, but another account.
        workloads.core.delete_namespaced_service_account("staging", workloads.namespace)
        workloads.run(MODULE, **MADE)
    else:
        workloads.annotate("staging", OTHER)
    with pytest.raises(ServiceFailed, match="somebody changed it meanwhile") as conflict:
        KubernetesWriter(workloads.ours).delete_service_account(
            workloads.namespace, "staging", uid=read.uid, former=read.view()
        )
    assert conflict.value.code == "409"
    assert account(workloads) is not None


def test_the_server_refuses_what_changed_after_the_last_reading(
    workloads: Workloads, monkeypatch: pytest.MonkeyPatch
) -> None:
    workloads.run(MODULE, **MADE)
    read = read_service_account(workloads.ours, workloads.namespace, "staging")
    assert read is not None
    version = account(workloads).metadata.resource_version
    workloads.annotate("staging", OTHER)
    monkeypatch.setattr(
        "ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes.read_versioned",
        lambda *_: (read, version),
    )
    with pytest.raises(ServiceFailed, match="delete service account") as conflict:
        KubernetesWriter(workloads.ours).delete_service_account(
            workloads.namespace, "staging", uid=read.uid, former=read.view()
        )
    assert conflict.value.code == "409"
    assert account(workloads).metadata.annotations[ROLE_ARN] == OTHER
