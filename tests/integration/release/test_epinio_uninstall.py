"""The module `epinio_uninstall` with real helm 3 and 4 on the sandbox's charts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from kubernetes import client, config

from sandbox.cluster import Cluster
from tests.integration.helm_site import NAMESPACE, NEVER_READY, RELEASE, WORKSPACE, Site, wait_for
from tests.integration.release.site import operations
from tests.integration.release.uninstall_site import DEFINITIONS, UninstallSite

pytestmark = pytest.mark.live
HASH = "0123456789abcdef0123456789abcdef01234567"
ONE_HELM = pytest.mark.parametrize("installed", [3], indirect=True, ids=["helm3"])


@pytest.fixture(params=[3, 4], ids=["helm3", "helm4"])
def installed(request: pytest.FixtureRequest, release_cluster: Cluster, tmp_path: Path) -> Iterator[UninstallSite]:
    """Epinio as it was installed."""
    kubeconfig = release_cluster.kubeconfig
    api_client = config.new_client_from_config(str(kubeconfig))
    site = Site(api_client, kubeconfig, request.param, release_cluster.settings.chart_repository, tmp_path)
    done = site.upgrade("--create-namespace")
    assert done.returncode == 0, done.stderr
    found = UninstallSite(site, release_cluster.audit_log)
    yield found
    found.clean()


@contextmanager
def held_service(epinio: UninstallSite) -> Iterator[None]:
    """A Service of the chart that cannot be deleted, so that helm waits."""
    patch = epinio.site.core.patch_namespaced_service
    patch("epinio-server", NAMESPACE, {"metadata": {"finalizers": ["example.test/hold"]}})
    yield
    patch("epinio-server", NAMESPACE, {"metadata": {"finalizers": None}})


def live_in(epinio: UninstallSite) -> None:
    """What an Epinio in use has made at run time."""
    epinio.people.push("shop")
    epinio.people.create_namespace("admin", "team1")
    epinio.people.push("blog", "team1")
    epinio.staging_job("stage-shop")
    epinio.claim(f"workspace-cache-shop-{HASH}")
    epinio.secret("r1", NAMESPACE, {"epinio.io/api-user-credentials": "true"}, {})
    epinio.secret(
        "registry-creds", WORKSPACE, {}, {"reflector.v1.k8s.emberstack.com/reflects": "epinio/registry-creds"}
    )
    marks = {"epinio.aws/wiring": "arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio"}
    epinio.secret("epinio-aws-wiring", NAMESPACE, {"epinio.aws/managed-by": "epinio.aws"}, marks)


def test_all_of_it_goes_and_twice(installed: UninstallSite) -> None:
    live_in(installed)
    done = installed.applied()
    assert operations(done) == ["helm.uninstall", "kubernetes.delete_namespace"]
    first, second = (change["summary"] for change in done["changes"])
    assert "namespace workspace and the application workspace/shop and Job stage-shop, still running" in first
    assert "export-0-minio-0" in second
    found = done["uninstalled"]
    assert found["namespaces"] == {"epinio": "gone", "workspace": "gone", "team1": "there"}
    assert found["apps"] == {"workspace/shop": "gone", "team1/blog": "there"}
    assert found["claims"][f"epinio/workspace-cache-shop-{HASH}"] == "gone"
    assert set(found["claims"].values()) == {"gone"}
    assert found["staging_jobs"] == {"Job stage-shop": "gone"}
    team, volumes, definitions = done["residue"]
    assert team["object"] == "namespace team1"
    assert "with blog in it" in team["reason"]
    assert "Retain" in volumes["reason"]
    assert definitions["object"] == "the resource definitions of application.epinio.io"
    assert installed.namespaces() == {"team1"}
    again = installed.unchanged()
    assert [one for one in again["residue"] if "volumes" not in one["object"]] == [team, definitions]
    assert again["uninstalled"]["namespaces"] == {"team1": "there"}


@ONE_HELM
def test_what_is_foreign_keeps_the_namespace(installed: UninstallSite) -> None:
    installed.config_map("notes", NAMESPACE)
    installed.deployment("web", NAMESPACE)
    installed.staging_job("stage-shop")
    done = installed.applied()
    assert operations(done) == ["helm.uninstall"]
    assert done["uninstalled"]["namespaces"] == {"epinio": "there", "workspace": "gone"}
    claims = done["uninstalled"]["claims"]
    assert (claims["epinio/image-export-pvc"], claims["epinio/export-0-minio-0"]) == ("gone", "there")
    assert done["uninstalled"]["staging_jobs"] == {"Job stage-shop": "there"}
    residue = next(one for one in done["residue"] if one["object"] == "namespace epinio")
    assert residue["reason"].endswith("made: ConfigMap notes, Deployment web")
    assert (installed.namespaces(), installed.revisions()) == ({"epinio"}, [])
    left = {one.metadata.name for one in installed.site.core.list_namespaced_config_map(NAMESPACE).items}
    assert left == {"notes", "kube-root-ca.crt"}
    again = installed.unchanged()
    assert next(one for one in again["residue"] if one["object"] == "namespace epinio") == residue

    installed.site.core.delete_namespaced_config_map("notes", NAMESPACE)
    client.AppsV1Api(installed.site.api_client).delete_namespaced_deployment("web", NAMESPACE)
    assert operations(installed.applied()) == ["kubernetes.delete_namespace"]
    assert installed.namespaces() == set()


@ONE_HELM
def test_refusals(installed: UninstallSite) -> None:
    message = installed.refused(confirm="epinlo")
    assert "epinio_uninstall is 'epinlo', and the cluster's name is 'epinio'" in message
    installed.config_map("notes", WORKSPACE)
    message = installed.refused()
    assert "namespace workspace, which belongs to its chart" in message
    assert "ConfigMap notes" in message
    installed.site.core.delete_namespaced_config_map("notes", WORKSPACE)
    installed.helm_chart()
    extensions = client.ApiextensionsV1Api(installed.site.api_client)
    keep = {"metadata": {"annotations": {"helm.sh/resource-policy": "keep"}}}
    for name in DEFINITIONS:
        extensions.patch_custom_resource_definition(name, keep)
    assert "HelmChart kube-system/somebodys" in installed.refused()
    assert installed.revisions() == ["deployed"]
    # The way out that the message tells.
    upgraded = installed.site.upgrade(*installed.site.force)
    assert upgraded.returncode == 0, upgraded.stderr
    installed.applied()
    charts = client.CustomObjectsApi(installed.site.api_client)
    found = charts.list_cluster_custom_object("helm.cattle.io", "v1", "helmcharts")["items"]
    assert [one["metadata"]["name"] for one in found] == ["somebodys"]


def test_a_killed_helm_is_finished(installed: UninstallSite) -> None:
    """Its release is `uninstalling`, and most of what it rendered is gone."""
    with held_service(installed), installed.site.start("uninstall", RELEASE, "--wait") as helm:
        wait_for(lambda: "workspace" not in installed.namespaces(), 60)
        helm.send_signal(signal.SIGKILL)
    assert installed.revisions() == ["uninstalling"]
    assert operations(installed.applied()) == ["helm.uninstall", "kubernetes.delete_namespace"]
    assert installed.namespaces() == set()


@ONE_HELM
def test_a_release_that_is_gone_leaves_its_namespace(installed: UninstallSite) -> None:
    """The history that somebody kept does not outlive the release."""
    installed.site.run("uninstall", RELEASE, "--wait", "--keep-history").check_returncode()
    checked = installed.run(check=True)
    assert operations(checked) == ["kubernetes.delete_namespace"]
    installed.config_map("notes", NAMESPACE)
    assert operations(installed.applied()) == ["helm.uninstall"]
    assert installed.revisions() == []
    installed.site.core.delete_namespaced_config_map("notes", NAMESPACE)
    assert operations(installed.applied()) == ["kubernetes.delete_namespace"]
    assert installed.namespaces() == set()


@ONE_HELM
def test_a_namespace_that_does_not_go(installed: UninstallSite) -> None:
    """What holds it is told, also by the next run; without it the deletion is finished."""
    labels = {"app.kubernetes.io/managed-by": "epinio"}
    installed.config_map("held", NAMESPACE, labels=labels, finalizers=["example.test/hold"])
    try:
        # Kubernetes begins after five seconds.
        for seconds in (30, 5):
            failed = installed.run(helm_timeout=f"{seconds}s")
            assert failed["failed"]
            assert f"see namespace epinio go: it is still there after {seconds} seconds" in failed["msg"]
            assert "example.test/hold in 1 resource instances" in failed["msg"]
    finally:
        installed.site.core.patch_namespaced_config_map("held", NAMESPACE, {"metadata": {"finalizers": None}})
    wait_for(lambda: not installed.namespaces(), 60)
    installed.unchanged()


@ONE_HELM
def test_somebody_at_work_and_what_only_a_former_revision_rendered(installed: UninstallSite) -> None:
    """An upgrade that failed before helm deleted anything has left the store that it takes out of the manifest."""
    invalid = [f"strategy.rollingUpdate.{way}=0" for way in ("maxUnavailable", "maxSurge")]
    given = [word for one in ("minio.enabled=false", *invalid) for word in ("--set", one)]
    assert installed.site.upgrade(*given).returncode != 0
    with installed.site.start(*installed.site.upgrading("--set", "minio.enabled=false", *NEVER_READY)) as helm:
        wait_for(lambda: "pending-upgrade" in installed.revisions(), 30)
        helm.send_signal(signal.SIGKILL)
    assert "Somebody is at work on release epinio: revision 3 is pending-upgrade" in installed.refused()
    sets = client.AppsV1Api(installed.site.api_client).list_namespaced_stateful_set(NAMESPACE).items
    assert [one.metadata.name for one in sets] == ["minio"]
    time.sleep(20)
    done = installed.applied(helm_timeout="20s")
    assert operations(done) == ["helm.uninstall", "kubernetes.delete_namespace"]
    assert installed.namespaces() == set()


@ONE_HELM
def test_what_comes_while_helm_waits_is_not_lost(installed: UninstallSite) -> None:
    with ThreadPoolExecutor() as pool:
        with held_service(installed):
            running = pool.submit(installed.run)
            wait_for(lambda: installed.revisions() == ["uninstalling"], 60)
            installed.config_map("notes", NAMESPACE)
        done = running.result()
    assert operations(done) == ["helm.uninstall", "helm.uninstall"], done
    assert "ConfigMap notes" in str(done["residue"])
    assert (installed.namespaces(), installed.revisions()) == ({"epinio"}, [])
