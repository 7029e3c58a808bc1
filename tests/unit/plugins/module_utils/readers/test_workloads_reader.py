"""How long Jobs are waited for, and what is asked of the API server meanwhile."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Pod, Users
from ansible_collections.epinio.aws.plugins.module_utils.readers import epinio, workloads


class FakeApi:
    """Jobs that end one after the other, a second before each look, and one pod; a clock that every wait moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *jobs: tuple[str, str]) -> None:
        self.jobs = list(jobs)
        self.asked: list[dict[str, str]] = []
        self.waits: list[float] = []
        for name in ("BatchV1Api", "CoreV1Api"):
            monkeypatch.setattr(workloads, name, lambda _: self)
        monkeypatch.setattr(time, "monotonic", lambda: sum(self.waits))
        monkeypatch.setattr(time, "sleep", self.waits.append)

    def list_namespaced_job(self, namespace: str, **query: Any) -> Any:
        self._note(namespace, query)
        left = self.jobs[len(self.waits) :]
        listed = [
            {"metadata": {"name": name}, "spec": {"template": {"spec": {"serviceAccountName": account}}}}
            for name, account in left
        ]
        return SimpleNamespace(data=json.dumps({"items": listed or None}))

    def list_namespaced_pod(self, namespace: str, **query: Any) -> Any:
        self._note(namespace, query)
        return SimpleNamespace(data=json.dumps({"items": [{"metadata": {"name": "shell"}}]}))

    def _note(self, namespace: str, query: dict[str, Any]) -> None:
        assert namespace == "epinio"
        self.asked.append({key: value for key, value in query.items() if not key.startswith("_")})


def test_jobs_of_the_account_are_waited_for_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi(monkeypatch, ("a", "staging"), ("b", "staging"), ("c", "default"))
    assert workloads.await_users(None, "epinio", "staging", 60.0) == Users(pods=(Pod("shell"),), waited=60.0)
    assert api.waits == [2.0, 2.0]
    assert api.asked == [{}, {}, {}, {"field_selector": "spec.serviceAccountName=staging"}]


@pytest.mark.parametrize(("timeout", "waits"), [(0.0, []), (3.0, [2.0, 1.0])])
def test_the_wait_is_bounded(monkeypatch: pytest.MonkeyPatch, timeout: float, waits: list[float]) -> None:
    api = FakeApi(monkeypatch, *[(name, "staging") for name in "abcd"])
    found = workloads.await_users(None, "epinio", "staging", timeout)
    assert found.jobs == tuple(Job(name, "staging") for name in "abcd"[len(waits) :])
    assert api.waits == waits


def test_staging_jobs_are_asked_for_by_their_label(monkeypatch: pytest.MonkeyPatch) -> None:
    api = FakeApi(monkeypatch, ("b", "any"), ("a", "other"))
    assert epinio.await_staging(None, "epinio", 0.0) == ("Job a", "Job b")
    assert api.asked == [{"label_selector": "app.kubernetes.io/component=staging"}]
