"""A namespace with accounts and Deployments, made and read by the Kubernetes client; modules are run against it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection
from kubernetes import client, config

from sandbox import audit
from sandbox.cluster import Cluster
from sandbox.pods import RUN_SECONDS
from tests.integration.modules import run_module

ROLE_ARN = "eks.amazonaws.com/role-arn"
CHARTS = {"app.kubernetes.io/managed-by": "Helm"}
SECONDS = 20.0


@dataclass(frozen=True)
class Workloads:
    """One namespace of a cluster."""

    cluster: Cluster
    api_client: Any
    namespace: str

    @classmethod
    def new(cls, cluster: Cluster) -> Workloads:
        api_client = config.new_client_from_config(str(cluster.kubeconfig))
        namespace = f"test-{secrets.token_hex(4)}"
        client.CoreV1Api(api_client).create_namespace({"metadata": {"name": namespace}})
        return cls(cluster, api_client, namespace)

    def remove(self) -> None:
        client.CoreV1Api(self.api_client).delete_namespace(self.namespace)

    @property
    def wiring(self) -> str:
        return f"{self.cluster.settings.arn}/{self.namespace}"

    @property
    def core(self) -> Any:
        return client.CoreV1Api(self.api_client)

    @property
    def ours(self) -> KubernetesClient:
        """The client of the collection, for its readers and writers."""
        return KubernetesClient(read_connection({"kubeconfig": str(self.cluster.kubeconfig)}))

    @property
    def apps(self) -> Any:
        return client.AppsV1Api(self.api_client)

    @property
    def batch(self) -> Any:
        return client.BatchV1Api(self.api_client)

    def run(self, module: str, check: bool = False, environment: dict[str, str] | None = None, **args: Any) -> Any:
        variables = {**self.cluster.variables(), **(environment or {})}
        return run_module(module, {"wiring": self.wiring, **args}, variables, check)

    def account(self, name: str, role_arn: str | None = None, **more: Any) -> None:
        """A service account as a chart makes it: without a label the API server would not note who sets what."""
        annotations = {ROLE_ARN: role_arn} if role_arn else {}
        metadata = {"name": name, "labels": CHARTS, "annotations": annotations, **more.pop("metadata", {})}
        body = {"metadata": metadata, **more}
        self.core.create_namespaced_service_account(self.namespace, body, field_manager="somebody")

    def annotate(self, name: str, role_arn: str | None, manager: str = "somebody") -> None:
        body = {"metadata": {"annotations": {ROLE_ARN: role_arn}}}
        self.core.patch_namespaced_service_account(name, self.namespace, body, field_manager=manager)

    def reader(self) -> str:
        """A user who may read in this namespace, and nothing else."""
        rbac, name = client.RbacAuthorizationV1Api(self.api_client), "reader"
        rules = [{"apiGroups": ["", "apps", "batch"], "resources": ["*"], "verbs": ["get", "list"]}]
        rbac.create_namespaced_role(self.namespace, {"metadata": {"name": name}, "rules": rules})
        group = "rbac.authorization.k8s.io"
        body = {
            "metadata": {"name": name},
            "subjects": [{"kind": "User", "name": f"{self.namespace}-{name}", "apiGroup": group}],
            "roleRef": {"kind": "Role", "name": name, "apiGroup": group},
        }
        rbac.create_namespaced_role_binding(self.namespace, body)
        return f"{self.namespace}-{name}"

    def deployment(self, name: str, account: str, image: str = "server:1", replicas: int = 1, **container: Any) -> None:
        """A Deployment; returns once its pods are there."""
        labels = {"app": name}
        spec = {"serviceAccountName": account, "containers": [{"name": "server", "image": image, **container}]}
        body = {
            "metadata": {"name": name},
            "spec": {
                "replicas": replicas,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": spec},
            },
        }
        self.apps.create_namespaced_deployment(self.namespace, body)
        self.wait(lambda: len(self.pods(name)) == replicas)

    def job(self, name: str, account: str, seconds: float, **metadata: Any) -> None:
        """A Job whose pod runs so long; returns once the pod is there."""
        spec = {
            "serviceAccountName": account,
            "restartPolicy": "Never",
            "containers": [{"name": "stage", "image": "builder:1"}],
        }
        pod = {"metadata": {"annotations": {RUN_SECONDS: str(seconds)}}, "spec": spec}
        body = {"metadata": {"name": name, **metadata}, "spec": {"template": pod}}
        self.batch.create_namespaced_job(self.namespace, body)
        self.wait(lambda: self.core.list_namespaced_pod(self.namespace, label_selector=f"job-name={name}").items)

    def pods(self, name: str) -> list[Any]:
        found = self.core.list_namespaced_pod(self.namespace, label_selector=f"app={name}").items
        return [pod for pod in found if not pod.metadata.deletion_timestamp]

    def roles(self, name: str) -> list[str]:
        """The role of each pod of a Deployment, `""` for none."""
        environments = [pod.spec.containers[0].env or [] for pod in self.pods(name)]
        return [next((var.value for var in env if var.name == "AWS_ROLE_ARN"), "") for env in environments]

    def generation(self, name: str) -> int:
        return int(self.apps.read_namespaced_deployment(name, self.namespace).metadata.generation)

    def writes(self, offset: int) -> list[str]:
        """`verb resource` of every write of a person or tool since the audit log had that size."""
        return [f"{one.verb} {one.resource}" for one in audit.writes(self.cluster.audit_log, offset)]

    @property
    def log_size(self) -> int:
        return self.cluster.audit_log.stat().st_size

    @staticmethod
    def wait(condition: Any) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            time.sleep(0.1)
