# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Job that makes the calls of the proof inside the cluster, as a cautious cluster demands it.

Restricted pod security (https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted), requests and
limits for quotas, no sidecars, whose life a Job's pod would share, and nothing that outlives a run that was killed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Identity
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    COLLECTION,
    MANAGED_BY,
    WIRING,
    Mark,
    Wiring,
)

CONTAINER = "probe"
_PREFIX = "epinio-aws-probe"
_HOME, _ANSWERS = "/probe-home", "/dev/termination-log"
# As Epinio's own server; any other than root does.
_USER = 1000
# Seconds. A run that was killed leaves a Job that ends by its deadline, which lies so much behind the end of the wait:
# whoever waits can still see why. It is removed a while after.
_SLACK, _KEPT = 15, 60
# `matchFields` takes one node for each term; a few are enough to get around a full one.
_MOST_NODES = 5
# https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/, https://linkerd.io/2/features/proxy-injection/
_NO_ISTIO = {"sidecar.istio.io/inject": "false"}
_NO_LINKERD = {"linkerd.io/inject": "disabled"}


@dataclass(frozen=True)
class Placement:
    """Where a pod may run, in the words of a pod's spec, and what its image is pulled with."""

    node_selector: Mapping[str, str] = field(default_factory=dict)
    node_affinity: Mapping[str, Any] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    pull_secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class ProofJob:
    """A Job of the proof, waited for `seconds`. `skip_identity`: the webhook is to leave its pod alone."""

    name: str
    account: str
    image: str
    script: str
    seconds: int
    placement: Placement
    skip_identity: bool = False


def name_for(identity: Identity) -> str:
    """The name of the Job that acts as a service account; a namespace has one wiring."""
    return f"{_PREFIX}-{identity.value}"


def name_for_role(role_arn: str) -> str:
    """The name of the Job that acts with a node's role."""
    return f"{_PREFIX}-node-{hashlib.sha256(role_arn.encode()).hexdigest()[:12]}"


def on_nodes(nodes: Iterable[str], pull_secrets: tuple[str, ...]) -> Placement:
    """On one of these nodes, whatever it is tainted with: a proof waits for no taint to go."""
    terms = [
        {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
        for node in sorted(nodes)[:_MOST_NODES]
    ]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    return Placement({}, required, ({"operator": "Exists"},), pull_secrets)


def mark(found: Mapping[str, Any], wiring: Wiring) -> Mark:
    """What a Job says about its owner. The wiring is an annotation: no label can hold an ARN."""
    labels, annotations = (found["metadata"].get(key) or {} for key in ("labels", "annotations"))
    return wiring.mark({MANAGED_BY: labels.get(MANAGED_BY, ""), WIRING: annotations.get(WIRING, "")})


def manifest(job: ProofJob, wiring: Wiring) -> dict[str, Any]:
    """The Job, as the API server takes it."""
    labels = {MANAGED_BY: COLLECTION, "app.kubernetes.io/name": _PREFIX}
    annotations = {WIRING: str(wiring)}
    skipped = {credentials.SKIP: CONTAINER} if job.skip_identity else {}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": job.name, "labels": labels, "annotations": annotations},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": job.seconds + _SLACK,
            "ttlSecondsAfterFinished": _KEPT,
            "template": {
                "metadata": {
                    "labels": {**labels, **_NO_ISTIO},
                    "annotations": {**annotations, **_NO_ISTIO, **_NO_LINKERD, **skipped},
                },
                "spec": _pod(job),
            },
        },
    }


def _pod(job: ProofJob) -> dict[str, Any]:
    placement = job.placement
    chosen = {
        "nodeSelector": dict(placement.node_selector),
        "affinity": {"nodeAffinity": placement.node_affinity} if placement.node_affinity else {},
        "tolerations": list(placement.tolerations),
        # Without any the account's own are used (https://kubernetes.io/docs/concepts/containers/images/).
        "imagePullSecrets": [{"name": name} for name in placement.pull_secrets],
    }
    return {
        "serviceAccountName": job.account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(job)],
        # The AWS CLI keeps sessions below HOME, and fails where it cannot (aws/aws-cli#7376, #9075).
        "volumes": [{"name": "home", "emptyDir": {"sizeLimit": "32Mi"}}],
        **{key: value for key, value in chosen.items() if value},
    }


def _container(job: ProofJob) -> dict[str, Any]:
    environment = {"HOME": _HOME, "ANSWERS": _ANSWERS, "AWS_PAGER": ""}
    return {
        "name": CONTAINER,
        "image": job.image,
        "command": ["sh", "-c"],
        "args": [job.script],
        "env": [{"name": name, "value": value} for name, value in environment.items()],
        "terminationMessagePath": _ANSWERS,
        "terminationMessagePolicy": "File",
        "resources": {
            "requests": {"cpu": "100m", "memory": "128Mi"},
            "limits": {"cpu": "1", "memory": "384Mi"},
        },
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "home", "mountPath": _HOME}],
    }
