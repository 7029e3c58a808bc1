# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is at work with a service account: Jobs that have not ended, and pods that no Job has made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import MADE_BY


@dataclass(frozen=True)
class Job:
    """A Job that has neither completed nor failed; a suspended one too. `maker` is whose it is, if a label says so."""

    name: str
    service_account: str
    maker: str = ""

    def __str__(self) -> str:
        return f"Job {self.name}" + (f" ({MADE_BY}: {self.maker})" if self.maker else "")


@dataclass(frozen=True)
class Pod:
    """A live pod. `controller` is what makes it anew when it ends ("ReplicaSet web-5d8"), `""` for a bare pod."""

    name: str
    controller: str = ""


@dataclass(frozen=True)
class Users:
    """What uses a service account after its Jobs were waited for up to `waited` seconds."""

    jobs: tuple[Job, ...] = ()
    pods: tuple[Pod, ...] = ()
    waited: float = 0.0


NOBODY = Users()


def unfinished_jobs(found: Iterable[Mapping[str, Any]]) -> tuple[Job, ...]:
    """The Jobs of a list, in the API server's JSON, that have not ended, by name."""
    return tuple(sorted((_job(one) for one in found if not _finished(one)), key=lambda job: job.name))


def live_pods(found: Iterable[Mapping[str, Any]]) -> tuple[Pod, ...]:
    """The pods of a list, in the API server's JSON, that have neither ended nor belong to a Job, by name."""
    pods = (Pod(one["metadata"]["name"], _controller(one)) for one in found if not _ended(one))
    return tuple(sorted((pod for pod in pods if not pod.controller.startswith("Job ")), key=lambda pod: pod.name))


def _job(found: Mapping[str, Any]) -> Job:
    metadata = found["metadata"]
    account = found["spec"]["template"]["spec"].get("serviceAccountName") or "default"
    return Job(metadata["name"], account, (metadata.get("labels") or {}).get(MADE_BY, ""))


def _finished(job: Mapping[str, Any]) -> bool:
    # https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
    conditions = (job.get("status") or {}).get("conditions") or ()
    return any(one["type"] in ("Complete", "Failed") and one.get("status") == "True" for one in conditions)


def _ended(pod: Mapping[str, Any]) -> bool:
    phase = (pod.get("status") or {}).get("phase")
    return phase in ("Succeeded", "Failed") or bool(pod["metadata"].get("deletionTimestamp"))


def _controller(pod: Mapping[str, Any]) -> str:
    owners = pod["metadata"].get("ownerReferences") or ()
    return next((f"{one.get('kind', '')} {one.get('name', '')}" for one in owners if one.get("controller")), "")
