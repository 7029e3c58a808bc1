"""Plays of a site's own: their `module_defaults` win, and a role takes its variables as people give them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

from sandbox.playbook import Run, run_playbook
from tests.scenarios.limited import policy
from tests.scenarios.world import SERVER_ROLE, World

pytestmark = pytest.mark.scenario

# What a survey sends: of every variable a text, blank where the question was not answered.
TEXTS = {
    "epinio_cluster_name": "epinio\n",
    "epinio_region": " us-east-1 ",
    "epinio_create_bucket": "yes",
    "epinio_domain": "",
    "epinio_namespace": "epinio",
    "epinio_release": " epinio",
    "epinio_chart_ref": "epinio",
    "epinio_chart_repo": "",
    "epinio_chart_version": "",
    "epinio_values": '{"text": {"a": 1}}',
    "epinio_secret_values": '{"hidden": {"b": "planted"}}',
    "epinio_helm_binary": "helm",
    "epinio_helm_timeout": "10m\n",
    "epinio_bundled_store": "abandon",
    "epinio_policy_profile": "least_privilege",
    "epinio_node_scope": "",
    "epinio_node_role_names": "",
    "epinio_ignore_metadata_preflight": "False",
    "epinio_name_suffix": "-text",
    "epinio_policy_name": "EpinioText",
    "epinio_staging_policy_name": "",
    "epinio_server_role_name": "epinio-text",
    "epinio_staging_role_name": "",
    "epinio_iam_path": "/text/",
    "epinio_permissions_boundary": "",
    "epinio_tags": '{"team": "a", "cost": 1}',
    "epinio_server_service_account": "",
    "epinio_staging_service_account": "staging-text",
    "epinio_staging_pull_secrets": "one, two\nthree",
    "epinio_manage_oidc_provider": "True",
    "epinio_context": "",
    "epinio_accept_unsigned_server": "no",
    "epinio_verify": "controller",
    "epinio_require_proof": "false",
    "epinio_verify_other_bucket": "",
    "epinio_teardown_release": "restore",
    "epinio_uninstall": "",
    "epinio_cluster_gone": "0",
}
PYTHON = {"ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def play(world: World, folder: Path, environment: dict[str, str], **settings: Any) -> Run:
    path = folder / "site.yml"
    base = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    path.write_text(yaml.safe_dump([{**base, "vars": PYTHON, **settings}]), encoding="utf-8")
    return run_playbook(str(path), environment, {}, start=world.start)


def task(name: str, **variables: Any) -> dict[str, Any]:
    return {"name": "Call the role", "ansible.builtin.include_role": {"name": f"epinio.aws.{name}"}, "vars": variables}


def test_module_defaults_of_a_play_win(world: World, tmp_path: Path) -> None:
    """The environment has another account's credentials and another region, and a kubeconfig that is none."""
    keys = {
        "access_key": world.environment["AWS_ACCESS_KEY_ID"],
        "secret_key": world.environment["AWS_SECRET_ACCESS_KEY"],
        "region": "us-east-1",
    }
    wrong = {"AWS_ACCESS_KEY_ID": "AKIAOTHER", "AWS_SECRET_ACCESS_KEY": "other", "KUBECONFIG": str(tmp_path / "none")}
    given = {"cluster_name": "epinio", "bucket": world.bucket, "region": "eu-west-1", "kubeconfig": "~/none"}
    run = play(
        world,
        tmp_path,
        {**world.environment, **wrong},
        module_defaults={
            "group/epinio.aws.aws": keys,
            "group/epinio.aws.kubernetes": {"kubeconfig": str(world.cluster.kubeconfig)},
        },
        tasks=[
            task(
                "irsa",
                **{f"epinio_{name}": value for name, value in given.items()},
                epinio_create_bucket="yes",
                epinio_verify="controller",
            )
        ],
    )
    assert run.code == 0, run.output
    assert world.iam.get_role(RoleName=SERVER_ROLE)["Role"]["Arn"] == world.arn("role", SERVER_ROLE)
    assert any(str(world.cluster.kubeconfig) in line for line in run.summary)


def test_variables_lead_to_the_cluster(world: World, tmp_path: Path) -> None:
    """What the environment says otherwise does not count, nor does what a loop around the role has in it."""
    world.wire_up()
    home = tmp_path / "home"
    home.mkdir()
    (home / "config").write_text(world.cluster.kubeconfig.read_text(encoding="utf-8"), encoding="utf-8")
    (context,) = json.loads(world.cluster.kubeconfig.read_text(encoding="utf-8"))["contexts"]
    others = {"AWS_REGION": "eu-west-1", "KUBECONFIG": str(tmp_path / "none"), "K8S_AUTH_CONTEXT": "none"}
    call = task(
        "verify",
        epinio_cluster_name="{{ item }}",
        epinio_bucket=world.bucket,
        epinio_region=" us-east-1\n",
        epinio_kubeconfig="$EPINIO_TEST_HOME/config",
        epinio_context=context["name"],
        epinio_require_proof="no",
        epinio_verify="controller",
        # The hosts of our playbooks; a play of somebody's own has its own.
        epinio_hosts="others",
    )
    environment = {**world.environment, **others, "EPINIO_TEST_HOME": str(home)}
    run = play(world, tmp_path, environment, tasks=[{**call, "loop": ["epinio"]}])
    assert run.code == 0, run.output
    assert "The loop variable 'item' is already in use" not in run.output
    assert any(str(home) in line for line in run.summary)
    assert "Access of the roles: proven" in run.summary


def bounds(world: World) -> str:
    """A policy that may bound roles, and bounds nothing."""
    document = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    arn: str = world.iam.create_policy(PolicyName="bounds", PolicyDocument=document)["Policy"]["Arn"]
    world.iam.get_waiter("policy_exists").wait(PolicyArn=arn)
    return arn


@pytest.mark.parametrize("mode", ["irsa", "instance_profile"])
def test_every_variable_may_be_text(world: World, mode: str) -> None:
    """As `-e name=value` and surveys give them, at wiring and at teardown."""
    world.take_back()
    texts = TEXTS | {
        "epinio_bucket": world.bucket,
        "epinio_account_id": world.account,
        "epinio_kubeconfig": str(world.cluster.kubeconfig),
    }
    assert set(texts) == set(role_specs.options())
    if mode == "instance_profile":
        texts |= {"epinio_verify": " none\n"}
    else:
        texts |= {"epinio_permissions_boundary": f" {bounds(world)}"}
    for playbook in (mode, f"teardown_{mode}"):
        run = run_playbook(playbook, world.environment, texts, "-vvv", start=world.start)
        assert run.code == 0, run.output
        assert "planted" not in run.output
        again = run_playbook(playbook, world.environment, texts, start=world.start)
        assert (again.code, again.changed) == (0, 0), again.output
