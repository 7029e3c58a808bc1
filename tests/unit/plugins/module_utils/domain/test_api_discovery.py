"""The kinds that an API server knows."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.api_discovery import Resource, resources, versions

VERBS = ["create", "delete", "get", "list"]
JOBS = {"name": "jobs", "kind": "Job", "namespaced": True, "verbs": VERBS}


def test_the_preferred_version_comes_first() -> None:
    served = [{"version": "v2"}, {"version": "v1"}, {"version": "v1beta1"}]
    groups = [{"name": "batch", "versions": served, "preferredVersion": {"version": "v1"}}]
    assert list(versions(groups)) == [("batch", "v1"), ("batch", "v2"), ("batch", "v1beta1")]


def test_what_can_be_in_a_namespace() -> None:
    assert list(resources("batch", "v1", [JOBS])) == [Resource(("batch", "Job"), "v1", "jobs")]


@pytest.mark.parametrize(
    "other",
    [
        {"namespaced": False},
        {"verbs": ["get", "list"]},
        {"verbs": ["create", "delete"]},
        {"name": "jobs/status", "verbs": ["get", "patch", "update"]},
    ],
)
def test_what_cannot(other: dict[str, object]) -> None:
    assert list(resources("batch", "v1", [{**JOBS, **other}])) == []
