"""Our own calls and helm: the same server, authority, identity, impersonation and proxy, whatever says so."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.module_utils import tls
from ansible_collections.epinio.aws.plugins.module_utils.domain import connecting, helm_kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Pem
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection

PEM = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"
OTHER = PEM.replace("YWJj", "ZGVm")
DATA = base64.b64encode(PEM.encode()).decode()
V1 = "client.authentication.k8s.io/v1"
EXEC = {"apiVersion": V1, "command": "bin/aws", "args": ["eks"], "env": [{"name": "AWS_PROFILE", "value": "p"}]}
USERS: dict[str, dict[str, Any]] = {
    "token": {"token": "t"},
    "token file": {"tokenFile": "token"},
    "certificate data": {"client-certificate-data": DATA, "client-key-data": DATA},
    "certificate files": {"client-certificate": "crt", "client-key": "key"},
    "password": {"username": "u", "password": "p"},
    "exec": {"exec": {**EXEC, "interactiveMode": "IfAvailable"}},
    "exec by name": {"exec": {**EXEC, "command": "aws", "apiVersion": f"{V1}beta1"}},
    "as": {"token": "t", "as": "x", "as-groups": ["g"], "as-uid": "7", "as-user-extra": {"a/b": ["1", "2"]}},
    "nobody": {},
}
CLUSTERS: dict[str, dict[str, Any]] = {
    "data": {"certificate-authority-data": DATA},
    "file": {"certificate-authority": "ca", "tls-server-name": "kubernetes"},
    "insecure": {"insecure-skip-tls-verify": True},
    "proxy": {"certificate-authority-data": DATA, "proxy-url": "http://user:pw@p:1"},
    "socks": {"proxy-url": "socks5://p:1"},
    "system": {},
}
OVERRIDES: dict[str, dict[str, str]] = {
    "none": {},
    "host": {"HOST": "https://other:1/path/"},
    "verify": {"VERIFY_SSL": "false"},
    "authority": {"SSL_CA_CERT": "other"},
    "token": {"API_KEY": "o"},
    "password": {"USERNAME": "o", "PASSWORD": "o"},
    "certificate": {"CERT_FILE": "other", "KEY_FILE": "other"},
    "proxy": {"PROXY": "http://o:1"},
    "no proxy": {"NO_PROXY": "blue"},
    "impersonation": {"IMPERSONATE_USER": "o", "IMPERSONATE_GROUPS": "a,b"},
    "several": {"VERIFY_SSL": "no", "HOST": "https://other:1", "PROXY": "http://o:1", "IMPERSONATE_USER": "o"},
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, text in {"ca": PEM, "crt": PEM, "key": PEM, "other": OTHER, "token": "f"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def config(user: Mapping[str, Any], cluster: Mapping[str, Any] | None = None) -> dict[str, Any]:
    cluster = {"certificate-authority-data": DATA} if cluster is None else cluster
    return {
        "clusters": [{"name": "c", "cluster": {"server": "https://blue:6443", **cluster}}],
        "users": [{"name": "u", "user": dict(user)}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "here",
    }


def essence(found: Connection) -> tuple[Any, ...]:
    """What counts to the API server, without where it comes from."""
    who = found.identity
    plugin = who.plugin and replace(who.plugin, origin="", stanza={})
    pems = [tls.text(pem) if pem else "" for pem in (found.authority, who.certificate, who.key)]
    bare = replace(who, certificate=Pem(), key=Pem(), origin="", plugin=plugin)
    return (found.server, found.insecure, found.server_name, bare, pems, found.impersonation, found.proxy.url)


def helms(connection: Connection, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """What helm makes of what it gets, with none of what was for us."""
    given = helm_kubeconfig.kubeconfig(connection, os.environ)
    for name in [name for name in os.environ if name.startswith("K8S_AUTH_")]:
        monkeypatch.delenv(name)
    for name, value in given.environment.items():
        monkeypatch.setenv(name, value)
    if given.content is None:
        return read_connection({"kubeconfig": given.paths, "context": given.context})
    made = folder / "elsewhere"
    made.mkdir(exist_ok=True)
    (made / "config").write_text(yaml.safe_dump(dict(given.content)), encoding="utf-8")
    return read_connection({"kubeconfig": str(made / "config")})


@pytest.mark.parametrize("environment", [{}, {"HTTPS_PROXY": "http://e:1"}], ids=["direct", "proxy"])
@pytest.mark.parametrize("override", OVERRIDES)
@pytest.mark.parametrize(
    ("user", "cluster"), [*((user, "data") for user in USERS), *(("exec", cluster) for cluster in CLUSTERS)]
)
@pytest.mark.parametrize("source", ["file", "option"])
def test_both_say_the_same(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    user: str,
    cluster: str,
    override: str,
    environment: dict[str, str],
    source: str,
) -> None:
    content = config(USERS[user], CLUSTERS[cluster])
    (folder / "config").write_text(yaml.safe_dump(content), encoding="utf-8")
    for name, value in {**{f"K8S_AUTH_{k}": v for k, v in OVERRIDES[override].items()}, **environment}.items():
        monkeypatch.setenv(name, value)
    ours = read_connection({"kubeconfig": str(folder / "config") if source == "file" else content})
    expected = essence(ours)
    assert essence(helms(ours, folder, monkeypatch)) == expected


@pytest.mark.parametrize("kind", ["pod", "options", "environment"])
@pytest.mark.parametrize(
    "override", [{}, {"K8S_AUTH_VERIFY_SSL": "false"}, {"K8S_AUTH_IMPERSONATE_USER": "o"}], ids=str
)
def test_without_a_kubeconfig(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, override: dict[str, str]
) -> None:
    options: dict[str, Any] = {}
    if kind == "pod":
        monkeypatch.setattr(connecting, "SERVICE_ACCOUNT", str(folder))
        (folder / "ca.crt").write_text(PEM, encoding="utf-8")
        override = {**override, "KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    elif kind == "options":
        options = {"host": "https://h", "api_key": "t"}
    else:
        override = {**override, "K8S_AUTH_HOST": "https://h", "K8S_AUTH_API_KEY": "t"}
    for name, value in override.items():
        monkeypatch.setenv(name, value)
    ours = read_connection(options)
    assert "kubeconfig" not in str(ours)
    assert "kubeconfig" not in ours.source.caller
    expected = essence(ours)
    assert essence(helms(ours, folder, monkeypatch)) == expected


@pytest.mark.parametrize(
    ("user", "override", "field", "expected"),
    [
        ("exec", {"HOST": "https://other:1/"}, "server", "https://other:1"),
        ("token", {"HOST": "other:1"}, "server", "https://other:1"),
        ("token", {"VERIFY_SSL": "false"}, "token", "t"),
        ("token file", {"VERIFY_SSL": "false"}, "tokenFile", "token"),
        ("exec", {"VERIFY_SSL": "false"}, "exec", "bin/aws"),
        ("exec", {"API_KEY": "o"}, "token", "o"),
        ("exec", {"API_KEY": "o"}, "exec", None),
        ("as", {"IMPERSONATE_USER": "o"}, "as", "o"),
        ("as", {"IMPERSONATE_USER": "o"}, "as-groups", None),
        ("as", {"PROXY": "http://o:1"}, "as-uid", "7"),
        ("token", {"PROXY": "http://o:1"}, "proxy-url", "http://o:1"),
        ("token", {"VERIFY_SSL": "false"}, "certificate-authority-data", None),
    ],
)
def test_what_is_made_for_helm(
    folder: Path, monkeypatch: pytest.MonkeyPatch, user: str, override: dict[str, str], field: str, expected: Any
) -> None:
    (folder / "config").write_text(yaml.safe_dump(config(USERS[user])), encoding="utf-8")
    for name, value in override.items():
        monkeypatch.setenv(f"K8S_AUTH_{name}", value)
    content = helm_kubeconfig.kubeconfig(read_connection({"kubeconfig": "config"}), {}).content
    assert content is not None
    said = {**content["clusters"][0]["cluster"], **content["users"][0]["user"]}
    found: Any = said.get(field)
    if field == "exec" and found:
        found = os.path.relpath(found["command"], folder)
    assert (os.path.relpath(str(found), str(folder)) if field == "tokenFile" else found) == expected
    assert said.get("insecure-skip-tls-verify", False) is ("VERIFY_SSL" in override)


def test_the_users_own_file_is_handed_on_where_nothing_overrides_it(folder: Path) -> None:
    (folder / "config").write_text(yaml.safe_dump(config(USERS["token"])), encoding="utf-8")
    found = helm_kubeconfig.kubeconfig(read_connection({"kubeconfig": "config"}), {})
    assert (found.paths, found.context, found.content) == (str(folder / "config"), "here", None)


def test_an_exception_that_only_we_know_is_told_to_helm(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "config").write_text(yaml.safe_dump(config(USERS["token"])), encoding="utf-8")
    monkeypatch.setenv("K8S_AUTH_NO_PROXY", "blue")
    environ = {"HTTPS_PROXY": "http://e:1", "NO_PROXY": "charts"}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    ours = read_connection({"kubeconfig": "config"})
    assert helm_kubeconfig.kubeconfig(ours, environ).environment["NO_PROXY"] == "charts,blue"


def test_headers_to_a_proxy_are_refused(folder: Path) -> None:
    options = {"host": "https://h", "api_key": "t", "proxy": "http://p", "proxy_headers": {"basic_auth": "a:b"}}
    with pytest.raises(Refused, match="proxy_headers"):
        helm_kubeconfig.kubeconfig(read_connection(options), {})


def test_nothing_secret_is_shown(folder: Path) -> None:
    options = {"host": "https://h", "api_key": "hush", "proxy": "http://u:hush@p", "username": "u", "password": "hush"}
    found = read_connection(options)
    assert "hush" not in repr(found) + str(found)
    assert "hush" not in repr(helm_kubeconfig.kubeconfig(found, {}))


@pytest.mark.parametrize(
    ("first", "second", "context", "token"),
    [
        ({"current-context": ""}, {}, "here", "t"),
        ({"users": [{"name": "u", "user": {"token": "first"}}], "current-context": None}, {}, "here", "first"),
        ({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}]}, {}, "x", "t"),
        (None, {}, "here", "t"),
    ],
)
def test_several_files(
    folder: Path, monkeypatch: pytest.MonkeyPatch, first: Any, second: Any, context: str, token: str
) -> None:
    if first is not None:
        (folder / "a").write_text(yaml.safe_dump(first), encoding="utf-8")
    (folder / "b").write_text(yaml.safe_dump({**config(USERS["token"]), **second}), encoding="utf-8")
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join((str(folder / "a"), str(folder / "b"))))
    found = read_connection({})
    assert (found.source.context, found.identity.token) == (context, token)
