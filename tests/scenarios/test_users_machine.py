"""The playbooks on a machine as people have it: everything at once that differs from where they were written.

The kubeconfig gets its token from a plugin, the API server has a name that only the company's proxy knows and a
certificate that nobody trusts, every variable is text as `-e` and surveys give it, HOME cannot be written, and no
variable of the environment names the region.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping

import pytest

from sandbox.playbook import REPOSITORY, Run, run_playbook
from tests.meta.sources import yaml_file
from tests.scenarios.limited import kubeconfig_of
from tests.scenarios.tunnels import Tunnels, tunnels
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario

HOST = "api.clusters.example.test"
EVERYTHING = [
    {"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]},
    {"nonResourceURLs": ["*"], "verbs": ["*"]},
]
# What each variable is given, as text. A blank means that it is not given, as in a survey.
TEXTS: Mapping[str, str] = {
    "epinio_cluster_name": " epinio\n",
    "epinio_region": "us-east-1 ",
    "epinio_create_bucket": "yes",
    "epinio_values": "{}",
    "epinio_secret_values": "",
    "epinio_helm_timeout": "5m",
    "epinio_tags": '{"team": "platform"}',
    "epinio_name_suffix": "",
    "epinio_manage_oidc_provider": "True",
    "epinio_accept_unsigned_server": "false",
    "epinio_staging_pull_secrets": "",
    "epinio_require_proof": "1",
    "epinio_cluster_gone": "no",
}


def texts(world: World, role: str, entry: str) -> dict[str, str]:
    """Every variable of an entry point: as above, else blank."""
    known = yaml_file(REPOSITORY / "roles" / role / "meta" / "argument_specs.yml")["argument_specs"][entry]["options"]
    given = {**TEXTS, "epinio_bucket": world.bucket, "epinio_account_id": world.account}
    return {name: given.get(name, "") for name in known}


@pytest.fixture(scope="module")
def proxy(world: World) -> Iterator[Tunnels]:
    with tunnels(world.cluster.settings.ports.apiserver) as running:
        yield running


@pytest.fixture(scope="module")
def machine(world: World, proxy: Tunnels, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of such a machine."""
    folder = tmp_path_factory.mktemp("machine")
    kubeconfig = kubeconfig_of(world, folder, "operator", {"": EVERYTHING})
    content = json.loads(kubeconfig.read_text(encoding="utf-8"))
    token = content["users"][0]["user"]["token"]
    credential = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1beta1"}
    answer = json.dumps({**credential, "status": {"token": token}})
    plugin = folder / "get-token"
    plugin.touch(mode=0o700)
    plugin.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(answer)}\n", encoding="utf-8")
    content["clusters"][0]["cluster"] = {"server": f"https://{HOST}"}
    content["users"][0]["user"] = {
        "exec": {"apiVersion": credential["apiVersion"], "command": str(plugin), "interactiveMode": "Never"}
    }
    kubeconfig.write_text(json.dumps(content), encoding="utf-8")
    kept = {
        name: value
        for name, value in world.environment.items()
        if "REGION" not in name and not name.upper().startswith(("NO_PROXY", "HELM_"))
    }
    return {
        **kept,
        "KUBECONFIG": str(kubeconfig),
        "K8S_AUTH_VERIFY_SSL": "false",
        "HTTPS_PROXY": proxy.url,
        # Not even root can write there.
        "HOME": "/proc/1",
        # Ansible itself wants a folder that it can write.
        "ANSIBLE_HOME": str(folder / "ansible"),
    }


def run(world: World, machine: Mapping[str, str], playbook: str, role: str, entry: str) -> Run:
    ended = run_playbook(playbook, machine, texts(world, role, entry), start=world.start)
    assert ended.code == 0, ended.output
    return ended


@pytest.mark.parametrize("mode", ["irsa", "instance_profile"])
def test_there_and_back(world: World, machine: Mapping[str, str], proxy: Tunnels, mode: str) -> None:
    proxy.asked.clear()
    wired = run(world, machine, mode, mode, "main")
    assert "Access of the roles: proven" in wired.summary
    assert "What Epinio reads: proven" in wired.summary
    assert wired.changed > 0
    assert set(proxy.asked) == {f"{HOST}:443"}
    again = run(world, machine, mode, mode, "main")
    assert again.changed == 0
    assert "Changed: nothing" in again.summary
    verified = run(world, machine, "verify", "verify", "main")
    assert "Access of the roles: proven" in verified.summary
    back = run(world, machine, f"teardown_{mode}", mode, "teardown")
    assert back.changed > 0
    assert run(world, machine, f"teardown_{mode}", mode, "teardown").changed == 0
