"""What the main playbook refuses because of what it finds in the cluster, all before anything is written."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes import client

from sandbox import stand_in
from sandbox.people import NAMESPACE
from sandbox.pods import RUN_SECONDS
from tests.scenarios.helm_storage import SECRET, packed, read_revision
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario

Undo = Callable[[], Any]

ANNOTATION = "eks.amazonaws.com/role-arn"
FOREIGN = "arn:aws:iam::123456789012:role/somebodys"


def app_with_sources(world: World) -> Undo:
    world.people.push("shop")
    custom = client.CustomObjectsApi(world.people.api)
    where = ("application.epinio.io", "v1", "workspace", "apps")
    return lambda: custom.delete_namespaced_custom_object(*where, "shop")


def running_staging_job(world: World) -> Undo:
    batch = client.BatchV1Api(world.people.api)
    container = {"name": "stage", "image": "registry.example.test/builder:1"}
    pod = {
        "metadata": {"annotations": {RUN_SECONDS: "600"}},
        "spec": {"containers": [container], "restartPolicy": "Never"},
    }
    labels = {"app.kubernetes.io/component": "staging"}
    body = {"metadata": {"name": "stage-shop", "labels": labels}, "spec": {"template": pod}}
    batch.create_namespaced_job(NAMESPACE, body)
    return lambda: batch.delete_namespaced_job("stage-shop", NAMESPACE, propagation_policy="Background")


def foreign_annotation(world: World) -> Undo:
    def annotate(value: str | None) -> None:
        body = {"metadata": {"annotations": {ANNOTATION: value}}}
        world.core.patch_namespaced_service_account("epinio-server", NAMESPACE, body, field_manager="somebody")

    annotate(FOREIGN)
    return lambda: annotate(None)


def young_pending_upgrade(world: World) -> Undo:
    """What Helm's storage holds while somebody else's helm is at work."""
    stored, content = read_revision(world, 1)
    content["version"] = 2
    content["info"] |= {"status": "pending-upgrade", "last_deployed": datetime.now(UTC).isoformat()}
    labels = {**stored.metadata.labels, "status": "pending-upgrade", "version": "2"}
    body = {"metadata": {"name": SECRET.format(2), "labels": labels}, "type": stored.type}
    world.core.create_namespaced_secret(NAMESPACE, {**body, "data": packed(content)}, field_manager="their-helm")
    return lambda: world.core.delete_namespaced_secret(SECRET.format(2), NAMESPACE)


def helm_chart(world: World) -> Undo:
    """An object of Rancher's helm-controller, whose definition the first upgrade of this chart deletes."""
    custom = client.CustomObjectsApi(world.people.api)
    where = ("helm.cattle.io", "v1", "kube-system", "helmcharts")
    body = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "theirs"}, "spec": {}}
    custom.create_namespaced_custom_object(*where, body)
    return lambda: custom.delete_namespaced_custom_object(*where, "theirs")


def pod_identity_association(world: World) -> Undo:
    place = {"account": world.account, "region": "us-east-1", "cluster": "epinio", "namespace": NAMESPACE}
    association = {**place, "service_account": "epinio-server", "role_arn": world.arn("role", "somebodys")}
    world.stand_in.control("pod-identity-associations", association)

    def undo() -> None:
        # The stand-in forgets associations with their cluster only.
        world.stand_in.control(f"clusters/{world.account}/us-east-1/epinio", {}, "DELETE")
        stand_in.register_cluster(world.cluster.folder, world.cluster.settings)

    return undo


@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (
            pod_identity_association,
            ("epinio-server", "has an EKS Pod Identity association", "the annotation is ignored"),
        ),
        (app_with_sources, ("workspace/shop", "the bundled store", "epinio_bundled_store=abandon")),
        (running_staging_job, ("After 3 seconds", "Job stage-shop", "in namespace epinio")),
        (foreign_annotation, ("epinio-server", FOREIGN, "by somebody", ANNOTATION)),
        (young_pending_upgrade, ("revision 2 is pending-upgrade", "their-helm", "epinio_helm_timeout")),
        (helm_chart, ("HelmChart kube-system/theirs", "helm.sh/resource-policy=keep")),
    ],
)
def test_states_are_refused(world: World, plant: Callable[[World], Undo], words: tuple[str, ...]) -> None:
    # So long are staging jobs waited for; a pending revision counts as young for as long.
    timeout = "3s" if plant is running_staging_job else "10m"
    undo = plant(world)
    try:
        with world.wire() as wire:
            run = world.run("irsa", helm_timeout=timeout)
    finally:
        undo()
    assert run.code == 2, run.output
    assert [word for word in words if word not in run.failure] == [], run.failure
    assert wire.writes == []
    assert "eks:DescribeCluster" in wire.actions
