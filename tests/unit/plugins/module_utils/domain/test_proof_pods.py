"""What a Job of the proof and its pod show, from objects as a real cluster writes them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_pods import State, misfit, state

ROLE = "arn:aws:iam::111122223333:role/epinio-server-role"
TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
JOB: dict[str, Any] = {"metadata": {"name": "epinio-aws-probe-server"}, "status": {}}
QUOTA = "FailedCreate: Error creating: pods is forbidden: exceeded quota: small, requested: limits.cpu=1"


def failed(reason: str, message: str) -> dict[str, Any]:
    condition = {"type": "Failed", "status": "True", "reason": reason, "message": message}
    return {**JOB, "status": {"conditions": [condition]}}


def pod(container_state: dict[str, Any] | None, **status: Any) -> dict[str, Any]:
    statuses = [{"name": "istio-proxy", "state": {"running": {}}}]
    if container_state is not None:
        statuses.append({"name": "probe", "state": container_state})
    return {"metadata": {"name": "p"}, "status": {"phase": "Pending", "containerStatuses": statuses, **status}}


def waiting(reason: str, message: str = "") -> dict[str, Any]:
    return pod({"waiting": {"reason": reason, "message": message}})


def terminated(code: int, reason: str, message: str = "") -> dict[str, Any]:
    return pod({"terminated": {"exitCode": code, "reason": reason, "message": message}}, phase="Running")


UNSCHEDULABLE = pod(
    None,
    conditions=[
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes are available"}
    ],
)
EVICTED = pod(None, phase="Failed", reason="Evicted", message="The node was low on resource: memory")


def test_the_containers_own_end_counts_and_no_sidecars() -> None:
    assert state(JOB, terminated(0, "Completed", "who ok arn\nend"), ()) == State(True, "who ok arn\nend")


@pytest.mark.parametrize(
    ("job", "found", "warnings", "over", "words"),
    [
        (None, None, (), True, ("Somebody removed it",)),
        (JOB, None, (), False, ("no pod yet",)),
        (JOB, None, (QUOTA,), True, ("exceeded quota: small", "ask the owner of that quota")),
        (JOB, None, ("FailedMount: x",), False, ("no pod yet",)),
        (JOB, waiting("ContainerCreating"), (), False, ("ContainerCreating",)),
        (JOB, waiting("ErrImagePull", "not found"), (), False, ("not found", "image.awscli")),
        (JOB, waiting("ImagePullBackOff", "Back-off"), (), True, ("ImagePullBackOff: Back-off", "image.awscli")),
        (JOB, waiting("InvalidImageName", "bad"), (), True, ("InvalidImageName",)),
        (JOB, waiting("CreateContainerConfigError", "runAsNonRoot"), (), True, ("runAsNonRoot",)),
        (JOB, UNSCHEDULABLE, (), False, ("0/3 nodes are available", "Make room")),
        (JOB, EVICTED, (), True, ("low on resource",)),
        (failed("DeadlineExceeded", "active longer"), UNSCHEDULABLE, (), True, ("active longer", "0/3 nodes", "room")),
        (failed("DeadlineExceeded", "active longer"), None, (), True, ("active longer", "job_timeout")),
        (JOB, terminated(0, "Completed"), (), True, ("exit code 0", "no answers")),
        (JOB, terminated(137, "OOMKilled"), (), True, ("OOMKilled", "memory limit")),
        (JOB, terminated(128, "StartError", 'exec: "sh": not found'), (), True, ('exec: "sh"', "needs sh")),
    ],
)
def test_why_no_answer_comes(
    job: dict[str, Any] | None,
    found: dict[str, Any] | None,
    warnings: tuple[str, ...],
    over: bool,
    words: tuple[str, ...],
) -> None:
    seen = state(job, found, warnings)
    assert (seen.over, seen.message) == (over, None)
    assert [word for word in words if word not in seen.trouble] == []


def test_what_was_said_before_the_end_is_kept() -> None:
    seen = state(JOB, terminated(137, "OOMKilled", "who ok arn\n0 ok\n"), ())
    assert seen.message == "who ok arn\n0 ok\n"
    assert "OOMKilled" in seen.trouble


def created(role: str | None = ROLE, *, mounted: bool = True, **variables: str) -> dict[str, Any]:
    given = {"HOME": "/probe-home", **variables}
    if role is not None:
        given |= {"AWS_ROLE_ARN": role, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN}
    volume: dict[str, Any] = {"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": {}}]}}
    mounts = [{"name": "home", "mountPath": "/probe-home"}]
    mounts += [{"name": "aws-iam-token", "mountPath": TOKEN.rpartition("/")[0]}] if mounted else []
    container = {
        "name": "probe",
        "env": [{"name": name, "value": value} for name, value in given.items()],
        "volumeMounts": mounts,
    }
    return {"spec": {"containers": [{"name": "istio-proxy"}, container], "volumes": [{"name": "home"}, volume]}}


@pytest.mark.parametrize(
    ("found", "role", "kind", "word"),
    [
        (created(), ROLE, Kind.RIGHT, ""),
        (created(None), ROLE, Kind.STALE, "has no AWS_ROLE_ARN"),
        (created(f"{ROLE}-2"), ROLE, Kind.STALE, f"AWS_ROLE_ARN={ROLE}-2, not {ROLE}"),
        (created(mounted=False), ROLE, Kind.STALE, f"has no volume for the token {TOKEN}"),
        (created(AWS_CONTAINER_CREDENTIALS_FULL_URI="http://x"), ROLE, Kind.FOREIGN, "EKS Pod Identity"),
        (created(None), "", Kind.RIGHT, ""),
        (created(), "", Kind.FOREIGN, f"AWS_ROLE_ARN={ROLE} although eks.amazonaws.com/skip-containers"),
    ],
)
def test_the_credentials_that_a_pod_was_created_with(found: dict[str, Any], role: str, kind: Kind, word: str) -> None:
    seen, text = misfit(found, role)
    assert seen is kind
    assert word in text
