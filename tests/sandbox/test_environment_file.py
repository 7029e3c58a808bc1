"""The file `env`, sourced by real shells."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox import environment_file, settings
from sandbox.settings import Ports, Settings, Timing
from sandbox.stand_in import Keys

WANTED = Settings("epinio", "eu-west-1", "111122223333", "https://i", Ports(1, 2, 3, 4, 5), (), Timing())
STRAY = {
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "t",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "K8S_AUTH_CONTEXT": "production",
    "K8S_AUTH_API_KEY": "two words\nK8S_AUTH_HOST=x",
    "HELM_KUBECONTEXT": "production",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    # A folder of a user with a sense of humour.
    home = tmp_path / "it's a $HOME"
    home.mkdir()
    exported = environment_file.variables(home, WANTED, Keys("AKIDSANDBOX", "secret/with+signs"))
    (home / "env").write_text(environment_file.shell_text(exported, home / "bin"))
    return home


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize("options", ["", "set -eu; "])
def test_sourced(shell: str, options: str, folder: Path) -> None:
    script = f'{options}. "$1/env"; . "$1/env"; env -0'
    base = {"PATH": os.environ["PATH"], "OTHER": "stays", **STRAY}
    command = [shell, "-c", script, shell, str(folder)]
    answer = subprocess.run(command, env=base, capture_output=True, check=True, text=True)
    assert answer.stderr == ""
    shown = dict(line.split("=", 1) for line in answer.stdout.split("\0") if line)
    exported = environment_file.variables(folder, WANTED, Keys("AKIDSANDBOX", "secret/with+signs"))
    for name, value in exported.items():
        assert shown[name] == value
    assert not STRAY.keys() & shown.keys()
    assert shown["OTHER"] == "stays"
    assert shown["PATH"] == f"{folder / 'bin'}:{base['PATH']}"
    applied = environment_file.applied(base, exported, folder / "bin")
    assert {name: shown.get(name) for name in applied} == applied


def test_nothing_leads_off_this_machine(folder: Path) -> None:
    exported = environment_file.variables(folder, WANTED, Keys("AKIDSANDBOX", "x"))
    for name in ("AWS_ENDPOINT_URL", "AWS_URL", "EPINIO_CHART_REPO"):
        settings.require_loopback(exported[name])
