"""Exec plugins: what they are told, what they print, how they fail, and that they end."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import exec_plugin
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import (
    Connection,
    ExecPlugin,
    Identity,
    Pem,
    Source,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient

VERSION = "client.authentication.k8s.io/v1"
FILE = Source("/a/config", "here", is_file=True)


def plugin(folder: Path, script: str, **more: object) -> ExecPlugin:
    path = folder / "plugin"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return ExecPlugin(str(path), VERSION, "exec of user u in /a/config", **more)  # type: ignore[arg-type]


def connection(found: ExecPlugin, authority: str = "") -> Connection:
    return Connection("https://api", FILE, authority=Pem(text=authority), identity=Identity(plugin=found))


def printing(**status: object) -> str:
    return f"echo '{json.dumps({'apiVersion': VERSION, 'kind': 'ExecCredential', 'status': status})}'"


def test_what_it_is_told(tmp_path: Path) -> None:
    script = f'printf "%s" "$KUBERNETES_EXEC_INFO" >{tmp_path}/info; echo "$1 $AWS_PROFILE" >{tmp_path}/rest; '
    script += f"cat >{tmp_path}/input; {printing(token='t')}"
    found = plugin(tmp_path, script, arguments=("get token",), environment=(("AWS_PROFILE", "p"),), with_cluster=True)
    assert exec_plugin.run(connection(found, "CA"), found).token == "t"
    info = json.loads((tmp_path / "info").read_text(encoding="utf-8"))
    assert (info["apiVersion"], info["kind"]) == (VERSION, "ExecCredential")
    assert info["spec"] == {
        "interactive": False,
        "cluster": {"server": "https://api", "certificate-authority-data": "Q0E="},
    }
    assert (tmp_path / "rest").read_text(encoding="utf-8") == "get token p\n"
    assert (tmp_path / "input").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo 'The SSO session has expired' >&2; exit 255", "exit code 255: The SSO session has expired"),
        ("exit 3", "exit code 3: it said nothing on stderr"),
        ("kill -SEGV $$", "ended by signal SIGSEGV"),
        ("kill -KILL $$", "ended by signal SIGKILL, as the kernel does where memory is short"),
        (":", "it printed nothing"),
        ("echo hush", "something else than JSON"),
        ("echo '[\"hush\"]'", "no ExecCredential"),
        ('echo \'{"kind": "ExecCredential"}\'', f"ExecCredential of None, the kubeconfig wants {VERSION}"),
        (printing(), "neither a token nor a certificate"),
        (printing(token=["hush"]), "something else than texts"),
        (printing(clientKeyData="hush"), "neither a token nor"),
        (f"cat <<'END'\n{printing(token='hush' + chr(10) + 'hush')[6:-1]}\nEND", "control character"),
        (printing(token="hush", expirationTimestamp="soon"), "is no time"),
        ("printf '\\377hush'; echo no >&2", "something else than JSON; it said: no"),
        ("head -c 5000 /dev/zero | tr '\\0' x >&2; echo END >&2; exit 1", "xEND"),
    ],
)
def test_how_it_fails(tmp_path: Path, script: str, said: str) -> None:
    found = plugin(tmp_path, script, hint="Install the AWS CLI.")
    with pytest.raises(ServiceFailed) as failed:
        exec_plugin.run(connection(found), found)
    for part in (said, "/a/config", "exec of user u", str(tmp_path / "plugin"), "Install the AWS CLI."):
        assert part in str(failed.value)
    assert "hush" not in str(failed.value).replace(str(tmp_path), "")
    assert len(str(failed.value)) < 1500


@pytest.mark.parametrize("command", ["epinio-no-such-plugin", "/gone/plugin", "/tmp", "a\0b"])
def test_one_that_cannot_be_run(command: str) -> None:
    found = ExecPlugin(command, VERSION, "exec of user u in /a/config", hint="Install it.")
    with pytest.raises(Refused, match="exec of user u in /a/config"):
        exec_plugin.run(connection(found), found)


@pytest.mark.parametrize(
    "script", ["sleep 1000 & echo $! >{0}/child; echo waiting >&2; wait", "trap '' TERM; sleep 1000"]
)
def test_one_that_hangs_is_ended_with_its_children(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setattr(exec_plugin, "LIMIT", 0.5)
    found = plugin(tmp_path, script.format(tmp_path))
    start = time.monotonic()
    with pytest.raises(ServiceFailed, match="did not end within"):
        exec_plugin.run(connection(found), found)
    assert time.monotonic() - start < 10
    child = tmp_path / "child"
    while child.exists() and is_running(child.read_text(encoding="utf-8").strip()):
        assert time.monotonic() - start < 10
        time.sleep(0.02)


def is_running(process: str) -> bool:
    """Whether the process has not ended; one whose parent has not noticed its end has."""
    try:
        return Path("/proc", process, "stat").read_text(encoding="utf-8").split()[2] != "Z"
    except OSError:
        return False


def test_a_child_that_left_the_plugins_group_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exec_plugin, "LIMIT", 0.5)
    monkeypatch.setattr(exec_plugin, "_GRACE", 0.2)
    found = plugin(tmp_path, f"setsid sh -c 'echo $$ >{tmp_path}/away; exec sleep 60' & wait")
    start = time.monotonic()
    with pytest.raises(ServiceFailed, match="did not end within"):
        exec_plugin.run(connection(found), found)
    assert time.monotonic() - start < 10
    os.kill(int((tmp_path / "away").read_text(encoding="utf-8")), signal.SIGKILL)


def test_what_it_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    """As an agent that keeps a session does, which has inherited the plugin's output."""
    found = plugin(tmp_path, f"sleep 1000 & {printing(token='t')}")
    start = time.monotonic()
    assert exec_plugin.run(connection(found), found).token == "t"
    assert time.monotonic() - start < 20


def test_it_is_run_again_when_expired_or_refused(tmp_path: Path) -> None:
    def stamp(seconds: float) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))

    counted = f"echo x >>{tmp_path}/runs; "
    client = KubernetesClient(
        connection(plugin(tmp_path, counted + printing(token="t", expirationTimestamp=stamp(900))))
    )
    runs = tmp_path / "runs"
    assert dict(client._caller()) == dict(client._caller()) == {"Authorization": "Bearer t"}
    assert len(runs.read_text(encoding="utf-8").split()) == 1
    assert client.renew()
    client._caller()
    assert len(runs.read_text(encoding="utf-8").split()) == 2
    client = KubernetesClient(connection(plugin(tmp_path, counted + printing(token="t", expirationTimestamp=stamp(5)))))
    client._caller()
    client._caller()
    assert len(runs.read_text(encoding="utf-8").split()) == 4


@pytest.mark.parametrize("text", ["", "two\nlines", None])
def test_a_token_file_that_holds_none(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "token"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    client = KubernetesClient(
        Connection("https://api", FILE, identity=Identity(token_file=str(path), origin="tokenFile"))
    )
    with pytest.raises(EpinioAwsError, match="tokenFile"):
        client._caller()
    assert client.renew()
    assert os.path.basename(path) == "token"
