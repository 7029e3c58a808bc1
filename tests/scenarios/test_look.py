"""What Epinio reads, planted wrong: the verify playbook names it, the main playbook repairs what is its own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios.builders import add_builder, remove_builder
from tests.scenarios.epinio_states import upgrade
from tests.scenarios.world import SERVER_ROLE, STAGING_ACCOUNT, World, environment_of

pytestmark = pytest.mark.scenario

ANNOTATION = "eks.amazonaws.com/role-arn"
DETAILS = "epinio-s3-connection-details"
ENDPOINT = "s3.us-east-1.amazonaws.com"
FORMER_KEYS = {"accessKeyID": "AKIAFORMERLYTHEIRS01", "secretAccessKey": "formerly/their+secret/key"}
PLANTED_KEYS = "[default]\naws_access_key_id=AKIAPLANTEDPLANTED01\naws_secret_access_key=planted/secret+key\n"
# How long a Deployment takes to replace a pod here, in seconds, on a busy machine.
SECONDS = 30.0


@pytest.fixture(scope="module")
def wired(world: World) -> World:
    """A wired release that once had keys of an S3, and another bucket, in its values."""
    former = {**world.values(), "s3": {"bucket": "formerly", **FORMER_KEYS}}
    upgrade(world, "1.13.9", former)
    world.wire_up()
    return world


@pytest.fixture(scope="module")
def misread(wired: World) -> Run:
    """The verify playbook where nearly everything that Epinio reads is wrong."""
    body = {"stringData": {"endpoint": f"https://{ENDPOINT}", "credentials": PLANTED_KEYS}}
    wired.core.patch_namespaced_secret(DETAILS, NAMESPACE, body)
    wired.core.patch_namespaced_config_map("epinio-stage-scripts", NAMESPACE, {"data": staging_values("epinio-server")})
    add_builder(wired)
    replace_pod_without_role(wired)
    run = wired.run("verify")
    remove_builder(wired)
    return run


def test_verify_names_all_of_it(wired: World, misread: Run) -> None:
    (pod,) = wired.server_pods()
    assert misread.code == 2
    assert misread.changed == 0
    for words in (
        f"The field endpoint of Secret {DETAILS} says https://{ENDPOINT}, which has a scheme",
        f"The Secret {DETAILS} holds stored keys",
        "The ConfigMap epinio-stage-scripts makes staging jobs run as service account epinio-server",
        "The ConfigMap their-builder makes staging jobs run as service account default (it names none)",
        f"The pod {pod.metadata.name} does not have the role {wired.arn('role', SERVER_ROLE)}",
    ):
        assert words in misread.failure
    assert "epinio-stage-scripts-jammy" not in misread.failure


def test_verify_prints_the_former_values(misread: Run) -> None:
    (line,) = (line for line in misread.failure.splitlines() if "Before the release was wired" in line)
    assert "s3.bucket='formerly'" in line
    assert "minio.enabled=(not set)" in line
    assert "s3.secretAccessKey=(in Secret epinio-aws-wiring)" in line


def test_verify_shows_no_key(misread: Run) -> None:
    planted = [line.partition("=")[2] for line in PLANTED_KEYS.splitlines() if "=" in line]
    for secret in (*FORMER_KEYS.values(), *planted):
        assert secret not in misread.output
        assert base64.b64encode(secret.encode()).decode() not in misread.output


def test_verify_names_a_store_that_is_still_on(wired: World, misread: Run) -> None:
    body = {"stringData": {"endpoint": "minio.epinio.svc.cluster.local:9000", "useSSL": "false"}}
    wired.core.patch_namespaced_secret(DETAILS, NAMESPACE, body)
    run = wired.run("verify")
    assert run.code == 2
    assert "says minio.epinio.svc.cluster.local:9000, which is another store, as the bundled one" in run.failure
    assert f"The field useSSL of Secret {DETAILS} says false" in run.failure


def test_the_main_playbook_repairs_what_is_its_own(wired: World, misread: Run) -> None:
    """The Secret by an upgrade, which mends the chart's ConfigMap on the way, and the pod by a restart."""
    before = wired.status()["version"]
    run = wired.wire_up()
    changed = [change["summary"] for task in run.tasks if "made" in task.name for change in task.changes]
    assert "upgrade release epinio to chart 1.13.9" in changed
    assert any("restart" in summary for summary in changed)
    assert wired.status()["version"] == before + 1
    data = wired.core.read_namespaced_secret(DETAILS, NAMESPACE).data
    read = {key: base64.b64decode(value).decode() for key, value in data.items()}
    assert (read["endpoint"], read["useSSL"]) == (ENDPOINT, "true")
    assert "AKIA" not in read["credentials"]
    scripts = wired.core.read_namespaced_config_map("epinio-stage-scripts", NAMESPACE).data
    assert json.loads(scripts["staging-values.json"])["serviceAccountName"] == STAGING_ACCOUNT
    (pod,) = wired.server_pods()
    assert environment_of(pod)["AWS_ROLE_ARN"] == wired.arn("role", SERVER_ROLE)


def test_an_unchanged_run_fails_over_what_belongs_to_users(wired: World, misread: Run) -> None:
    add_builder(wired)
    revision = wired.status()["version"]
    with wired.wire() as wire:
        run = wired.run("irsa")
    assert run.code == 2
    assert "The ConfigMap their-builder makes staging jobs run as service account default" in run.failure
    assert "Before the release was wired, the keys of the wiring were: " in run.failure
    assert (run.changed, wire.kubernetes_writes) == (0, [])
    assert wired.status()["version"] == revision


def staging_values(account: str) -> dict[str, str]:
    return {"staging-values.json": json.dumps({"serviceAccountName": account})}


def replace_pod_without_role(world: World) -> None:
    """The server's pod anew, made while its account had no role; the account has it again afterwards."""

    def annotate(role: str | None) -> None:
        body: dict[str, Any] = {"metadata": {"annotations": {ANNOTATION: role}}}
        world.core.patch_namespaced_service_account("epinio-server", NAMESPACE, body, field_manager="somebody")

    (old,) = world.server_pods()
    annotate(None)
    # The webhook reads accounts from a cache one second old.
    time.sleep(2)
    world.core.delete_namespaced_pod(old.metadata.name, NAMESPACE)
    end = time.monotonic() + SECONDS
    while not any(is_ready(pod) and pod.metadata.uid != old.metadata.uid for pod in world.server_pods()):
        assert time.monotonic() < end
        time.sleep(0.5)
    annotate(world.arn("role", SERVER_ROLE))


def is_ready(pod: Any) -> bool:
    return any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or [])
