# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a Job of the proof and its pod show: whose credentials the pod has, and why no answer has come, or none will."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import credentials, deployments
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import CONTAINER

# Of a waiting container: nothing that waiting mends within the time of a proof.
# pkg/kubelet/images/types.go and pkg/kubelet/kuberuntime/kuberuntime_container.go of Kubernetes.
_IMAGE = ("ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "ImageInspectError", "SignatureValidationFailed")
_CONFIGURATION = ("CreateContainerConfigError", "CreateContainerError", "RunContainerError")
# Of a terminated one.
_NOT_STARTED = ("StartError", "ContainerCannotRun")
_ADVICE = {
    **dict.fromkeys(
        (*_IMAGE, "ErrImagePull"),
        "Correct image.awscli in the release's values, or the pull secrets of the service account and the release.",
    ),
    **dict.fromkeys(_NOT_STARTED, "The image needs sh and the AWS CLI: correct image.awscli in the release's values."),
    "OOMKilled": "Have the memory limit that is put on pods of the namespace raised.",
    "FailedCreate": "Kubernetes refuses the pod: ask the owner of that quota, policy or webhook to admit it.",
    "Unschedulable": "Make room on a node that the pod may run on.",
    "DeadlineExceeded": "Give it more time with job_timeout, or see what keeps the pod.",
}


@dataclass(frozen=True)
class State:
    """How far a Job is. `over`: nothing more will come.

    `message` is the termination message, `None` as long as the container has left none; `trouble` says why.
    `refused`: Kubernetes makes no pod for it.
    """

    over: bool
    message: str | None = None
    trouble: str = ""
    refused: bool = False


def state(job: Mapping[str, Any] | None, pod: Mapping[str, Any] | None, warnings: Sequence[str]) -> State:
    """How far a Job is, from the API server's JSON; `warnings` are the Job's events, as `reason: message`.

    Only the proof's own container counts: a sidecar that somebody injects may go on for ever.
    """
    container = _container(pod) if pod else {}
    ended = (container.get("state") or {}).get("terminated")
    if ended:
        return _ended(ended)
    if job is None:
        return State(True, trouble="Somebody removed it, perhaps another run at the same time. Run it again.")
    for condition in (job.get("status") or {}).get("conditions") or ():
        if condition["type"] in ("Failed", "Complete") and condition.get("status") == "True":
            return State(True, trouble=_told(pod, condition.get("reason", ""), condition.get("message", "")))
    if pod is None:
        refused = next((text for text in warnings if text.startswith("FailedCreate:")), "")
        if refused:
            return State(True, trouble=_advised("FailedCreate", refused), refused=True)
        return State(False, trouble="It has no pod yet.")
    waiting = (container.get("state") or {}).get("waiting") or {}
    over = waiting.get("reason") in (*_IMAGE, *_CONFIGURATION) or (pod.get("status") or {}).get("phase") == "Failed"
    return State(over, trouble=_told(pod, "", ""))


def misfit(pod: Mapping[str, Any], role_arn: str) -> tuple[Kind, str]:
    """How the credentials that the pod was created with differ from what they must be; `""` if they do not.

    `role_arn` is the service account's, `""` where the pod is to act as its node. `STALE` may be right in another pod:
    the webhook reads accounts from a cache.
    """
    environment = deployments.environments(pod.get("spec") or {}).get(CONTAINER, {})
    if not role_arn:
        given = [name for name in (credentials.ROLE, *credentials.CONTAINER_CREDENTIALS) if environment.get(name)]
        text = f"has {given[0]}={environment[given[0]]} although {credentials.SKIP} names it" if given else ""
        return (Kind.FOREIGN if given else Kind.RIGHT), text
    found = credentials.finding(credentials.Wanted(role_arn), environment, {})
    if found.kind is Kind.RIGHT and not _mounted(pod["spec"], environment[credentials.TOKEN_FILE]):
        return Kind.STALE, f"has no volume for the token {environment[credentials.TOKEN_FILE]}"
    return found.kind, found.text


def _mounted(spec: Mapping[str, Any], token: str) -> bool:
    (container,) = (one for one in spec["containers"] if one["name"] == CONTAINER)
    names = {
        one["name"]
        for one in container.get("volumeMounts") or ()
        if token.startswith(one["mountPath"].rstrip("/") + "/")
    }
    projected = (one for one in spec.get("volumes") or () if one["name"] in names)
    return any("serviceAccountToken" in source for one in projected for source in _sources(one))


def _sources(volume: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return (volume.get("projected") or {}).get("sources") or ()


def _container(pod: Mapping[str, Any]) -> Mapping[str, Any]:
    statuses = (pod.get("status") or {}).get("containerStatuses") or ()
    return next((one for one in statuses if one["name"] == CONTAINER), {})


def _ended(ended: Mapping[str, Any]) -> State:
    message, reason = ended.get("message") or "", ended.get("reason") or ""
    if reason in _NOT_STARTED or not message:
        text = f"Its container ended with exit code {ended.get('exitCode')} ({reason or 'no reason'}) and no answers"
        return State(True, trouble=_advised(reason, f"{text}: {message}" if message else text))
    cut = reason != "Completed"
    return State(True, message, _advised(reason, f"Its container was ended early ({reason})") if cut else "")


def _told(pod: Mapping[str, Any] | None, reason: str, message: str) -> str:
    """What the Job's end and its pod say together."""
    words = list(_words(pod)) if pod else []
    if reason or message:
        words.insert(0, (reason, f"{reason}: {message}".strip(": ")))
    advice = next((_ADVICE[reason] for reason, _text in reversed(words) if reason in _ADVICE), "")
    return f"{'; '.join(text for _reason, text in words).rstrip('.')}. {advice}".strip()


def _words(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a pod says about itself, as reason and text."""
    status = pod.get("status") or {}
    yield status.get("reason", ""), f"Its pod is in phase {status.get('phase', 'unknown')}"
    if status.get("reason"):
        yield status["reason"], f"{status['reason']}: {status.get('message', '')}"
    for condition in status.get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition.get("status") == "False":
            yield condition.get("reason", ""), f"{condition.get('reason', '')}: {condition.get('message', '')}"
    waiting = (_container(pod).get("state") or {}).get("waiting") or {}
    if waiting.get("reason"):
        yield waiting["reason"], f"{waiting['reason']}: {waiting.get('message', '')}"


def _advised(reason: str, text: str) -> str:
    return f"{text.rstrip('.')}. {_ADVICE.get(reason, '')}".strip()
