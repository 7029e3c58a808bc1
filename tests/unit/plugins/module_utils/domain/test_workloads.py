"""Which Jobs and pods are at work, out of the API server's JSON."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Pod, live_pods, unfinished_jobs


def job(name: str, *conditions: tuple[str, str], account: str = "staging", **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "labels": {f"app.kubernetes.io/{key}": value for key, value in labels.items()}},
        "spec": {"template": {"spec": {"serviceAccountName": account} if account else {}}},
        "status": {"conditions": [{"type": kind, "status": status} for kind, status in conditions]},
    }


@pytest.mark.parametrize(
    ("conditions", "counts"),
    [
        ([], True),
        ([("Complete", "True")], False),
        ([("Failed", "True")], False),
        ([("Complete", "False")], True),
        # Suspended ones run later, failing ones may still be retried until their pods are gone.
        ([("Suspended", "True")], True),
        ([("FailureTarget", "True")], True),
        ([("Suspended", "False"), ("Complete", "True")], False),
    ],
)
def test_jobs_that_have_neither_completed_nor_failed(conditions: list[tuple[str, str]], counts: bool) -> None:
    assert unfinished_jobs([job("a", *conditions)]) == ((Job("a", "staging"),) if counts else ())


def test_jobs_come_by_name_with_account_and_maker() -> None:
    bare = {"metadata": {"name": "a"}, "spec": {"template": {"spec": {}}}}
    found = unfinished_jobs([job("c"), job("b", **{"managed-by": "epinio"}), bare])
    assert found == (Job("a", "default"), Job("b", "staging", "epinio"), Job("c", "staging"))
    assert [str(one) for one in found] == ["Job a", "Job b (app.kubernetes.io/managed-by: epinio)", "Job c"]


def pod(name: str, phase: str = "Running", owner: str = "", controller: bool = True, **more: Any) -> dict[str, Any]:
    owners = [{"kind": owner, "name": "x", "controller": controller}] if owner else []
    return {"metadata": {"name": name, "ownerReferences": owners, **more}, "status": {"phase": phase}}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (pod("a"), [Pod("a")]),
        (pod("a", "Pending"), [Pod("a")]),
        (pod("a", "Unknown", "ReplicaSet"), [Pod("a", "ReplicaSet x")]),
        (pod("a", owner="Node", controller=False), [Pod("a")]),
        (pod("a", "Succeeded"), []),
        (pod("a", "Failed", "StatefulSet"), []),
        (pod("a", deletionTimestamp="2026-01-01T00:00:00Z"), []),
        (pod("a", owner="Job"), []),
    ],
)
def test_pods_that_live_and_belong_to_no_job(found: dict[str, Any], expected: list[Pod]) -> None:
    assert live_pods([found]) == tuple(expected)


def test_pods_come_by_name() -> None:
    assert [one.name for one in live_pods([pod("b"), {"metadata": {"name": "a"}}])] == ["a", "b"]
