"""Running helm: its folder, environment, standard input and errors, with a script in its place."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import stat
import sys
from pathlib import Path

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import helm_cli
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import BUSY, HelmCli

ENVIRON = {
    "PATH": os.environ["PATH"],
    "HELM_DEBUG": "true",
    "HELM_NAMESPACE": "other",
    "HELM_MAX_HISTORY": "0",
    "K8S_AUTH_API_KEY": "hush",
    "KUBECONFIG": "/other",
    "AWS_PROFILE": "mine",
}
TELL = """
config = os.environ["KUBECONFIG"]
print(json.dumps({
    "arguments": sys.argv[1:], "input": sys.stdin.read(), "folder": os.listdir("."), "environ": dict(os.environ),
    "mode": oct(os.stat(config).st_mode & 0o777) if os.path.exists(config) else "",
    "config": open(config).read() if os.path.exists(config) else "",
}))
"""


VERSION = "if sys.argv[1] == 'version': print('v3.21.4+g1234567'); sys.exit()\n"


def helm(folder: Path, script: str, kubeconfig: Kubeconfig | None = None, version: str = VERSION) -> HelmCli:
    """A helm that runs this script when it is asked for anything but its version."""
    binary = folder / "helm"
    binary.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{version}{script}", encoding="utf-8")
    binary.chmod(binary.stat().st_mode | stat.S_IXUSR)
    return HelmCli(str(binary), kubeconfig or Kubeconfig("/a/config", "staging"), str(folder), ENVIRON)


def test_values_go_to_standard_input_in_an_empty_folder(tmp_path: Path) -> None:
    found = json.loads(helm(tmp_path, TELL).run("x", ["upgrade", "--", "x"], seconds=20, values={"n": None, "i": 1}))
    assert found["arguments"] == ["upgrade", "--kube-context=staging", "--", "x"]
    assert json.loads(found["input"]) == {"n": None, "i": 1}
    assert found["folder"] == []


def test_little_environment(tmp_path: Path) -> None:
    found = json.loads(helm(tmp_path, TELL).run("x", ["upgrade"], seconds=20))["environ"]
    assert (found["KUBECONFIG"], found["HELM_MAX_HISTORY"], found["AWS_PROFILE"]) == ("/a/config", "0", "mine")
    assert not {"HELM_DEBUG", "HELM_NAMESPACE", "K8S_AUTH_API_KEY"} & set(found)


def test_a_made_kubeconfig_is_for_us_alone_and_goes(tmp_path: Path) -> None:
    content = {"current-context": "x", "users": []}
    found = json.loads(helm(tmp_path, TELL, Kubeconfig(content=content)).run("x", ["upgrade"], seconds=20))
    assert found["mode"] == "0o600"
    assert json.loads(found["config"]) == content
    assert found["arguments"] == ["upgrade"]
    assert [path.name for path in tmp_path.iterdir()] == ["helm"]


def test_the_reason_is_helms_own_without_what_is_hidden(tmp_path: Path) -> None:
    script = "print('WARNING: x\\nError: got hush-hush,\\nwanted more', file=sys.stderr); sys.exit(1)"
    with pytest.raises(ServiceFailed) as failed:
        helm(tmp_path, script).run("upgrade it", ["upgrade"], seconds=20, hidden={"hush-hush"})
    assert str(failed.value) == "Could not upgrade it: got (hidden), wanted more."


@pytest.mark.parametrize(
    ("said", "code"),
    [("UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress", BUSY), ("context deadline", "")],
)
def test_somebody_else_at_work_is_told_apart(tmp_path: Path, said: str, code: str) -> None:
    with pytest.raises(ServiceFailed) as failed:
        helm(tmp_path, f"print('Error: {said}', file=sys.stderr); sys.exit(1)").run("x", ["upgrade"], seconds=20)
    assert failed.value.code == code


def test_a_helm_that_hangs_is_ended(tmp_path: Path) -> None:
    with pytest.raises(ServiceFailed, match="did not end within 1 seconds"):
        helm(tmp_path, "time.sleep(60)").run("x", ["upgrade"], seconds=1)


def test_no_helm(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="epinio_helm_binary"):
        HelmCli(str(tmp_path / "nothing"), Kubeconfig("/a"), str(tmp_path), ENVIRON).run("x", ["upgrade"], seconds=1)


@pytest.mark.parametrize(
    ("said", "major"), [("v3.21.4", 3), ("v4.2.4+g12", 4), ("v3.13.0", 3), ("warning: x\\nv4.0.0", 4)]
)
def test_major(tmp_path: Path, said: str, major: int) -> None:
    assert helm(tmp_path, f"print('{said}')", version="").major() == major


def test_other_drivers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for good in ("", "secret", "secrets"):
        monkeypatch.setenv("HELM_DRIVER", good)
        helm_cli.refuse_other_driver()
    monkeypatch.setenv("HELM_DRIVER", "configmap")
    with pytest.raises(Refused, match="HELM_DRIVER"):
        helm_cli.refuse_other_driver()
