"""An object without an optional field is taken as it is; one without a field that each has is not the API server's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import checked
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer

METADATA = {"name": "a", "uid": "u", "namespace": "n", "resourceVersion": "1"}
ACCOUNT = {"metadata": METADATA}
ACCOUNTS = "/api/v1/namespaces/n/serviceaccounts"
NODES = "/api/v1/nodes"


def labelled(value: str | None) -> dict[str, Any]:
    return {**METADATA, "labels": {"a": value}}


@pytest.mark.parametrize(
    ("path", "answer", "read"),
    [
        (f"{ACCOUNTS}/a", ACCOUNT, ACCOUNT),
        (f"{ACCOUNTS}/a", {**ACCOUNT, "imagePullSecrets": [{}]}, {**ACCOUNT, "imagePullSecrets": [{}]}),
        (f"{ACCOUNTS}/a", {**ACCOUNT, "imagePullSecrets": [None]}, {**ACCOUNT, "imagePullSecrets": [{}]}),
        (f"{ACCOUNTS}/a", {**ACCOUNT, "imagePullSecrets": None}, ACCOUNT),
        (
            f"{ACCOUNTS}/a",
            {"metadata": {**METADATA, "labels": {"a": None}}},
            {"metadata": {**METADATA, "labels": {"a": ""}}},
        ),
        (ACCOUNTS, {"items": None}, {"items": []}),
        (ACCOUNTS, {"items": [ACCOUNT]}, {"items": [ACCOUNT]}),
        (
            NODES,
            {"items": [{"metadata": METADATA, "spec": {"taints": None}}]},
            {"items": [{"metadata": METADATA, "spec": {}}]},
        ),
    ],
)
def test_what_is_optional_may_be_absent_or_null(path: str, answer: Any, read: Any) -> None:
    assert checked("GET", path, answer) == read


@pytest.mark.parametrize(
    ("path", "answer", "told"),
    [
        (f"{ACCOUNTS}/a", [], "it is no object"),
        (f"{ACCOUNTS}/a", None, "it is no object"),
        (f"{ACCOUNTS}/a", {}, "it lacks metadata"),
        (f"{ACCOUNTS}/a", {"metadata": {**METADATA, "uid": None}}, "it lacks metadata.uid"),
        (f"{ACCOUNTS}/a", {**ACCOUNT, "imagePullSecrets": "x"}, "imagePullSecrets has another type"),
        (f"{ACCOUNTS}/a", {**ACCOUNT, "imagePullSecrets": [{"name": 1}]}, "imagePullSecrets.name has another type"),
        (ACCOUNTS, {}, "it lacks items"),
        (ACCOUNTS, {"items": {}}, "items has another type"),
        (
            "/api/v1/namespaces/n/secrets/a",
            {**ACCOUNT, "data": {"a": "no base64!"}},
            "data has a value that is no base64",
        ),
    ],
)
def test_anything_else_is_not_the_api_servers(path: str, answer: Any, told: str) -> None:
    with pytest.raises(ForeignAnswer, match=told):
        checked("GET", path, answer)


def test_only_the_metadata_is_looked_at_where_only_it_was_asked_for() -> None:
    deployment = {"metadata": METADATA}
    path = "/apis/apps/v1/namespaces/n/deployments"
    assert checked("GET", path, {"items": [deployment]}, metadata_only=True) == {"items": [deployment]}
    with pytest.raises(ForeignAnswer, match="it lacks items.spec"):
        checked("GET", path, {"items": [deployment]})


def test_what_a_dry_run_makes_has_no_version() -> None:
    made = {"metadata": {"name": "a", "uid": "u", "namespace": "n"}, "imagePullSecrets": [{"name": "b"}]}
    assert checked("POST", ACCOUNTS, made) == made
    with pytest.raises(ForeignAnswer, match="it lacks metadata"):
        checked("POST", ACCOUNTS, {})
    with pytest.raises(ForeignAnswer, match="it lacks metadata.resourceVersion"):
        checked("GET", f"{ACCOUNTS}/a", made)


def test_of_a_patch_only_that_it_was_answered_matters() -> None:
    assert checked("PATCH", f"{ACCOUNTS}/a", {"kind": "Status"}) == {"kind": "Status"}
