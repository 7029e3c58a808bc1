"""When a credential that an exec plugin printed no longer counts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import exec_credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import ExecPlugin
from ansible_collections.epinio.aws.plugins.module_utils.domain.exec_credentials import ExecCredential

VERSION = "client.authentication.k8s.io/v1"
PLUGIN = ExecPlugin("aws", VERSION, "exec of user u in /a/config")


def printed(**status: Any) -> str:
    return json.dumps({"apiVersion": VERSION, "kind": "ExecCredential", "status": status})


@pytest.mark.parametrize(
    ("timestamp", "expires"),
    [
        (None, None),
        ("", None),
        ("2026-01-01T00:00:00Z", 1767225600.0),
        ("2026-01-01T01:00:00+01:00", 1767225600.0),
        ("2026-01-01T00:00:00", 1767225600.0),
    ],
)
def test_its_end(timestamp: str | None, expires: float | None) -> None:
    found = exec_credentials.parsed(PLUGIN, printed(token="hush", expirationTimestamp=timestamp))
    assert isinstance(found, ExecCredential)
    assert (found.token, found.expires) == ("hush", expires)
    assert "hush" not in repr(found)
    assert not found.expired(1767225600.0 - 31)
    assert found.expired(1767225600.0 - 30) is (expires is not None)


def test_a_certificate_with_its_key() -> None:
    found = exec_credentials.parsed(PLUGIN, printed(clientCertificateData="c", clientKeyData="k"))
    assert isinstance(found, ExecCredential)
    assert (found.certificate.text, found.key.text) == ("c", "k")


def test_a_version_that_the_kubeconfig_does_not_want() -> None:
    text = printed(token="hush").replace("/v1", "/v1beta1")
    assert exec_credentials.parsed(PLUGIN, text) == (
        f"it printed an ExecCredential of {VERSION}beta1, the kubeconfig wants {VERSION}"
    )
