"""The end of a run in words."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.filter.summary import summary

FOUND: dict[str, Any] = {
    "check": False,
    "cluster": {
        "name": "blue",
        "region": "eu-central-1",
        "account": "111122223333",
        "kubernetes": {"kubeconfig": "blue.yaml", "context": "blue"},
    },
    "release": {"name": "epinio", "namespace": "apps", "chart_version": "1.13.9", "revision": 7},
    "bucket": "blue-sources",
    "roles": ["arn:aws:iam::111122223333:role/epinio-server-role"],
    "changes": [],
    "answers": [{"proof": {"verdict": "proven"}}],
    "notices": ["the tag team is somebody else's"],
}


def test_says_where_what_and_how() -> None:
    assert summary(FOUND) == [
        "Cluster blue in eu-central-1, account 111122223333",
        "Kubeconfig blue.yaml, context blue",
        "Release epinio in namespace apps: chart 1.13.9, revision 7, bucket blue-sources",
        "Role arn:aws:iam::111122223333:role/epinio-server-role",
        "Changed: nothing",
        "Access of the roles: proven",
        "What Epinio reads: not looked at",
        "Note: the tag team is somebody else's",
    ]


def test_says_what_counts_before_the_kubeconfig() -> None:
    kubernetes = {
        "kubeconfig": "a",
        "context": "",
        "overridden": ["K8S_AUTH_HOST", "K8S_AUTH_PROXY"],
        "server": "http://b",
    }
    lines = summary({**FOUND, "cluster": {**FOUND["cluster"], "kubernetes": kubernetes}})
    assert lines[1] == "Kubeconfig a, context none, with K8S_AUTH_HOST, K8S_AUTH_PROXY: server http://b"


@pytest.mark.parametrize(
    ("check", "changes", "line"),
    [
        (False, ["create role a"], "Changed: create role a"),
        (True, ["create role a"], "Would change: create role a"),
        (True, [], "Would change: nothing"),
    ],
)
def test_tells_a_plan_from_a_run(check: bool, changes: list[str], line: str) -> None:
    assert line in summary({**FOUND, "check": check, "changes": changes})


def test_says_that_nothing_was_proven() -> None:
    assert "Access of the roles: not looked at" in summary({**FOUND, "answers": []})


def test_says_what_was_noted_on_the_way() -> None:
    finding = {"verdict": "noted", "text": "The bucket keeps versions."}
    lines = summary({**FOUND, "answers": [{"proof": {"verdict": "proven", "findings": [finding]}}] * 2})
    assert lines[lines.index("Access of the roles: proven") + 1] == "Note: The bucket keeps versions."
    assert lines.count("Note: The bucket keeps versions.") == 1


def test_says_who_asked_from_where() -> None:
    """The server's pod can only ask once the release is switched: an answer of its own."""
    first = {"proof": {"verdict": "inconclusive", "probes": [asked("controller", "a"), asked("cluster", "b")]}}
    second = {"proof": {"verdict": "proven", "probes": [asked("cluster", "a")] * 2}, "look": {"verdict": "proven"}}
    lines = summary({**FOUND, "answers": [first, second]})
    assert lines[lines.index("Access of the roles: inconclusive") :][:4] == [
        "Access of the roles: inconclusive",
        "Asked from where Ansible runs as a",
        "Asked from inside the cluster as b and a",
        "What Epinio reads: proven",
    ]


def asked(runner: str, role: str) -> dict[str, str]:
    return {"runner": runner, "caller": f"arn:aws:sts::111122223333:assumed-role/{role}/session"}
