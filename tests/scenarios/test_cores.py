"""The package as people install it, with the oldest and the newest ansible-core and what is of their time."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import resource
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from sandbox.playbook import Run, fresh, run_playbook
from tests.meta.sources import REPOSITORY
from tests.meta.test_versions import rows
from tests.scenarios.world import World
from tools import tree, workspace
from tools.cores import CORES, Core
from tools.steps import Command

pytestmark = pytest.mark.scenario

# The line in which a module's action tells that it takes Ansible's ordinary way.
NOT_IN_PROCESS = "a Python of its own"


@pytest.fixture(scope="module", params=CORES, ids=lambda core: core.name)
def core(request: pytest.FixtureRequest) -> Core:
    wanted: Core = request.param
    if wanted.python is None:
        pytest.skip(wanted.missing)
    return wanted


@pytest.fixture(scope="module")
def installed(core: Core, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has this ansible-core and has installed the package."""
    assert core.python
    folder = tmp_path_factory.mktemp(core.name)
    binaries = core.binaries(core.python)
    home = folder / "home"
    home.mkdir()
    collections = folder / "collections"
    siblings = core.collections()
    variables = workspace.variables_for(os.environ, binaries, home, siblings.parent)
    copy = tree.copied(folder / "tree", siblings)
    galaxy: Command = [binaries / "python", "-m", "ansible.cli.galaxy", "collection"]
    package: Command = [*galaxy, "build", "--output-path", folder / "dist"]
    subprocess.run(package, cwd=copy, env=variables, check=True, capture_output=True, timeout=120)
    (built,) = (folder / "dist").glob("*.tar.gz")
    # Offline it finds what it depends on, or refuses its version.
    install: Command = [*galaxy, "install", "--offline", built, "-p", collections]
    subprocess.run(install, cwd=folder, env=variables, check=True, capture_output=True, timeout=120)
    return {**variables, "ANSIBLE_COLLECTIONS_PATH": f"{collections}:{siblings.parent}"}


def test_readme_says_what_is_run(core: Core) -> None:
    row = rows((REPOSITORY / "README.md").read_text(encoding="utf-8"))[core.name]
    assert core.python
    assert row["Python"] == core.python.short
    for name in ("amazon.aws", "kubernetes.core"):
        manifest = core.collections() / name.replace(".", "/") / "MANIFEST.json"
        assert row[name] == json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"]


VAULTED = {
    "epinio_account_id": "123456789012",
    "epinio_chart_repo": "http://user:hunter2@charts.test",
    "epinio_secret_values": '{"a": "hunter2"}',
}
PLAY = """- hosts: localhost
  gather_facts: false
  vars:
    epinio_cluster_name: epinio
    epinio_bucket: sources
    epinio_node_role_names: [nodes]
    epinio_tags: {team: core}
  tasks:
    - epinio.aws.epinio_inputs_info:
        role: irsa
      register: found
    - ansible.builtin.assert:
        that:
          - found.variables.epinio_account_id == "123456789012"
          - "'epinio_chart_repo' not in found.variables"
          - "'epinio_secret_values' not in found.variables"
          - epinio_chart_repo | epinio.aws.as_declared("epinio_chart_repo") is match("http://user:")
          - epinio_secret_values | epinio.aws.as_declared("epinio_secret_values") | length == 1
"""
OMITTED = """- hosts: localhost
  gather_facts: false
  vars:
    epinio_cluster_name: epinio
    epinio_bucket: sources
  tasks:
    - ansible.builtin.include_role:
        name: epinio.aws.common
        tasks_from: inputs.yml
        public: true
        rolespec_validate: false
      vars:
        __epinio_role: irsa
        __epinio_entry: main
        epinio_chart_repo: "{{ nowhere | default(omit) }}"
        epinio_chart_ref: "{{ nowhere | default(omit) }}"
        epinio_secret_values: "{{ nowhere | default(omit) }}"
    - ansible.builtin.assert:
        that:
          - __epinio_chart_ref == "epinio"
          - __epinio_secret_values == {}
"""


def test_vaulted_variables_are_read_and_their_secrets_not_shown(installed: Mapping[str, str], tmp_path: Path) -> None:
    """By whatever callback, and with all that -v shows."""

    def run(program: str, *arguments: str) -> str:
        command = [program, *arguments, "--vault-password-file", "password"]
        environment = {**installed, "ANSIBLE_STDOUT_CALLBACK": "minimal"}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    (tmp_path / "password").write_text("opens it", encoding="utf-8")
    vaulted = [run("ansible-vault", "encrypt_string", value, "--name", name) for name, value in VAULTED.items()]
    (tmp_path / "vaulted.yml").write_text("\n".join(vaulted), encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAY, encoding="utf-8")
    assert "hunter2" not in run("ansible-playbook", "play.yml", "-e", "@vaulted.yml", "-vvv")


def test_what_is_omitted_has_its_default(installed: Mapping[str, str], tmp_path: Path) -> None:
    """Also where a variable is converted when it is used."""
    (tmp_path / "play.yml").write_text(OMITTED, encoding="utf-8")
    command = ["ansible-playbook", "play.yml"]
    ended = subprocess.run(command, cwd=tmp_path, env=installed, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.fixture(scope="module")
def play(world: World, core: Core, installed: Mapping[str, str]) -> Callable[..., Run]:
    """Runs a playbook of the installed package, and sees it end well and as quickly as it can."""
    assert core.python
    own = ("PATH", "HOME", "ANSIBLE_COLLECTIONS_PATH")
    environment = {**world.environment, **{name: installed[name] for name in own}}
    # Of the sandbox's programs only helm is wanted.
    environment["PATH"] = f"{installed['PATH']}:{world.cluster.programs}"

    def run(playbook: str, **variables: str) -> Run:
        given = {"epinio_cluster_name": "epinio", "epinio_bucket": world.bucket, **variables}
        ended = run_playbook(f"epinio.aws.{playbook}", environment, given, "-v", start=fresh)
        assert ended.code == 0, ended.output
        assert NOT_IN_PROCESS not in ended.output
        assert "DEPRECATION" not in ended.output
        assert "[WARNING]" not in ended.output
        return ended

    return run


@pytest.mark.parametrize("mode", ["irsa", "instance_profile"])
def test_there_and_back(play: Callable[..., Run], mode: str) -> None:
    wired = play(mode, epinio_create_bucket="true")
    assert "Access of the roles: proven" in wired.summary
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    again = play(mode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert "Changed: nothing" in again.summary
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{mode}, unchanged: {seconds:.1f} s of CPU time")
    back = play(f"teardown_{mode}")
    assert back.changed > 0
