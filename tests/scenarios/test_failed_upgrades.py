"""Upgrades that fail or die: refused beforehand where that can be known, else repaired by the next run."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shlex
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox.playbook import Run
from tests.scenarios.epinio_states import live_a_life, owned_values, wired_values
from tests.scenarios.world import SERVER_ROLE, World, environment_of

pytestmark = pytest.mark.scenario

BROKEN = {"image": {"epinio": {"tag": "never-ready"}}}
# With the chart's own strategy, one pod that may be away, helm 3 does not wait for the server.
STUCK = {**BROKEN, "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}}
WORKING = {"image": {"epinio": {"tag": "v1.13.9"}}}
HELM_CHARTS = ("helm.cattle.io", "v1", "kube-system", "helmcharts")
DEFINITIONS = ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io")
# Seconds. Enough for an upgrade here, and soon over.
PATIENCE = 40
# Seconds until a run has come to its upgrade.
REACHED = 240


@pytest.fixture(scope="module")
def people(world: World) -> dict[str, Any]:
    """What people have in Epinio, an object of helm-controller's among it."""
    chart = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "somebodys"}, "spec": {}}
    client.CustomObjectsApi(world.people.api).create_namespaced_custom_object(*HELM_CHARTS, chart)
    return live_a_life(world.people)


@pytest.fixture(scope="module")
def kept(world: World, people: dict[str, Any]) -> None:
    """The resource definitions of helm-controller kept, as the refusal without it says."""
    extensions = client.ApiextensionsV1Api(world.people.api)
    for name in DEFINITIONS:
        body = {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}
        extensions.patch_custom_resource_definition(name, body)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "HelmChart kube-system/somebodys"),
        ({"values": {"server": {"traceLevel": "loud"}}}, "/server/traceLevel"),
        ({"chart_repo": "http://127.0.0.1:9"}, "127.0.0.1:9"),
    ],
    ids=["HelmChart", "schema", "repository"],
)
def test_what_can_be_known_is_refused_before_any_write(
    world: World, people: dict[str, Any], variables: dict[str, Any], said: str
) -> None:
    with world.wire() as wire:
        run = world.run("irsa", **variables)
    assert run.code == 2
    assert said in run.failure
    assert wire.writes == []


def test_an_image_that_never_gets_ready(world: World, people: dict[str, Any], kept: None) -> None:
    failed = world.run("irsa", values=BROKEN, helm_timeout="5s")
    assert failed.code == 2
    # The tag is one of the user's values, which are masked.
    assert 'ImagePullBackOff: Back-off pulling image "ghcr.io/epinio/epinio-server:' in failed.failure
    assert world.people.state() == people
    assert_repaired(world, people, world.wire_up(values=WORKING))


def test_a_helm_that_is_killed(world: World, people: dict[str, Any], kept: None, tmp_path: Path) -> None:
    run = killed_run(world, tmp_path, module_too=False)
    assert run.code == 2
    assert f"upgrade release epinio to chart {chart_version(world)}" in run.failure
    assert world.people.state() == people
    assert_young_revision_is_respected(world)
    assert_repaired(world, people, repairing_run(world))


def test_a_module_that_is_killed_with_its_helm(
    world: World, people: dict[str, Any], kept: None, tmp_path: Path
) -> None:
    # Ansible itself gives up when the worker is gone in which the module ran.
    assert killed_run(world, tmp_path, module_too=True).code == 1
    assert_repaired(world, people, repairing_run(world))


def killed_run(world: World, folder: Path, *, module_too: bool) -> Run:
    """A run whose helm is killed while it waits for pods that never get ready, with the module that started it."""
    variables = {"values": STUCK, "helm_timeout": f"{PATIENCE}s", "helm_binary": telling_helm(world, folder)}
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.run, "irsa", **variables)
        end = time.monotonic() + REACHED
        while world.status()["info"]["status"] != "pending-upgrade":
            assert not running.done(), running.result().output
            assert time.monotonic() < end
            time.sleep(0.2)
        # By then the users are reset.
        time.sleep(1)
        module, helm = (int(word) for word in (folder / "upgrade").read_text().split())
        for process in [module, helm] if module_too else [helm]:
            os.kill(process, signal.SIGKILL)
        return running.result(timeout=REACHED)


def telling_helm(world: World, folder: Path) -> str:
    """A helm that notes the process that runs it and its own."""
    helm = shutil.which("helm", path=world.environment["PATH"])
    script = folder / "helm"
    noted = shlex.quote(f"{folder}/upgrade")
    script.write_text(f'#!/bin/sh\necho "$PPID $$" > {noted}\nexec {helm} "$@"\n')
    script.chmod(0o700)
    return str(script)


def repairing_run(world: World) -> Run:
    """The next run after the pending revision has become old."""
    begun = datetime.fromisoformat(world.status()["info"]["last_deployed"])
    time.sleep(max(0.0, PATIENCE - (datetime.now(UTC) - begun).total_seconds()))
    return world.wire_up(values=WORKING, helm_timeout=f"{PATIENCE}s")


def assert_young_revision_is_respected(world: World) -> None:
    with world.wire() as wire:
        run = world.run("irsa", values=WORKING)
    assert run.code == 2
    assert f"revision {world.status()['version']} is pending-upgrade since" in run.failure
    assert wire.writes == []


def assert_repaired(world: World, people: dict[str, Any], run: Run) -> None:
    """The release is deployed and wired, people have what they had, and nothing of helm-controller's is gone."""
    assert world.status()["info"]["status"] == "deployed"
    assert owned_values(world.values(), "minio") == wired_values(world, "minio")
    assert "What Epinio reads: proven" in run.summary
    (pod,) = world.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == world.arn("role", SERVER_ROLE)
    assert pod.spec.containers[0].image.endswith(WORKING["image"]["epinio"]["tag"])
    assert world.people.state() == people
    objects = client.CustomObjectsApi(world.people.api).list_namespaced_custom_object(*HELM_CHARTS)
    assert [one["metadata"]["name"] for one in objects["items"]] == ["somebodys"]


def chart_version(world: World) -> str:
    listed = world.helm("list", "--all", "--output", "json")
    return str(listed[0]["chart"]).removeprefix("epinio-")
