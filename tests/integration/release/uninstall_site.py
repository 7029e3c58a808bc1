"""An Epinio to be uninstalled, the module that does it, and independent readers of what is left."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kubernetes import client

from sandbox import audit, build
from sandbox.people import People
from tests.integration.helm_site import NAMESPACE, RELEASE, Site, wait_for
from tests.integration.modules import run_module
from tests.integration.release.site import WIRING, Result

DEFINITIONS = ("helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io")


@dataclass
class UninstallSite:
    """The site of one helm."""

    site: Site
    audit_log: Path
    # Where the log ended that all tests of the cluster fill.
    _since: int = field(init=False)

    def __post_init__(self) -> None:
        self._since = self.audit_log.stat().st_size

    @property
    def people(self) -> People:
        return People(self.site.kubeconfig)

    def run(self, check: bool = False, **args: Any) -> Result:
        homes = {f"HELM_{kind}_HOME": str(self.site.folder) for kind in ("CACHE", "CONFIG", "DATA")}
        env = {**homes, "HOME": str(self.site.folder), "KUBECONFIG": str(self.site.kubeconfig)}
        helm = str(build.programs() / f"helm{self.site.helm}" / "helm")
        given = {"wiring": WIRING, "confirm": "epinio", "helm_binary": helm, "helm_timeout": "60s", **args}
        return run_module("epinio_uninstall", given, env, check)

    def applied(self, **args: Any) -> Result:
        """The result of a run, which check mode tells beforehand without a write."""
        before = self.writes()
        checked = self.run(check=True, **args)
        assert not checked.get("failed"), checked["msg"]
        assert self.writes() == before
        done = self.run(**args)
        assert not done.get("failed"), done["msg"]
        assert done == checked
        return done

    def unchanged(self) -> Result:
        """The result of a run that has nothing to do."""
        before = self.writes()
        again = self.run()
        assert (again.get("failed"), again.get("changed"), again.get("changes")) == (None, False, []), again
        assert self.writes() == before
        return again

    def refused(self, **args: Any) -> str:
        """The message of a refusal, the same in check mode, without a write."""
        before = self.writes()
        results = [self.run(check, **args) for check in (True, False)]
        assert [result.get("failed") for result in results] == [True, True], results
        assert results[0]["msg"] == results[1]["msg"]
        assert self.writes() == before
        return str(results[1]["msg"])

    def writes(self) -> list[audit.Write]:
        return [one for one in audit.writes(self.audit_log, self._since) if one.status < 400]

    def namespaces(self) -> set[str]:
        return {one.metadata.name for one in self.site.core.list_namespace().items} - {
            "default",
            "kube-system",
            "kube-public",
            "kube-node-lease",
        }

    def revisions(self) -> list[str]:
        """The status of each stored revision."""
        stored = self.site.core.list_namespaced_secret(NAMESPACE, label_selector=f"owner=helm,name={RELEASE}").items
        return [one.metadata.labels["status"] for one in stored]

    def config_map(self, name: str, namespace: str, **metadata: Any) -> None:
        self.site.core.create_namespaced_config_map(namespace, {"metadata": {"name": name, **metadata}})

    def deployment(self, name: str, namespace: str) -> None:
        labels = {"app": name}
        container = {"name": name, "image": "busybox"}
        pod = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
        apps = client.AppsV1Api(self.site.api_client)
        apps.create_namespaced_deployment(namespace, {"metadata": {"name": name}, "spec": spec})
        selector = f"app={name}"
        wait_for(lambda: bool(self.site.core.list_namespaced_pod(namespace, label_selector=selector).items), 20)

    def claim(self, name: str, **metadata: Any) -> None:
        spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        body = {"metadata": {"name": name, **metadata}, "spec": spec}
        self.site.core.create_namespaced_persistent_volume_claim(NAMESPACE, body)

    def secret(self, name: str, namespace: str, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
        metadata = {"name": name, "labels": dict(labels), "annotations": dict(annotations)}
        self.site.core.create_namespaced_secret(namespace, {"metadata": metadata})

    def staging_job(self, name: str) -> None:
        """A staging job that does not end."""
        labels = {"app.kubernetes.io/component": "staging", "app.kubernetes.io/managed-by": "epinio"}
        container = {"name": "stage", "image": "busybox:never-ready"}
        pod = {"spec": {"containers": [container], "restartPolicy": "Never"}}
        body = {"metadata": {"name": name, "labels": labels}, "spec": {"template": pod}}
        client.BatchV1Api(self.site.api_client).create_namespaced_job(NAMESPACE, body)

    def helm_chart(self) -> None:
        body = {
            "apiVersion": "helm.cattle.io/v1",
            "kind": "HelmChart",
            "metadata": {"name": "somebodys", "namespace": "kube-system"},
            "spec": {},
        }
        client.CustomObjectsApi(self.site.api_client).create_namespaced_custom_object(
            "helm.cattle.io", "v1", "kube-system", "helmcharts", body
        )

    def clean(self) -> None:
        """Whatever a test has left goes."""
        self.site.run("uninstall", RELEASE)
        for name in self.namespaces():
            self.site.core.delete_namespace(name)
        wait_for(lambda: not self.namespaces(), 60)
        extensions = client.ApiextensionsV1Api(self.site.api_client)
        for one in extensions.list_custom_resource_definition().items:
            if one.metadata.name in DEFINITIONS:
                extensions.delete_custom_resource_definition(one.metadata.name)
