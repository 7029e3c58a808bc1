# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of Epinio is in the cluster: server, S3 settings, applications, staging jobs."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import owners, stores
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER, Server
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import decoded, read_data
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import pull_secrets
from ansible_collections.epinio.aws.plugins.module_utils.readers.workloads import await_jobs

# internal/api/v1/application/stage.go
_STAGING = "app.kubernetes.io/component=staging"
# Kinds of Rancher's helm-controller, whose resource definitions Epinio's chart brings and takes away.
_HELM_KINDS = {"helmcharts": "HelmChart", "helmchartconfigs": "HelmChartConfig"}
_HELM_GROUP = "helm.cattle.io"
_POLICY = "helm.sh/resource-policy"


def read_server_deployment(api_client: Any, namespace: str) -> Any:
    """The Deployment of Epinio's server, whose name is the chart's, in the API's JSON; `None` if there is none."""
    attempt = f"read Deployment {SERVER} in namespace {namespace}"
    return rest.read(attempt, api_client, rest.path("apps/v1/deployments", namespace, SERVER))


def read_server(api_client: Any, namespace: str) -> Server | None:
    """What the Deployment of Epinio's server says of it; `None` if there is none."""
    found = read_server_deployment(api_client, namespace)
    return server(found) if found else None


def server(deployment: Any) -> Server:
    """What a Deployment, live or rendered, says of Epinio's server."""
    pod = deployment["spec"]["template"]["spec"]
    # The server's own, else the first.
    containers = sorted(pod.get("containers") or (), key=lambda one: one["name"] != SERVER)
    image = containers[0].get("image") or "" if containers else ""
    secrets = pull_secrets(pod)
    metadata = deployment["metadata"]
    owned_by = owners.owner(metadata.get("labels") or {}, metadata.get("annotations") or {})
    return Server(image, pod.get("serviceAccountName") or "default", secrets, owned_by)


def read_details(api_client: Any, namespace: str) -> stores.ConnectionDetails | None:
    """What Epinio's server reads to find its S3; `None` if the Secret is gone."""
    data = read_data(api_client, namespace, stores.CONNECTION_DETAILS)
    return None if data is None else stores.parsed(decoded(data))


def read_apps_with_sources(api_client: Any, reachable: Container[str] = ()) -> tuple[str, ...]:
    """Applications that were staged from sources in the store, as `namespace/name`, in order.

    Those whose blob is `reachable` anyway are left out.
    """
    found = _read_sources(api_client)
    return tuple(sorted(name for name, blob in found.items() if blob not in reachable))


def read_blobs(api_client: Any) -> tuple[str, ...]:
    """The blobs of all applications in the store, in order."""
    return tuple(sorted(set(_read_sources(api_client).values())))


def _read_sources(api_client: Any) -> dict[str, str]:
    blobs = {_full_name(item): str((item.get("spec") or {}).get("blobuid") or "") for item in _apps(api_client)}
    return {name: blob for name, blob in blobs.items() if blob}


def read_apps(api_client: Any) -> tuple[str, ...]:
    """All applications, as `namespace/name`, in order."""
    return tuple(sorted(map(_full_name, _apps(api_client))))


def read_endangered_helm_charts(api_client: Any, *, heeded: bool = True) -> tuple[str, ...]:
    """Objects of helm-controller that would go with their resource definition, as `kind namespace/name`, in order.

    `heeded`: a live definition whose resource policy is `keep` stays, as it does at an upgrade.
    """
    names = [name for plural, kind in _HELM_KINDS.items() for name in _endangered(api_client, plural, kind, heeded)]
    return tuple(sorted(names))


def await_staging(api_client: Any, namespace: str, timeout: float) -> tuple[str, ...]:
    """The staging jobs that still run after waiting at most `timeout` seconds for them, as `Job name`."""
    running = await_jobs(api_client, namespace, timeout, labelSelector=_STAGING)
    return tuple(f"Job {job.name}" for job in running)


def _apps(api_client: Any) -> list[Any]:
    return rest.items("list Epinio's applications", api_client, rest.path("application.epinio.io/v1/apps"))


def _endangered(api_client: Any, plural: str, kind: str, heeded: bool) -> list[str]:
    attempt = f"read the {kind} objects of the cluster"
    where = rest.path("apiextensions.k8s.io/v1/customresourcedefinitions", name=f"{plural}.{_HELM_GROUP}")
    definition = rest.read(attempt, api_client, where)
    if not definition:
        return []
    if heeded and (definition["metadata"].get("annotations") or {}).get(_POLICY) == "keep":
        return []
    found = rest.items(attempt, api_client, rest.path(f"{_HELM_GROUP}/v1/{plural}"))
    return [f"{kind} {_full_name(item)}" for item in found]


def _full_name(item: Any) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"
