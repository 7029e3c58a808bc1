"""What Epinio was before a run, and what it has to be after one."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kubernetes import client

from sandbox import release
from sandbox.people import NAMESPACE, ROLES, USERS, People
from tests.scenarios.world import SERVER_ROLE, STAGING_ACCOUNT, World

_HELM_CHARTS = ("helm.cattle.io", "v1", "kube-system", "helmcharts")
_DEFINITIONS = ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io")


def live_a_life(people: People) -> dict[str, Any]:
    """The four things that an upgrade of Epinio's chart takes from people, and what they have then."""
    people.create_namespace("epinio", "team1")
    people.change_password("epinio")
    people.delete_user("admin")
    people.add_connector()
    return people.state()


def upgrade(world: World, version: str, values: Mapping[str, Any]) -> None:
    """A `helm upgrade` of somebody's own, to exactly these values."""
    chart = ("epinio", "--repo", world.cluster.settings.chart_repository, "--version", version, release.UNCHECKED)
    world.helm("upgrade", release.NAME, *chart, "--reset-values", "--values", "-", "--wait", values=values)


def use_charts_registry(world: World) -> None:
    """The chart's own registry, with which no two renderings are the same."""
    upgrade(world, release.DEFAULT_VERSION, {**release.USER_VALUES, "containerregistry": {"enabled": True}})


@contextmanager
def kept_secrets(world: World) -> Iterator[None]:
    """Somebody's upgrade in the block resets what people have in Epinio, and then they put it back."""
    core = world.core

    def read() -> dict[str, Any]:
        found = core.list_namespaced_secret(NAMESPACE, label_selector=USERS).items
        return {one.metadata.name: one for one in (*found, core.read_namespaced_secret("dex-config", NAMESPACE))}

    before = read()
    yield
    for name in read():
        if name not in before:
            core.delete_namespaced_secret(name, NAMESPACE)
            continue
        roles = (before[name].metadata.annotations or {}).get(ROLES)
        body = {"data": before[name].data, "metadata": {"annotations": {ROLES: roles} if roles else {}}}
        core.patch_namespaced_secret(name, NAMESPACE, body)


def use_helm_controller(world: World) -> None:
    """An object of helm-controller's, whose definition the first upgrade of this chart deletes."""
    chart = {"apiVersion": "helm.cattle.io/v1", "kind": "HelmChart", "metadata": {"name": "somebodys"}, "spec": {}}
    client.CustomObjectsApi(world.people.api).create_namespaced_custom_object(*_HELM_CHARTS, chart)


def keep_definitions(world: World) -> None:
    """The resource definitions of helm-controller kept, as the refusal without it says."""
    extensions = client.ApiextensionsV1Api(world.people.api)
    for name in _DEFINITIONS:
        body = {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}
        extensions.patch_custom_resource_definition(name, body)


def helm_charts(world: World) -> list[str]:
    """The names of helm-controller's objects."""
    objects = client.CustomObjectsApi(world.people.api).list_namespaced_custom_object(*_HELM_CHARTS)
    return [one["metadata"]["name"] for one in objects["items"]]


def owned_values(values: Mapping[str, Any], store: str) -> dict[str, Any]:
    """Of a release's user-supplied values what belongs to the wiring; `store` is the bundled one of the chart."""
    return {
        "s3": values["s3"],
        store: values[store],
        "s3gw": values["s3gw"],
        "staging": values["server"]["stagingWorkloads"]["serviceAccountName"],
        "annotations": values["serviceAccount"]["annotations"],
    }


def wired_values(world: World, store: str) -> dict[str, Any]:
    """What `owned_values` has to find once the release is wired."""
    return {
        "s3": {
            "endpoint": "s3.us-east-1.amazonaws.com",
            "bucket": world.bucket,
            "region": "us-east-1",
            "accessKeyID": "",
            "secretAccessKey": "",
            "useSSL": True,
            "certificateSecret": "",
        },
        store: {"enabled": False},
        "s3gw": {"enabled": False},
        "staging": STAGING_ACCOUNT,
        "annotations": {"eks.amazonaws.com/role-arn": world.arn("role", SERVER_ROLE)},
    }
