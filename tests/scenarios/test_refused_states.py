"""What either way of wiring refuses because of what it finds in the cluster, all before anything is written."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from kubernetes import client

from sandbox.people import NAMESPACE
from sandbox.pods import RUN_SECONDS
from tests.scenarios import foreign
from tests.scenarios.helm_storage import SECRET, packed, read_revision
from tests.scenarios.modes import MODES
from tests.scenarios.world import World

pytestmark = pytest.mark.scenario

Undo = Callable[[], Any]
Variables = Mapping[str, Any]

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
    return foreign.associate(world, "epinio-server")


# By name: what is planted, and by row the variables with which that is met first, and words of the refusal.
STATES: Mapping[str, tuple[tuple[Callable[[World], Undo], ...], Mapping[str, tuple[Variables, tuple[str, ...]]]]] = {
    "association": (
        (pod_identity_association,),
        {"": ({}, ("epinio-server", "has an EKS Pod Identity association", "the annotation is ignored"))},
    ),
    "foreign-annotation": ((foreign_annotation,), {"": ({}, ("epinio-server", FOREIGN, "by somebody", ANNOTATION))}),
    "pushed-and-staging": (
        (app_with_sources, running_staging_job),
        {
            "sources": ({}, ("workspace/shop", "the bundled store", "epinio_bundled_store=abandon")),
            # So long are staging jobs waited for.
            "job": (
                {"bundled_store": "abandon", "helm_timeout": "3s"},
                ("After 3 seconds", "Job stage-shop", "in namespace epinio"),
            ),
        },
    ),
    "helm-at-work": (
        (young_pending_upgrade, helm_chart),
        {
            "young": ({}, ("revision 2 is pending-upgrade", "their-helm", "epinio_helm_timeout")),
            # A pending revision counts as young for so long.
            "HelmChart": (
                {"helm_timeout": "1s"},
                ("HelmChart kube-system/theirs", "helm.sh/resource-policy=keep"),
            ),
        },
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_states_are_refused(world: World, state: str) -> None:
    plants, rows = STATES[state]
    hosts = {
        f"{mode} {row}": {"playbook": mode, **variables} for mode in MODES for row, (variables, _words) in rows.items()
    }
    undos = [plant(world) for plant in plants]
    try:
        with world.wire() as wire:
            run = world.run_each(hosts)
    finally:
        for undo in undos:
            undo()
    assert run.code == 2, run.output
    failures = {host: run.failures.get(host, run.output) for host in hosts}
    unsaid = [
        (host, word)
        for host, failure in failures.items()
        for word in rows[host.partition(" ")[2]][1]
        if word not in failure
    ]
    assert unsaid == [], failures
    assert wire.writes == []
    assert "eks:DescribeCluster" in wire.actions
