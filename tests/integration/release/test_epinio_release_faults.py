"""What `epinio_release` refuses, and what it makes of upgrades that failed or died."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from kubernetes import client

from tests.integration.helm_site import NAMESPACE
from tests.integration.release.site import ONE_HELM, ROLE, SOON, ReleaseSite, operations

pytestmark = pytest.mark.live
OTHER_ROLE = ROLE.replace("server", "other")
BROKEN = {"image": {"epinio": {"tag": "never-ready"}}}
WORKING = {"image": {"epinio": {"tag": "v1.13.9"}}}
# The API server refuses a Deployment that may neither lack a pod nor have one more.
INVALID = tuple(word for way in ("maxUnavailable", "maxSurge") for word in ("--set", f"strategy.rollingUpdate.{way}=0"))
VALID = {"strategy": {"rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}}}
MOVED = {"serviceAccount": {"name": "another-account"}}
# Seconds: a timeout of helm's that is enough here, and soon over.
PATIENCE = 20
HELM_CHART = {
    "apiVersion": "helm.cattle.io/v1",
    "kind": "HelmChart",
    "metadata": {"name": "somebodys", "namespace": "kube-system"},
    "spec": {},
}


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


@ONE_HELM
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
        (nothing, {"s3_endpoint": "https://s3.test"}, "https://s3.test.*without scheme or path"),
        (
            nothing,
            {"server_service_account": "another"},
            "would run as epinio-server.* for the service account another",
        ),
        (nothing, {"server_service_account": "epinio-server", "values": MOVED}, "would run as another-account"),
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
    epinio.made()
    undo()
    for name in ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"):
        extensions.delete_custom_resource_definition(name)


def test_a_failed_upgrade_of_somebodys_hides_nothing(epinio: ReleaseSite) -> None:
    """Helm deletes last: what the newest revision, which failed, no longer has is there until the next upgrade."""
    epinio.people.push("app")
    undo = helm_chart(epinio)
    theirs = ("--set", "minio.enabled=false", "--set", "s3.bucket=theirs", *INVALID, *epinio.site.force)
    assert "Deployment" in epinio.site.upgrade(*theirs).stderr
    failed = epinio.revision()
    assert (failed["version"], failed["info"]["status"]) == (2, "failed")
    assert "HelmChart" not in failed["manifest"]
    assert "workspace/app are in" in (message := epinio.refused({"values": VALID}))
    assert "the bundled store" in message
    accepted = {"values": VALID, "bundled_store": "abandon"}
    assert "HelmChart kube-system/somebodys" in epinio.refused(accepted)
    undo()
    assert epinio.applied(accepted)["release"]["revision"] == 3
    assert epinio.run(accepted)["changed"] is False


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
