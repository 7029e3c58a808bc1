"""Which Secrets of a manifest hold Epinio's own state, and which of their fields count."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import ROLES, USER, fields, rendered


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


USER_SECRET = """
apiVersion: v1
kind: Secret
type: BasicAuth
metadata:
  name: radmin
  namespace: epinio
  labels:
    epinio.io/api-user-credentials: "true"
    app: epinio
  annotations:
    epinio.io/roles: "admin"
    other: "1"
stringData:
  username: "admin"
  namespaces: ""
"""
ADMIN = {("data", "username"): b64("admin"), ("data", "namespaces"): "", ROLES: "admin", USER: "true"}


def test_a_user_is_its_data_its_roles_and_its_label() -> None:
    assert rendered(USER_SECRET, "epinio") == {"radmin": ADMIN}


def test_a_live_secret_gives_the_same_fields() -> None:
    data = {"username": b64("admin"), "namespaces": ""}
    labels = {"epinio.io/api-user-credentials": "true", "app": "epinio"}
    assert fields(data, {"epinio.io/roles": "admin", "other": "1"}, labels) == ADMIN


@pytest.mark.parametrize(
    ("changed", "instead"),
    [
        ("kind: Secret", "kind: ConfigMap"),
        ("namespace: epinio", "namespace: workspace"),
        ('epinio.io/api-user-credentials: "true"', 'epinio.io/api-user-credentials: "false"'),
    ],
)
def test_what_is_no_user_of_this_release(changed: str, instead: str) -> None:
    assert rendered(USER_SECRET.replace(changed, instead), "epinio") == {}


def test_dex_config_counts_without_a_label_and_without_a_namespace() -> None:
    manifest = "---\nkind: Secret\nmetadata:\n  name: dex-config\nstringData:\n  config.yaml: |-\n    a: 1\n    b: 2\n"
    assert rendered(manifest, "epinio") == {"dex-config": {("data", "config.yaml"): b64("a: 1\nb: 2")}}


def test_plain_data_wins_over_base64_and_both_are_taken() -> None:
    manifest = "kind: Secret\nmetadata: {name: dex-config}\ndata: {a: eA==, b: eQ==, c: }\nstringData: {b: z}\n"
    found = rendered(manifest, "epinio")["dex-config"]
    assert found == {("data", "a"): "eA==", ("data", "b"): b64("z"), ("data", "c"): ""}


def test_other_documents_of_a_manifest_are_passed_over() -> None:
    others = "---\n# Source: epinio/templates/x.yaml\n---\nkind: List\n---\nkind: Secret\nmetadata: {name: x}\n---"
    assert list(rendered(others + USER_SECRET, "epinio")) == ["radmin"]
