"""epinio_sa_annotation against a real API server; the Kubernetes client says what came of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import KubernetesWriter

from tests.integration.cluster.workloads import CHARTS, ROLE_ARN, Workloads

pytestmark = pytest.mark.live

MODULE = "epinio_sa_annotation"
ROLE, OTHER = (f"arn:aws:iam::111122223333:role/{name}" for name in ("staging", "other"))


def test_a_staging_account_from_nothing_to_unchanged(workloads: Workloads) -> None:
    workloads.account("server", imagePullSecrets=[{"name": "registry"}])
    wanted: dict[str, Any] = {"name": "staging", "role_arn": ROLE, "create": True, "pull_secrets_from": "server"}
    before = workloads.log_size
    checked = workloads.run(MODULE, check=True, **wanted)
    assert workloads.writes(before) == []
    made = workloads.run(MODULE, **wanted)
    assert workloads.writes(before) == ["create serviceaccounts"]
    assert made["changed"]
    assert (checked["changes"], checked["service_account"]) == (made["changes"], made["service_account"])
    account = workloads.core.read_namespaced_service_account("staging", workloads.namespace)
    assert account.metadata.labels == {"epinio.aws/managed-by": "epinio.aws"}
    assert account.metadata.annotations == {"epinio.aws/wiring": workloads.wiring, ROLE_ARN: ROLE}
    assert account.automount_service_account_token is False
    assert [secret.name for secret in account.image_pull_secrets] == ["registry"]
    again = workloads.run(MODULE, **wanted)
    assert (again["changed"], again["service_account"]) == (False, made["service_account"])
    assert len(workloads.writes(before)) == 1


def test_only_our_key_of_a_charts_account_is_set(workloads: Workloads) -> None:
    workloads.account("server", metadata={"annotations": {"a": "b"}})
    assert workloads.run(MODULE, name="server", role_arn=OTHER)["changed"]
    replaced = workloads.run(MODULE, name="server", role_arn=ROLE)
    account = workloads.core.read_namespaced_service_account("server", workloads.namespace)
    assert account.metadata.annotations == {"a": "b", ROLE_ARN: ROLE}
    assert account.metadata.labels == CHARTS
    assert account.automount_service_account_token is None
    assert replaced["diff"]["before"]["role_arn"] == OTHER
    assert {entry.manager for entry in account.metadata.managed_fields} == {"somebody", "epinio.aws"}


def test_a_role_that_somebody_else_set_is_refused_with_who_it_was(workloads: Workloads) -> None:
    workloads.account("server")
    workloads.annotate("server", OTHER, manager="kubectl-annotate")
    before = workloads.log_size
    for check in (True, False):
        refused = workloads.run(MODULE, check, name="server", role_arn=ROLE)
        assert refused["failed"]
        assert "was set by kubectl-annotate" in refused["msg"]
    assert workloads.writes(before) == []


def test_what_somebody_did_to_our_account_is_taken_back(workloads: Workloads) -> None:
    wanted: dict[str, Any] = {"name": "staging", "role_arn": ROLE, "create": True, "pull_secrets": ["mine"]}
    workloads.run(MODULE, **wanted)
    workloads.annotate("staging", OTHER)
    body = {"automountServiceAccountToken": True, "imagePullSecrets": [{"name": "mine"}, {"name": "theirs"}]}
    workloads.core.patch_namespaced_service_account("staging", workloads.namespace, body)
    mended = workloads.run(MODULE, **{**wanted, "pull_secrets": ["mine", "new"]})
    assert [change["operation"] for change in mended["changes"]] == ["kubernetes.patch_service_account"]
    account = workloads.core.read_namespaced_service_account("staging", workloads.namespace)
    assert account.metadata.annotations[ROLE_ARN] == ROLE
    assert account.automount_service_account_token is False
    assert sorted(secret.name for secret in account.image_pull_secrets) == ["mine", "new", "theirs"]


def test_what_the_api_server_refuses_shows_while_planning(workloads: Workloads) -> None:
    wanted: dict[str, Any] = {"name": "staging", "role_arn": ROLE, "create": True}
    nowhere = workloads.run(MODULE, check=True, **{**wanted, "wiring": f"{workloads.wiring}-not-there"})
    assert "-not-there does not exist: check epinio_namespace" in nowhere["msg"]
    reader = {"K8S_AUTH_IMPERSONATE_USER": workloads.reader()}
    forbidden = workloads.run(MODULE, check=True, environment=reader, **wanted)
    assert 'cannot create resource "serviceaccounts"' in forbidden["msg"]
    assert "Grant this right" in forbidden["msg"]


def test_an_account_that_changed_meanwhile_is_not_overwritten(workloads: Workloads) -> None:
    workloads.account("server")
    read = read_service_account(workloads.ours, workloads.namespace, "server")
    assert read is not None
    workloads.annotate("server", OTHER)
    body = {"metadata": {"annotations": {ROLE_ARN: ROLE}}}
    with pytest.raises(ServiceFailed, match="somebody changed it meanwhile") as conflict:
        KubernetesWriter(workloads.ours).patch_service_account(workloads.namespace, "server", body, former=read.view())
    assert conflict.value.code == "409"
    account = workloads.core.read_namespaced_service_account("server", workloads.namespace)
    assert account.metadata.annotations[ROLE_ARN] == OTHER
