# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Deployment with the pods of its newest ReplicaSet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Environments

REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class Pod:
    """A pod that is not terminating. `trouble` says what keeps it from being ready, `""` for a ready one."""

    name: str
    environments: Environments
    trouble: str = ""


@dataclass(frozen=True)
class Deployment:
    """A Deployment that exists.

    `templates` is what the pod template sets of the credentials' environment, for each container that the webhook does
    not skip. `pods` are the newest ReplicaSet's. `observed` says that the controller has seen the newest template,
    `complete` that all replicas are of it and available. `trouble` is what the controller complains of.
    """

    namespace: str
    name: str
    service_account: str
    replicas: int
    templates: Environments
    pods: tuple[Pod, ...] = ()
    paused: bool = False
    observed: bool = True
    complete: bool = True
    trouble: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return f"deployment {self.namespace}/{self.name}"

    @property
    def settled(self) -> bool:
        """Whether there is something to judge: pods of the newest template, or nothing that would make any."""
        return self.observed and bool(self.pods or not self.replicas)


def deployment(found: Mapping[str, Any], pods: tuple[Pod, ...] = ()) -> Deployment:
    """The Deployment in the API server's JSON, with its pods."""
    metadata, spec, status = found["metadata"], found["spec"], found.get("status") or {}
    template = spec["template"]
    skipped = credentials.skipped((template.get("metadata") or {}).get("annotations") or {})
    observed = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return Deployment(
        metadata["namespace"],
        metadata["name"],
        template["spec"].get("serviceAccountName") or "default",
        spec.get("replicas", 1),
        {name: env for name, env in environments(template["spec"]).items() if name not in skipped},
        pods,
        bool(spec.get("paused")),
        observed,
        observed and _complete(spec.get("replicas", 1), status),
        tuple(_complaints(status.get("conditions") or [])),
    )


def pod(found: Mapping[str, Any]) -> Pod:
    """A pod in the API server's JSON."""
    return Pod(
        found["metadata"]["name"], environments(found.get("spec") or {}), _pod_trouble(found.get("status") or {})
    )


def selector(found: Mapping[str, Any]) -> str:
    """A Deployment's label selector, as a query takes it."""
    wanted = found["spec"]["selector"]
    parts = [f"{key}={value}" for key, value in sorted((wanted.get("matchLabels") or {}).items())]
    for expression in wanted.get("matchExpressions") or []:
        key, values = expression["key"], f"({','.join(expression.get('values') or [])})"
        words = {"In": f"{key} in {values}", "NotIn": f"{key} notin {values}", "Exists": key, "DoesNotExist": f"!{key}"}
        parts.append(words[expression["operator"]])
    return ",".join(parts)


def owner(found: Mapping[str, Any]) -> str:
    """The uid of the controller that owns an object, `""` if none does."""
    owners = found["metadata"].get("ownerReferences") or []
    return next((str(one.get("uid", "")) for one in owners if one.get("controller")), "")


def newest(replica_sets: Iterable[Mapping[str, Any]], uid: str) -> str:
    """The uid of the newest ReplicaSet that the Deployment with this uid owns, `""` if there is none."""
    owned = [one["metadata"] for one in replica_sets if owner(one) == uid]
    return str(max(owned, key=_revision, default={"uid": ""})["uid"])


def _revision(metadata: Mapping[str, Any]) -> int:
    """What the controller counts; anybody may write anything into an annotation."""
    text = (metadata.get("annotations") or {}).get(REVISION, "")
    return int(text) if text.isdecimal() else 0


def environments(spec: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The credentials' variables of each container, init containers too; a value from elsewhere reads as `""`."""
    return {
        container["name"]: {
            variable["name"]: variable.get("value", "")
            for variable in container.get("env") or []
            if variable["name"] in credentials.VARIABLES
        }
        for container in (*(spec.get("initContainers") or []), *(spec.get("containers") or []))
    }


def _complete(replicas: int, status: Mapping[str, Any]) -> bool:
    """As `kubectl rollout status` sees it: new pods for all replicas, no old ones, all of them available."""
    updated = status.get("updatedReplicas", 0)
    return bool(updated >= replicas and status.get("replicas", 0) <= updated <= status.get("availableReplicas", 0))


def _complaints(conditions: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    wrong = {"ReplicaFailure": "True", "Progressing": "False"}
    return [one.get("message", one["type"]) for one in conditions if wrong.get(one["type"]) == one.get("status")]


def _pod_trouble(status: Mapping[str, Any]) -> str:
    conditions = status.get("conditions") or []
    if any(one["type"] == "Ready" and one.get("status") == "True" for one in conditions):
        return ""
    words = [f"phase {status.get('phase', 'unknown')}"]
    words += [one["message"] for one in conditions if one.get("status") == "False" and one.get("message")]
    for container in (*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])):
        state = container.get("state") or {}
        waiting = state.get("waiting") or state.get("terminated") or {}
        if waiting.get("reason") not in (None, "Completed"):
            message = f": {waiting['message']}" if waiting.get("message") else ""
            words.append(f"container {container['name']}: {waiting['reason']}{message}")
    return "; ".join(words)
