"""How long Jobs are waited for, and what is asked of the API server meanwhile."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Pod, Users
from ansible_collections.epinio.aws.plugins.module_utils.readers import epinio, workloads

from tests.unit.plugins.module_utils.fake_kubernetes import Answer, Call, FakeKubernetes


class Cluster:
    """Jobs that end one after the other, a second before each look, and one pod; a clock that every wait moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *jobs: tuple[str, str]) -> None:
        self.jobs = list(jobs)
        self.waits: list[float] = []
        self.api = FakeKubernetes(self._answer)
        monkeypatch.setattr(time, "monotonic", lambda: sum(self.waits))
        monkeypatch.setattr(time, "sleep", self.waits.append)

    @property
    def asked(self) -> list[dict[str, str]]:
        return [call.query for call in self.api.calls]

    def _answer(self, call: Call) -> Answer:
        if call.path == "/api/v1/namespaces/epinio/pods":
            return 200, {"items": [{"metadata": {"name": "shell"}}]}
        assert call.path == "/apis/batch/v1/namespaces/epinio/jobs"
        left = self.jobs[len(self.waits) :]
        listed = [
            {"metadata": {"name": name}, "spec": {"template": {"spec": {"serviceAccountName": account}}}}
            for name, account in left
        ]
        return 200, {"items": listed or None}


def test_jobs_of_the_account_are_waited_for_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ("a", "staging"), ("b", "staging"), ("c", "default"))
    assert workloads.await_users(cluster.api, "epinio", "staging", 60.0) == Users(pods=(Pod("shell"),), waited=60.0)
    assert cluster.waits == [2.0, 2.0]
    assert cluster.asked == [{}, {}, {}, {"fieldSelector": "spec.serviceAccountName=staging"}]


@pytest.mark.parametrize(("timeout", "waits"), [(0.0, []), (3.0, [2.0, 1.0])])
def test_the_wait_is_bounded(monkeypatch: pytest.MonkeyPatch, timeout: float, waits: list[float]) -> None:
    cluster = Cluster(monkeypatch, *[(name, "staging") for name in "abcd"])
    found = workloads.await_users(cluster.api, "epinio", "staging", timeout)
    assert found.jobs == tuple(Job(name, "staging") for name in "abcd"[len(waits) :])
    assert cluster.waits == waits


def test_staging_jobs_are_asked_for_by_their_label(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster(monkeypatch, ("b", "any"), ("a", "other"))
    assert epinio.await_staging(cluster.api, "epinio", 0.0) == ("Job a", "Job b")
    assert cluster.asked == [{"labelSelector": "app.kubernetes.io/component=staging"}]
