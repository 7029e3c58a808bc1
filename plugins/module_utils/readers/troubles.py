# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why pods of a namespace do not get ready, as Kubernetes says it: helm says only that it has waited long enough."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import deployments

_MOST_EVENTS = 5


def read_troubles(api_client: Any, namespace: str) -> str:
    """What keeps pods from being ready, and the newest warnings of the namespace; `""` if all is well."""
    attempt = f"read pods and events in namespace {namespace}"
    pods = rest.items(attempt, api_client, rest.path("v1/pods", namespace))
    events = rest.items(attempt, api_client, rest.path("v1/events", namespace))
    troubles = pod_troubles(pods)
    return "; ".join([*(f"pod {name}: {text}" for name, text in troubles.items()), *warnings(events, set(troubles))])


def pod_troubles(pods: list[Any]) -> dict[str, str]:
    """Why each pod that should be ready is not, by name, from the API server's JSON."""
    wanted = [one for one in pods if (one.get("status") or {}).get("phase") != "Succeeded" and not _going(one)]
    return {pod.name: pod.trouble for pod in map(deployments.pod, wanted) if pod.trouble}


def warnings(events: list[Any], pods: set[str]) -> list[str]:
    """The newest warnings about these pods, and about whatever makes pods, each once."""
    about = [one for one in events if _about(one).get("kind") != "Pod" or _about(one).get("name") in pods]
    found = sorted((event for event in about if event.get("type") == "Warning"), key=_time)
    texts = dict.fromkeys(f"{_about(one).get('name', '')}: {one.get('message', '')}" for one in reversed(found))
    return list(texts)[:_MOST_EVENTS]


def _going(pod: Any) -> bool:
    return bool(pod["metadata"].get("deletionTimestamp"))


def _about(event: Any) -> Any:
    return event.get("involvedObject") or {}


def _time(event: Any) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
