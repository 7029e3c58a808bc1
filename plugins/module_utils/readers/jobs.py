# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Job of the proof is made from, whether one may be made, and how far one is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import deployments, scheduling
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement
from ansible_collections.epinio.aws.plugins.module_utils.errors import NoJob, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server_deployment
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import (
    pull_secrets,
    read_service_account,
)
from ansible_collections.epinio.aws.plugins.module_utils.readers.stage_scripts import read_stage_scripts, staging_values

JOBS = "batch/v1/jobs"
_REVIEWS = "authorization.k8s.io/v1/selfsubjectaccessreviews"
# The chart's ConfigMap for staging jobs: `downloadImage` is `image.awscli` of the values with its registry.
_SCRIPTS = "epinio-stage-scripts"
_MOST_WARNINGS = 3
# What a proof in a Job needs in the namespace of the release; the Job's events only explain.
_RIGHTS = (("batch", "jobs", "create"), ("batch", "jobs", "get"), ("batch", "jobs", "delete"), ("", "pods", "list"))


def read_scripts(api_client: Any, namespace: str) -> dict[str, str]:
    """The chart's ConfigMap for staging jobs. Raises `NoJob` if there is none, or if it names no image.

    Listed as the look does it, which needs no other right.
    """
    data = read_stage_scripts(api_client, namespace).get(_SCRIPTS, {})
    if not data.get("downloadImage"):
        raise NoJob(
            f"The ConfigMap {namespace}/{_SCRIPTS} does not name the image of the AWS CLI (downloadImage), so no Job "
            "can prove the access: install Epinio there, or set from to controller."
        )
    return data


def staging_placement(scripts: Mapping[str, str]) -> Placement:
    """Where staging jobs run, as the ConfigMap says; what they are pulled with is their service account's affair."""
    values = staging_values(scripts) or {}
    try:
        scheduling.pods(values)
    except ValueError:
        # Epinio cannot read them either, and no job of it runs anywhere.
        return Placement()
    return _placement({key: one for key, one in values.items() if key != "imagePullSecrets"})


def read_server_placement(api_client: Any, namespace: str, account: str) -> Placement:
    """Where Epinio's server runs, and what its image is pulled with.

    The account's pull secrets go with the pod's own: Kubernetes adds them only to a pod without any.
    """
    found = read_server_deployment(api_client, namespace)
    placement = _placement(found["spec"]["template"]["spec"] if found else {})
    of_account = read_service_account(api_client, namespace, account) if placement.pull_secrets else None
    both = (*placement.pull_secrets, *(of_account.pull_secrets if of_account else ()))
    return replace(placement, pull_secrets=tuple(dict.fromkeys(both)))


def missing_rights(api_client: Any, namespace: str) -> tuple[str, ...]:
    """What the caller may not do of that which a Job of the proof needs, such as `create jobs`."""
    return tuple(
        f"{verb} {resource}"
        for group, resource, verb in _RIGHTS
        if not _may(api_client, namespace, group, resource, verb)
    )


def read_job(api_client: Any, namespace: str, name: str) -> Any:
    """The Job in the API server's JSON, `None` if there is none."""
    return rest.read(f"read Job {namespace}/{name}", api_client, rest.path(JOBS, namespace, name))


def read_pod(api_client: Any, namespace: str, job: Mapping[str, Any]) -> Any:
    """The pod of a Job in the API server's JSON, `None` if it has none; a former Job's pods do not count."""
    metadata = job["metadata"]
    attempt, selector = f"list the pods of Job {namespace}/{metadata['name']}", f"job-name={metadata['name']}"
    found = rest.items(attempt, api_client, rest.path("v1/pods", namespace), labelSelector=selector)
    return next((pod for pod in found if deployments.owner(pod) == metadata["uid"]), None)


def read_warnings(api_client: Any, namespace: str, job: Mapping[str, Any]) -> tuple[str, ...]:
    """The newest warnings about a Job, as `reason: message`; none for a caller who may not list events."""
    metadata = job["metadata"]
    query = f"involvedObject.uid={metadata['uid']},type=Warning"
    attempt = f"list the events of Job {namespace}/{metadata['name']}"
    try:
        found = rest.items(attempt, api_client, rest.path("v1/events", namespace), fieldSelector=query)
    except ServiceFailed as error:
        if error.code == "403":
            return ()
        raise
    found.sort(key=lambda event: str(event.get("lastTimestamp") or event.get("eventTime") or ""), reverse=True)
    return tuple(f"{event.get('reason', '')}: {event.get('message', '')}" for event in found[:_MOST_WARNINGS])


def _placement(spec: Mapping[str, Any]) -> Placement:
    """Of a pod's spec. What is said about other pods is left out: the proof's pod is none of theirs."""
    return Placement(
        spec.get("nodeSelector") or {},
        (spec.get("affinity") or {}).get("nodeAffinity") or {},
        tuple(spec.get("tolerations") or ()),
        pull_secrets(spec),
    )


def _may(api_client: Any, namespace: str, group: str, resource: str, verb: str) -> bool:
    attributes = {"namespace": namespace, "group": group, "resource": resource, "verb": verb}
    review = {"spec": {"resourceAttributes": attributes}}
    attempt = f"ask whether the caller may {verb} {resource} in namespace {namespace}"
    return bool(rest.create(attempt, api_client, rest.path(_REVIEWS), review)["status"]["allowed"])
