# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Deployment, the pods of its newest ReplicaSet, and what the cluster says of a pod that does not get ready."""

from __future__ import annotations

import time
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import deployments
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment
from ansible_collections.epinio.aws.plugins.module_utils.errors import reading

# Seconds. A Deployment's first new pod is made within one; who waits longer waits for a quota or an admission policy.
_SETTLING = 5.0
_MOST_EVENTS = 3


def read_deployment(api_client: Any, namespace: str, name: str) -> Deployment | None:
    """The Deployment with its pods in two calls, or three while it is being rolled; `None` if it does not exist."""
    where = rest.path("apps/v1/deployments", namespace, name)
    found = rest.read(f"read deployment {namespace}/{name}", api_client, where)
    if found is None:
        return None
    if not found["spec"].get("replicas", 1):
        return deployments.deployment(found)
    attempt = f"list the pods of deployment {namespace}/{name}"
    with reading(attempt, "See its selector (kubectl get deployment)."):
        selector = deployments.selector(found)
    listed = rest.items(attempt, api_client, rest.path("v1/pods", namespace), labelSelector=selector)
    live = [pod for pod in listed if not pod["metadata"].get("deletionTimestamp")]
    # Without an old ReplicaSet's pods there is nothing to tell apart.
    if not (deployments.deployment(found).complete and len({deployments.owner(pod) for pod in live}) == 1):
        where = rest.path("apps/v1/replicasets", namespace)
        sets = rest.items(attempt, api_client, where, labelSelector=selector)
        newest = deployments.newest(sets, found["metadata"]["uid"])
        live = [pod for pod in live if deployments.owner(pod) == newest]
    live.sort(key=lambda pod: str(pod["metadata"]["name"]))
    return deployments.deployment(found, tuple(map(deployments.pod, live)))


def read_settled(api_client: Any, namespace: str, name: str) -> Deployment | None:
    """The Deployment once it has pods of its newest template, which it may lack for a moment after an upgrade."""
    deadline = time.monotonic() + _SETTLING
    while True:
        found = read_deployment(api_client, namespace, name)
        if found is None or found.settled or time.monotonic() >= deadline:
            return found
        time.sleep(0.5)


def read_warnings(api_client: Any, namespace: str, pod: str) -> tuple[str, ...]:
    """The last warnings about a pod, as events keep them for an hour."""
    query = f"involvedObject.kind=Pod,involvedObject.name={pod},type=Warning"
    attempt = f"list the events of pod {namespace}/{pod}"
    found = rest.items(attempt, api_client, rest.path("v1/events", namespace), fieldSelector=query)
    found.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""))
    return tuple(f"{event.get('reason', '')}: {event.get('message', '')}" for event in found[-_MOST_EVENTS:])
