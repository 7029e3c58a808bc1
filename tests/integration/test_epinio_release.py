"""The module `epinio_release` with real helm 3 and 4 on the sandbox's charts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config

from sandbox import chart_repository
from sandbox.cluster import Cluster
from sandbox.settings import Timing
from tests.integration.helm_site import NAMESPACE, RELEASE, Site
from tests.integration.release_site import PASSWORD, ROLE, SOON, USERS_VALUES, ReleaseSite

pytestmark = pytest.mark.live
OTHER_ROLE = ROLE.replace("server", "other")
BROKEN = {"image": {"epinio": {"tag": "never-ready"}}}
WORKING = {"image": {"epinio": {"tag": "v1.13.9"}}}
# Seconds: a timeout of helm's that is enough here, and soon over.
PATIENCE = 20
HELM_CHART = {
    "apiVersion": "helm.cattle.io/v1",
    "kind": "HelmChart",
    "metadata": {"name": "somebodys", "namespace": "kube-system"},
    "spec": {},
}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    quick = Timing(ready=0.1, terminate=0.1, run=0.1)
    with (
        chart_repository.serving() as charts,
        Cluster.new(tmp_path_factory.mktemp("cluster"), charts_url=charts, timing=quick) as started,
    ):
        yield started


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def epinio(request: pytest.FixtureRequest, cluster: Cluster, tmp_path: Path) -> Iterator[ReleaseSite]:
    """Epinio as it was installed, with values of its users'."""
    values = tmp_path / "values.json"
    values.write_text(json.dumps(USERS_VALUES), encoding="utf-8")
    api_client = config.new_client_from_config(str(cluster.kubeconfig))
    site = Site(api_client, cluster.kubeconfig, request.param, cluster.settings.chart_repository, tmp_path)
    installed = site.upgrade("--create-namespace", "--values", str(values))
    assert installed.returncode == 0, installed.stderr
    yield ReleaseSite(cluster, site)
    site.run("uninstall", RELEASE, "--wait").check_returncode()
    for secret in site.core.list_namespaced_secret(NAMESPACE, label_selector="epinio.aws/managed-by").items:
        site.core.delete_namespaced_secret(secret.metadata.name, NAMESPACE)


def operations(result: dict[str, Any]) -> list[str]:
    return [change["operation"] for change in result["changes"]]


def test_the_switch_and_no_second_one(epinio: ReleaseSite) -> None:
    epinio.people.push("app")
    assert "workspace/app" in epinio.refused()
    epinio.people.change_password("admin")
    epinio.people.add_connector()
    state = epinio.people.state()

    done = epinio.applied({"bundled_store": "abandon"})
    assert operations(done) == ["upkeep.save_record", "helm.upgrade", "upkeep.put_back"]
    found = epinio.revision()
    assert (found["version"], found["info"]["status"]) == (done["release"]["revision"], "deployed")
    assert found["config"]["server"]["timeoutMultiplier"] == 2
    assert found["config"]["api"]["adminPassword"] == PASSWORD
    assert found["config"]["minio"] == {"enabled": False}
    assert found["chart"]["metadata"]["version"] == "1.13.9"
    details = epinio.site.secret("epinio-s3-connection-details")
    assert (details["bucket"], details["endpoint"]) == ("epinio-sources", "s3.us-east-1.amazonaws.com")
    account = epinio.site.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations["eks.amazonaws.com/role-arn"] == ROLE
    assert epinio.people.state() == state

    before = epinio.writes()
    again = epinio.run({"helm_binary": "/no/helm"})
    assert (again["changed"], again["changes"]) == (False, [])
    assert epinio.writes() == before
    info = epinio.run(name="epinio_release_info")["release"]
    assert (info["bundled_store"], info["server_role_arn"], info["server_version"]) == (False, ROLE, "1.13.9")


def test_each_drift_is_mended_by_an_upgrade_of_its_own(epinio: ReleaseSite) -> None:
    epinio.applied()
    core = epinio.site.core
    core.patch_namespaced_service_account(
        "epinio-server", NAMESPACE, {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}}
    )
    assert "annotated with no role" in str(epinio.applied()["changes"])
    core.patch_namespaced_secret("epinio-s3-connection-details", NAMESPACE, {"stringData": {"bucket": "other"}})
    assert "does not hold what the values say" in str(epinio.applied()["changes"])
    epinio.applied(
        {"values": {"server": {"traceLevel": 1}}, "secret_values": {"api": {"epinioPassword": "hush-hush-hush"}}}
    )
    assert epinio.revision()["config"]["server"]["traceLevel"] == 1
    assert epinio.run({"values": {"server": {"traceLevel": 1}}})["changed"] is False


def in_state(epinio: ReleaseSite, prepare: Callable[[ReleaseSite], Callable[[], Any]], args: dict[str, Any]) -> str:
    """The message of a refusal while something is as `prepare` makes it, and undone afterwards."""
    undo = prepare(epinio)
    try:
        return epinio.refused(args)
    finally:
        undo()


def running_job(epinio: ReleaseSite) -> Callable[[], Any]:
    batch = client.BatchV1Api(epinio.site.api_client)
    container = {"name": "stage", "image": "busybox:never-ready"}
    pod = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    labels = {"app.kubernetes.io/component": "staging"}
    body = {"metadata": {"name": "stage-app", "labels": labels}, "spec": {"template": pod}}
    batch.create_namespaced_job(NAMESPACE, body)
    return lambda: batch.delete_namespaced_job("stage-app", NAMESPACE, propagation_policy="Background")


def foreign_annotation(epinio: ReleaseSite) -> Callable[[], Any]:
    annotations = {"eks.amazonaws.com/role-arn": OTHER_ROLE}
    body: dict[str, Any] = {"metadata": {"annotations": annotations}}
    patch = epinio.site.core.patch_namespaced_service_account
    patch("epinio-server", NAMESPACE, body, field_manager="somebody")
    annotations["eks.amazonaws.com/role-arn"] = None  # type: ignore[assignment]
    return lambda: patch("epinio-server", NAMESPACE, body)


def helm_chart(epinio: ReleaseSite) -> Callable[[], Any]:
    custom = client.CustomObjectsApi(epinio.site.api_client)
    where = ("helm.cattle.io", "v1", "kube-system", "helmcharts")
    custom.create_namespaced_custom_object(*where, HELM_CHART)
    return lambda: custom.delete_namespaced_custom_object(*where, "somebodys")


def young_pending(epinio: ReleaseSite) -> Callable[[], Any]:
    kill_helm(epinio)
    return lambda: epinio.run({"helm_timeout": "1s"})


def kill_helm(epinio: ReleaseSite) -> None:
    """A helm that dies while it waits, so that its revision stays pending."""
    with epinio.site.start(*epinio.site.upgrading("--set", "image.epinio.tag=never-ready", *epinio.site.force)) as helm:
        end = time.monotonic() + 30
        while epinio.revision()["info"]["status"] != "pending-upgrade":
            assert time.monotonic() < end
            time.sleep(0.1)
        helm.send_signal(signal.SIGKILL)


def nothing(_epinio: ReleaseSite) -> Callable[[], Any]:
    return lambda: None


@pytest.mark.parametrize("epinio", [3], indirect=True, ids=["helm3"])
def test_refusals(epinio: ReleaseSite) -> None:
    table: list[tuple[Callable[[ReleaseSite], Callable[[], Any]], dict[str, Any], str]] = [
        (running_job, SOON, "Job stage-app still run in namespace epinio"),
        (foreign_annotation, {}, f"annotated with {OTHER_ROLE} by somebody"),
        (helm_chart, {}, "HelmChart kube-system/somebodys"),
        (nothing, {"values": {"s3": {"bucket": "x"}}}, "epinio_values sets s3.bucket"),
        (nothing, {"values": {"global": {"registryPassword": "x"}}}, "epinio_secret_values"),
        (nothing, {"chart_version": "1.13.10"}, "cannot use IAM"),
        (nothing, {"name": "other"}, "no Helm release other in namespace epinio"),
        (nothing, {"values": {"server": {"traceLevel": "loud"}}}, "rehearse the upgrade.*traceLevel"),
        (nothing, {"chart_repo": "http://127.0.0.1:9"}, "rehearse the upgrade.*127.0.0.1:9"),
        (nothing, {"helm_binary": "/no/helm"}, "epinio_helm_binary"),
        (nothing, {"s3_endpoint": "https://s3.test"}, "epinio_s3_endpoint"),
        (young_pending, {}, "pending-upgrade since"),
    ]
    for prepare, args, said in table:
        message = in_state(epinio, prepare, args)
        assert re.search(said, message), (said, message)


def test_helm_charts_are_kept_with_their_definitions(epinio: ReleaseSite) -> None:
    extensions = client.ApiextensionsV1Api(epinio.site.api_client)
    undo = helm_chart(epinio)
    for name in ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"):
        body = {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}
        extensions.patch_custom_resource_definition(name, body)
    epinio.applied()
    undo()
    for name in ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"):
        extensions.delete_custom_resource_definition(name)


def test_a_killed_helm_is_repaired(epinio: ReleaseSite) -> None:
    """Its revision is ended by a rollback once it is older than the timeout."""
    epinio.people.change_password("admin")
    state = epinio.people.state()
    kill_helm(epinio)
    time.sleep(PATIENCE)
    # What that helm has reset before it died was noted by nobody.
    epinio.people.change_password("admin")
    done = epinio.applied({"helm_timeout": f"{PATIENCE}s", "values": WORKING})
    assert operations(done) == ["upkeep.save_record", "helm.rollback", "helm.upgrade", "upkeep.put_back"]
    assert epinio.revision()["info"]["status"] == "deployed"
    assert epinio.people.state() == state
    assert epinio.run()["changed"] is False


def test_a_failed_upgrade_says_why_and_is_repaired(epinio: ReleaseSite) -> None:
    epinio.people.change_password("admin")
    state = epinio.people.state()
    failed = epinio.run({"helm_timeout": "5s", "values": BROKEN})
    assert failed["failed"]
    assert "ImagePullBackOff: Back-off pulling image" in failed["msg"]
    # Helm 3 does not notice.
    assert epinio.revision()["info"]["status"] == ("failed" if epinio.site.helm == 4 else "deployed")
    assert epinio.people.state() == state
    done = epinio.applied({"values": WORKING})
    assert done["release"]["revision"] == 3
    assert epinio.people.state() == state
    assert epinio.run()["changed"] is False
