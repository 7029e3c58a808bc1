# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why pods of a namespace do not get ready, as Kubernetes says it: helm says only that it has waited long enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import items, read

try:
    from kubernetes.client import CoreV1Api
except ImportError:  # arguments.require_kubernetes says so
    CoreV1Api = object

_MOST_EVENTS = 5


def read_troubles(api_client: Any, namespace: str) -> str:
    """What holds up the pods that are not ready, and the newest warnings of the namespace; `""` if all is well."""
    core = CoreV1Api(api_client)
    attempt = f"read pods and events in namespace {namespace}"
    pods = read(attempt, core.list_namespaced_pod, namespace)
    events = read(attempt, core.list_namespaced_event, namespace)
    return "; ".join([*(text for pod in items(pods) for text in pod_troubles(pod)), *warnings(items(events))])


def pod_troubles(pod: Any) -> Iterator[str]:
    """Why a pod is not ready: the reasons of its containers, else of its conditions."""
    status = pod.get("status", {})
    name = pod["metadata"]["name"]
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    if status.get("phase") == "Succeeded" or conditions.get("Ready", {}).get("status") == "True":
        return
    held = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    reasons = [text for container in held if (text := _container_trouble(container))]
    unmet = [_said(one) for one in conditions.values() if one["status"] != "True" and one.get("message")]
    yield f"pod {name} is not ready ({', '.join(reasons or unmet) or status.get('phase', 'no phase')})"


def warnings(events: Any) -> list[str]:
    """The newest warnings, each once."""
    found = sorted((event for event in events if event.get("type") == "Warning"), key=_time)
    texts = dict.fromkeys(
        f"{one['involvedObject'].get('name', '')}: {one.get('message', '')}" for one in reversed(found)
    )
    return list(texts)[:_MOST_EVENTS]


def _container_trouble(container: Any) -> str:
    state = container.get("state", {})
    held = state.get("waiting") or state.get("terminated") or {}
    if not held.get("reason") or held["reason"] == "Completed":
        return ""
    return f"{container['name']}: {_said(held)}"


def _said(part: Any) -> str:
    return " ".join(text for text in (part.get("reason"), part.get("message")) if text)


def _time(event: Any) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"].get("creationTimestamp", ""))
