"""What options and environment change of a kubeconfig: what counts in the end, and what is refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.module_utils import tls
from ansible_collections.epinio.aws.plugins.module_utils.domain import connecting, exec_credentials, helm_kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection

from tests.unit.plugins.module_utils.readers.a_kubeconfig import EXEC, GOOD, changed


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"K8S_AUTH_HOST": "not a host"}, "K8S_AUTH_HOST"),
        ({"K8S_AUTH_PROXY": "ftp://p"}, "K8S_AUTH_PROXY"),
        ({"HTTPS_PROXY": "ftp://p"}, "HTTPS_PROXY"),
        ({"K8S_AUTH_SSL_CA_CERT": "/gone/ca"}, "/gone/ca .K8S_AUTH_SSL_CA_CERT.: No such file"),
        ({"K8S_AUTH_API_KEY": "hush\thush"}, "K8S_AUTH_API_KEY has a line end"),
        ({"K8S_AUTH_IMPERSONATE_GROUPS": "a"}, "K8S_AUTH_IMPERSONATE_GROUPS is set without a user"),
        ({"K8S_AUTH_IMPERSONATE_USER": "a\nb"}, "control character"),
        ({"K8S_AUTH_API_KEY": "hush\udcff"}, "K8S_AUTH_API_KEY has .* no UTF-8"),
        ({"K8S_AUTH_USERNAME": "a\udcff", "K8S_AUTH_PASSWORD": "hush"}, "K8S_AUTH_USERNAME has .* no UTF-8"),
        ({"K8S_AUTH_IMPERSONATE_USER": "a\udcff"}, "no UTF-8"),
        ({"K8S_AUTH_HOST": "https://a\udcff"}, "K8S_AUTH_HOST"),
        ({"K8S_AUTH_HOST": "blue:8001", "K8S_AUTH_API_KEY": "hush"}, "'blue:8001' .K8S_AUTH_HOST. is no URL"),
        ({"K8S_AUTH_CERT_FILE": "/c"}, "K8S_AUTH_CERT_FILE is set without K8S_AUTH_KEY_FILE"),
        ({"K8S_AUTH_KEY_FILE": "/k"}, "K8S_AUTH_KEY_FILE is set without K8S_AUTH_CERT_FILE"),
        ({"K8S_AUTH_CONTEXT": "gone"}, "no context gone .*K8S_AUTH_CONTEXT"),
    ],
)
def test_overrides_that_are_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], said: str
) -> None:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    for name, value in {"KUBECONFIG": str(path), **environ}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(Refused, match=said) as refusal:
        read_connection({})
    assert "hush" not in str(refusal.value)


@pytest.mark.parametrize(
    ("environ", "server", "token", "certificates"),
    [
        ({}, "https://blue:6443", "t", 1),
        ({"K8S_AUTH_API_KEY": "k\n"}, "https://blue:6443", "k", 1),
        ({"K8S_AUTH_HOST": "HTTPS://other:1"}, "https://other:1", "t", 1),
        ({"K8S_AUTH_HOST": "other:1"}, "https://other:1", "t", 1),
        # Nobody shows a certificate there, and nobody is to see the token.
        ({"K8S_AUTH_HOST": "http://127.0.0.1:8001"}, "http://127.0.0.1:8001", "", 0),
        ({"K8S_AUTH_HOST": "HTTP://127.0.0.1:8001", "K8S_AUTH_API_KEY": "k"}, "http://127.0.0.1:8001", "", 0),
        ({"K8S_AUTH_HOST": "http://h", "K8S_AUTH_USERNAME": "a", "K8S_AUTH_PASSWORD": "b"}, "http://h", "", 0),
        ({"K8S_AUTH_VERIFY_SSL": "false"}, "https://blue:6443", "t", 0),
    ],
)
def test_what_proves_the_cluster_and_who_is_told_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], server: str, token: str, certificates: int
) -> None:
    path = tmp_path / "config"
    block = "-----BEGIN CERTIFICATE-----\nYQ==\n-----END CERTIFICATE-----\n"
    authority = base64.b64encode(block.encode()).decode()
    content = changed("cluster", **{"certificate-authority-data": authority})
    content["users"] = [{"name": "u", "user": {"token": "t"}}]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, value in {"KUBECONFIG": str(path), **environ}.items():
        monkeypatch.setenv(name, value)
    found = read_connection({})
    assert (found.server, found.identity.token, len(found.certificates)) == (server, token, certificates)
    assert not found.identity.username


@pytest.mark.parametrize("server", ["https://blue", "http://127.0.0.1:8001"])
def test_an_impersonation_counts_with_and_without_tls(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    """As of kubectl's and helm's, which tell `kubectl proxy` whom to ask for."""
    monkeypatch.setenv("K8S_AUTH_HOST", server)
    content = {**GOOD, "users": [{"name": "u", "user": {"token": "t ", "as": "joe"}}]}
    found = read_connection({"kubeconfig": content})
    assert found.impersonation.user == "joe"
    assert found.identity.token == ("t" if server.startswith("https") else "")


@pytest.mark.parametrize(
    ("named", "expected"),
    [("", "in-cluster"), ("gone", "in-cluster"), ("empty", "in-cluster"), ("gone:config", "file"), ("config", "file")],
)
def test_in_a_pod_a_kubeconfig_that_is_there_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, expected: str
) -> None:
    (tmp_path / "token").write_text("t", encoding="utf-8")
    (tmp_path / "empty").touch()
    (tmp_path / "config").write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    monkeypatch.setattr(connecting, "SERVICE_ACCOUNT", str(tmp_path))
    monkeypatch.setattr(tls, "text", lambda _pem: "")
    paths = os.pathsep.join(str(tmp_path / one) for one in named.split(":") if one)
    for name, value in {"SERVICE_HOST": "10.0.0.1", "SERVICE_PORT": "443"}.items():
        monkeypatch.setenv(f"KUBERNETES_{name}", value)
    monkeypatch.setenv("KUBECONFIG", paths)
    source = read_connection({}).source
    assert (source.kubeconfig == "in-cluster") is (expected == "in-cluster")


def test_what_the_cluster_tells_exec_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an override, so that helm gets a file that is made."""
    config = {"audience": "abc"}
    extensions = [{"name": "other", "extension": 1}, {"name": "client.authentication.k8s.io/exec", "extension": config}]
    content = changed("cluster", extensions=extensions)
    content["users"] = [{"name": "u", "user": {"exec": {**EXEC, "provideClusterInfo": True}}}]
    monkeypatch.setenv("K8S_AUTH_VERIFY_SSL", "true")
    found = read_connection({"kubeconfig": content})
    assert found.identity.plugin
    assert json.loads(exec_credentials.info(found.identity.plugin, found))["spec"]["cluster"]["config"] == config
    made = helm_kubeconfig.kubeconfig(found, {}).content
    assert made is not None
    assert made["clusters"][0]["cluster"]["extensions"] == extensions[1:]
