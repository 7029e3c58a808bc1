"""The examples of the documentation, run in the order in which they build on each other."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox.playbook import run_playbook
from tests.scenarios.world import SERVER_ROLE, World, environment_of
from tools.cache import REPOSITORY

pytestmark = pytest.mark.scenario

PLUGINS = "ansible_collections.epinio.aws.plugins"
ORDER = (
    "modules.epinio_inputs_info",
    "modules.epinio_cluster_info",
    "modules.epinio_oidc_provider",
    "modules.epinio_bucket",
    "modules.epinio_wiring_record",
    "modules.epinio_iam_policy",
    "modules.epinio_irsa_role",
    "modules.epinio_sa_annotation",
    "modules.epinio_release_info",
    "modules.epinio_release",
    "modules.epinio_rollout",
    "modules.epinio_node_roles_info",
    "modules.epinio_access_check",
    "filter.as_declared",
    "filter.summary",
    "filter.teardown_summary",
)
# Takes away what the others need.
LAST = ("modules.epinio_uninstall",)
NODES_ROLE = "epinio-nodes"
EXAMPLE_ACCOUNT = "123456789012"
EXAMPLE_ISSUER = "https://oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"


def examples(world: World, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The tasks of these examples, with this world's account, issuer and bucket in the place of the examples'.

    What is removed goes after all that is made, in the opposite order.
    """
    tasks: list[dict[str, Any]] = []
    for name in names:
        text = import_module(f"{PLUGINS}.{name}").EXAMPLES
        text = text.replace(EXAMPLE_ISSUER, world.cluster.settings.issuer).replace(EXAMPLE_ACCOUNT, world.account)
        tasks.extend(yaml.safe_load(text.replace("epinio-sources", world.bucket)))
    removals = [task for task in tasks if removes(task)]
    return [task for task in tasks if not removes(task)] + removals[::-1]


def removes(task: dict[str, Any]) -> bool:
    return any(isinstance(options, dict) and options.get("state") == "absent" for options in task.values())


def test_every_plugin_has_its_examples_here() -> None:
    found = {path.stem for folder in ("modules", "filter") for path in (REPOSITORY / "plugins" / folder).glob("*.py")}
    assert {name.split(".")[1] for name in ORDER + LAST} == found


def run_examples(world: World, names: tuple[str, ...], folder: Path) -> None:
    tasks = examples(world, names)
    play = folder / "examples.yml"
    play.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]), encoding="utf-8")
    run = run_playbook(str(play), world.environment, {})
    assert run.code == 0, run.output
    assert len(run.tasks) == len(tasks)


def make_nodes_role(world: World) -> None:
    """The role of nodes that the examples name, unless it is there."""
    if NODES_ROLE not in {role["RoleName"] for role in world.iam.list_roles()["Roles"]}:
        statement = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        world.iam.create_role(RoleName=NODES_ROLE, AssumeRolePolicyDocument=trust)
        world.iam.get_waiter("role_exists").wait(RoleName=NODES_ROLE)


def test_the_examples_work(world: World, tmp_path: Path) -> None:
    make_nodes_role(world)
    run_examples(world, ORDER, tmp_path)
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)
    run_examples(world, LAST, tmp_path)
    assert "epinio" not in {one.metadata.name for one in world.core.list_namespace().items}
