"""The end of a teardown in words."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.filter.teardown_summary import teardown_summary

CLUSTER: dict[str, Any] = {
    "name": "blue",
    "region": "eu-central-1",
    "account": "111122223333",
    "exists": True,
    "reachable": True,
    "kubernetes": {"kubeconfig": "blue.yaml", "context": "blue"},
}
NOWHERE = {"kubeconfig": "", "context": ""}
GONE = {**CLUSTER, "exists": False, "reachable": False, "kubernetes": NOWHERE}
UNREACHED = {**GONE, "exists": True}
RELEASE: dict[str, Any] = {
    "name": "epinio",
    "namespace": "apps",
    "chart_version": "1.13.9",
    "revision": 8,
    "owned_values": {"s3.bucket": "a", "s3.accessKeyID": "(hidden)", "minio.enabled": None, "s3.useSSL": False},
}
BUCKET = {"object": "bucket blue-sources", "reason": "buckets stay", "advice": "Delete it yourself.", "wiring": ""}
FOUND: dict[str, Any] = {
    "check": False,
    "cluster": CLUSTER,
    "release": RELEASE,
    "teardown_release": "restore",
    "changes": ["upgrade release epinio", "delete role epinio-server-role"],
    "residue": [BUCKET],
    "notices": ["the tag team is somebody else's"],
}
NOTHING = "Nothing is wired for cluster blue in region eu-central-1 of account 111122223333"
NO_CHANGE: dict[str, Any] = {**FOUND, "changes": []}


def test_says_what_was_taken_back_what_was_restored_and_what_is_left() -> None:
    assert teardown_summary(FOUND) == [
        "Cluster blue in eu-central-1, account 111122223333",
        "Kubeconfig blue.yaml, context blue",
        "Release epinio in namespace apps: chart 1.13.9, revision 8, its values are as before the wiring",
        "Values of the wiring's keys: minio.enabled not set, s3.accessKeyID (hidden), s3.bucket a, s3.useSSL false",
        "Taken back: upgrade release epinio",
        "Taken back: delete role epinio-server-role",
        "Left: bucket blue-sources: buckets stay. Delete it yourself.",
        "Note: the tag team is somebody else's",
    ]


def test_tells_a_plan_from_a_run() -> None:
    lines = teardown_summary({**FOUND, "check": True})
    assert "Would take back: delete role epinio-server-role" in lines
    assert not any(line.startswith("Taken back") for line in lines)


def test_a_release_that_is_kept_is_still_wired() -> None:
    lines = teardown_summary({**NO_CHANGE, "teardown_release": "keep"})
    assert lines[2:4] == [
        "Release epinio in namespace apps: chart 1.13.9, revision 8, its values are kept",
        "Taken back: nothing",
    ]


@pytest.mark.parametrize(
    ("cluster", "lines"),
    [
        (CLUSTER, ["Kubeconfig blue.yaml, context blue", "Release: there is none", NOTHING]),
        (GONE, [NOTHING]),
        (UNREACHED, ["Taken back: nothing"]),
    ],
)
@pytest.mark.parametrize("teardown_release", ["restore", "keep"])
def test_nothing_to_take_back(cluster: dict[str, Any], lines: list[str], teardown_release: str) -> None:
    found = {**NO_CHANGE, "cluster": cluster, "release": {}, "teardown_release": teardown_release, "residue": []}
    assert teardown_summary(found)[1:-1] == lines


@pytest.mark.parametrize(
    ("cluster", "words"),
    [(GONE, "it does not exist"), (UNREACHED, "not reached, nothing in it is taken back")],
)
def test_says_what_became_of_the_cluster(cluster: dict[str, Any], words: str) -> None:
    lines = teardown_summary({**FOUND, "cluster": cluster, "release": {}})
    assert lines[0] == f"Cluster blue in eu-central-1, account 111122223333: {words}"
    assert lines[1] == "Taken back: upgrade release epinio"


def test_what_is_left_is_said_even_if_nothing_is_wired() -> None:
    left = "Left: bucket blue-sources: buckets stay. Delete it yourself."
    assert teardown_summary(NO_CHANGE)[-3:-1] == [NOTHING, left]


def test_says_what_goes_with_epinio() -> None:
    uninstalled = {
        "name": "epinio",
        "namespace": "apps",
        "release": "gone",
        "namespaces": {"apps": "gone", "team1": "there"},
        "apps": {"team1/blog": "there"},
        "claims": {"apps/image": "gone"},
    }
    found = {**FOUND, "release": {}, "uninstalled": uninstalled}
    assert teardown_summary(found)[2:5] == [
        "Release epinio in namespace apps: uninstalled",
        "Namespaces that are gone: apps",
        "Volume claims that are gone: apps/image",
    ]
    assert teardown_summary({**found, "check": True})[2:4] == [
        "Release epinio in namespace apps: would be uninstalled",
        "Namespaces that would go: apps",
    ]
    assert "Release: there is none" in teardown_summary({**found, "uninstalled": {**uninstalled, "release": ""}})
