"""Files that people have as kubeconfigs: each fault is named with the file, what named it, and what to do."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection

from tests.unit.plugins.module_utils.readers.a_kubeconfig import EXEC, GOOD, changed


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize("named", ["kubeconfig", "K8S_AUTH_KUBECONFIG", "KUBECONFIG"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no kubeconfig"),
        ("folder", "Is a directory"),
        (b"", "has no current-context"),
        (b"\x00\xff\xfe\x01", "it is no text"),
        (b"\x00\x01", "characters are not allowed"),
        (b"- a\n- b\n", "a list"),
        (b"root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1::/:/bin/sh\n", "text"),
        (b"clusters:\n\t- name: a\n", r"cannot start any token in line 2"),
        (b"a: b\n---\nc: d\n", "document"),
        (b"hush: [", "line"),
        (b"{hush", "did not find expected|expected ',' or"),
        (b"{hush: !!int ''}", "a value without meaning"),
        (b"users: [!!timestamp hush]\n", "a value without meaning"),
        (b"users: &a [*a]\n", "an anchor in it leads back to itself"),
        (b"users: [!!binary aHVzaA==]\n", "a value of type bytes"),
        (b"kind: Secret\n", "its kind is Secret"),
        (b"clusters: {}\nusers: 1\n", "its users are no list"),
        (b"clusters: [1]\n", "one of its clusters has no text for its name"),
        (b"users: [{name: a, user: {token: hush}}, {name: b, user: [hush]}]\n", "or no table as its user"),
        (b"apiVersion: v2\n", "its apiVersion is v2, not v1"),
        (b"users: [{name: a, user: []}, {name: a}]\n", "two users with the name a"),
        (b"current-context: 7\n", "is no text"),
    ],
)
def test_what_is_no_kubeconfig(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str, content: Any, said: str
) -> None:
    path = tmp_path / "config"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    options = {"kubeconfig": str(path)} if named == "kubeconfig" else {}
    if not options:
        monkeypatch.setenv(named, str(path))
    with pytest.raises(Refused, match=said) as refusal:
        read_connection(options)
    assert str(path) in str(refusal.value)
    assert "hush" not in str(refusal.value)
    assert any(
        word in str(refusal.value) for word in ("epinio_kubeconfig", "epinio_context", "in quotes", "kubeconfig:")
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({**GOOD, "current-context": "gone"}, "no context gone in kubeconfig .*: it has here"),
        (changed("context", cluster="gone"), "no cluster gone in kubeconfig .*: it has c"),
        (changed("context", user="gone"), "no user gone in kubeconfig .*: it has u"),
        ({**GOOD, "clusters": None}, "no cluster c in kubeconfig .*: it has none"),
        (changed("cluster", server=None), "server of cluster c in .* is missing"),
        (changed("cluster", server="blue one:1"), "is no URL"),
        (changed("cluster", server="ftp://blue"), "is no URL"),
        (changed("cluster", server="https://blue:x"), "is no URL"),
        (changed("cluster", server="https://u:hush@blue"), "has a user in it"),
        (changed("cluster", **{"certificate-authority": "gone"}), "gone .*No such file"),
        (changed("cluster", **{"certificate-authority-data": "!"}), "certificate-authority-data of cluster c .*base64"),
        (
            changed("cluster", **{"certificate-authority-data": "YQ==", "certificate-authority": "ca"}),
            "certificate-authority of cluster c .* beside certificate-authority-data, which helm refuses",
        ),
        (changed("cluster", server="blue:6443"), "'blue:6443' .* is no URL"),
        (changed("cluster", server="https://blue:6443/?a=b"), "is no URL"),
        (changed("cluster", server="https://blue:6443/#b"), "is no URL"),
        (changed("cluster", extensions={"a": "b"}), "extensions of cluster c .* no list"),
        (changed("cluster", **{"insecure-skip-tls-verify": "yes"}), "neither true nor false"),
        (changed("cluster", **{"insecure-skip-tls-verify": True, "certificate-authority": "a"}), "remove one"),
        (changed("cluster", **{"proxy-url": "ftp://p"}), "proxy-url of cluster c .* is no URL"),
        (changed("cluster", **{"proxy-url": "http://:1"}), "proxy-url of cluster c .* is no URL"),
        (changed("user", token=123), "token of user u .* is no text"),
        (changed("user", token="hush\nhush"), "control character"),
        (changed("user", token="hush\n"), "token of user u .* a line end or another control character"),
        (
            changed("user", **{"client-certificate": "a", "client-certificate-data": "YQ==", "client-key": "b"}),
            "client-certificate of user u .* beside client-certificate-data",
        ),
        (changed("user", username="u"), "username of user u .* beside a token"),
        (changed("user", **{"auth-provider": {"name": "oidc"}}), "auth-provider of user u .*exec"),
        (changed("user", **{"client-certificate": "a"}), "client-key of user u .* is missing"),
        (changed("user", **{"client-key": "a"}), "client-certificate of user u .* is missing"),
        (changed("user", **{"as-groups": ["g"]}), "as-groups of user u .* without `as`"),
        (changed("user", **{"as-groups": "g"}), "as-groups of user u .* no list"),
        (changed("user", **{"as": "x", "as-user-extra": {"a": "b"}}), "as-user-extra of user u"),
        (changed("user", token=None, exec="aws"), "exec of user u .* is no table"),
        (changed("user", token=None, exec={"command": "aws"}), "exec of user u .* has apiVersion none"),
        (
            changed("user", token=None, exec={**EXEC, "apiVersion": "client.authentication.k8s.io/v1alpha1"}),
            "v1alpha1.*update-kubeconfig",
        ),
        (changed("user", token=None, exec={**EXEC, "command": ""}), "names no command"),
        (changed("user", token=None, exec={**EXEC, "interactiveMode": "Always"}), "interactiveMode Always"),
        (changed("user", token=None, exec={**EXEC, "interactiveMode": None}), "interactiveMode none, .* Never"),
        (changed("user", token=None, exec={**EXEC, "interactiveMode": "never"}), "interactiveMode never, .* Never"),
        (changed("user", token=None, exec={**EXEC, "env": [{"name": "", "value": "a"}]}), "no variable can have"),
        (changed("user", token=None, exec={**EXEC, "env": [{"name": "A=B", "value": "a"}]}), "no variable can have"),
        (changed("user", token=None, exec={**EXEC, "env": [{"value": "a"}]}), "something else than texts"),
        (changed("user", token=None, exec={**EXEC, "env": {"A": "b"}}), "env"),
        (changed("user", token=None, exec={**EXEC, "env": [{"name": "A", "value": 1}]}), "quotes"),
        (changed("user", token=None, exec={**EXEC, "args": [1]}), "args of user u .* no list of texts"),
    ],
)
@pytest.mark.parametrize("form", ["file", "option"])
def test_what_cannot_be_honoured(tmp_path: Path, content: dict[str, Any], said: str, form: str) -> None:
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(Refused, match=said) as refusal:
        read_connection({"kubeconfig": str(path) if form == "file" else content})
    assert (str(path) if form == "file" else "option") in str(refusal.value)
    assert "hush" not in str(refusal.value)


def test_json_with_tabs_is_one(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(json.dumps(GOOD, indent="\t"), encoding="utf-8")
    assert read_connection({"kubeconfig": str(path)}).server == "https://blue:6443"


def test_a_file_without_rights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "x").touch()
    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(Refused, match=r"Could not read kubeconfig .*/x \(kubeconfig\): Permission denied"):
        read_connection({"kubeconfig": str(tmp_path / "x")})


def test_what_has_no_end_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    # Whoever opens it all the same finds it empty, and does not wait for ever.
    threading.Thread(target=(tmp_path / "pipe").write_text, args=("",), daemon=True).start()
    for path in (str(tmp_path / "pipe"), "/dev/zero"):
        with pytest.raises(Refused, match=rf"Could not read kubeconfig {path} \(kubeconfig\): it is no file"):
            read_connection({"kubeconfig": path})
    with pytest.raises(Refused, match="has no current-context"):
        read_connection({"kubeconfig": os.devnull})
