"""A run of helm: its end, its version, its children, and a repository with credentials."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import programs
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli

HUSH = "hush-hush-hush"
V3 = 'if [ "$1" = version ]; then echo v3.21.4+g1234567; exit; fi\n'


def program(folder: Path, script: str) -> str:
    path = folder / "helm"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    return str(path)


def cli(binary: str, folder: Path) -> HelmCli:
    own = folder / "own"
    own.mkdir()
    return HelmCli(
        binary, Kubeconfig("/a/config", "-context"), str(own), {"PATH": os.environ["PATH"], "HOME": str(own)}
    )


def test_a_helm_that_prints_for_ever_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 1024**2)
    helm = cli(program(tmp_path, f"{V3}yes"), tmp_path)
    with pytest.raises(ServiceFailed, match="within 1 seconds"):
        helm.run("x", ["upgrade"], seconds=1)


def test_a_helm_that_prints_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "MOST", 1024**2)
    helm = cli(program(tmp_path, f"{V3}head -c 3000000 /dev/zero"), tmp_path)
    with pytest.raises(ServiceFailed, match="more than 1 megabytes"):
        helm.run("x", ["upgrade"], seconds=20)


@pytest.mark.parametrize(
    "script", ["sleep 60", "sleep 60 & wait", "exec sleep 60", "(trap '' TERM; sleep 60) & sleep 60"]
)
def test_a_helm_that_hangs_ends_with_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(programs, "_GRACE", 0.5)
    helm = cli(program(tmp_path, f"{V3}echo $$ > {tmp_path}/pid\n{script}"), tmp_path)
    with pytest.raises(ServiceFailed, match="did not end within 1 seconds"):
        helm.run("x", ["upgrade"], seconds=1)
    group = int((tmp_path / "pid").read_text())
    for _try in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a child of helm's is left")


def test_values_that_nobody_reads_hold_nothing_up(tmp_path: Path) -> None:
    helm = cli(program(tmp_path, f"{V3}sleep 1"), tmp_path)
    assert helm.run("x", ["upgrade"], seconds=20, values={"a": "x" * 1_000_000}) == ""


def test_helm_is_asked_for_its_version_once_and_first(tmp_path: Path) -> None:
    helm = cli(program(tmp_path, f'echo "$1" >> {tmp_path}/log\n{V3}'), tmp_path)
    for _call in range(2):
        helm.run("x", ["upgrade"], seconds=20)
    assert (tmp_path / "log").read_text().split() == ["version", "upgrade", "upgrade"]


def test_a_relative_path_is_that_of_ansible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, V3)
    monkeypatch.chdir(tmp_path)
    assert cli("./helm", tmp_path).major() == 3


def test_a_private_repository_is_in_a_file_of_ours(tmp_path: Path) -> None:
    url = f"https://me:{HUSH}@charts.test"
    script = (
        f'echo "$@" >> {tmp_path}/log; stat -c %a "$HELM_REPOSITORY_CONFIG" >> {tmp_path}/log\n'
        f'cat "$HELM_REPOSITORY_CONFIG" > {tmp_path}/file'
    )
    cli(program(tmp_path, f"{V3}{script}"), tmp_path).run("x", ["upgrade", "--", "x"], seconds=20, repository=url)
    log = (tmp_path / "log").read_text()
    assert HUSH not in log
    assert log.splitlines() == [
        "repo update --fail-on-repo-update-fail -- epinio-aws-private",
        "600",
        "upgrade --kube-context=-context -- x",
        "600",
    ]
    assert json.loads((tmp_path / "file").read_text())["repositories"] == [{"name": "epinio-aws-private", "url": url}]
    assert list((tmp_path / "own").iterdir()) == []


@pytest.mark.parametrize(
    "password", ["hush/hush+x", 'hu"sh\\hush', "hush hush", "hüsh-hush", "hush%hush", "hush@:hush"]
)
def test_no_form_of_a_password_is_told(tmp_path: Path, password: str) -> None:
    url = f"https://me:{quote(password, safe='')}@charts.test"
    forms = (password, quote(password, safe=""), quote_plus(password), url)
    said = tmp_path / "said"
    said.write_text("Error: " + " ".join(forms), encoding="utf-8")
    helm = cli(program(tmp_path, f"{V3}cat {said} >&2; exit 1"), tmp_path)
    with pytest.raises(ServiceFailed) as failed:
        helm.run("x", ["upgrade"], seconds=20, repository=url)
    assert not [form for form in forms if form in str(failed.value)]
    assert "hush" not in str(failed.value)
