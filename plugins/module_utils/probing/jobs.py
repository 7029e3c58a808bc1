# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a Job of the proof to its end, and remove it whatever happens."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import mark
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_pods import State, state
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import FIELD_MANAGER, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import NoJob, Refused, ServiceFailed, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.readers import jobs

# Seconds. Between two looks, and for a removed Job's pod to go, which has half a minute to end.
_PAUSE, _GOING = 1.0, 45.0
_FORBIDDEN = ("403", "422")
# The annotation that tells the Job of this run from that of another.
_RUN = "epinio.aws/run"


def run(api: Any, wiring: Wiring, manifest: Mapping[str, Any], seconds: float, check: Callable[[Any], None]) -> State:
    """The last state of the Job, which is removed. `check` sees its pod once, and raises if it is not worth a wait.

    Waits at most so many seconds. Raises `NoJob` with the reason if the Job cannot be made, `Refused` if somebody else
    has one of that name.
    """
    with _made(api, wiring, manifest) as job:
        deadline, seen = time.monotonic() + seconds, False
        while True:
            found, pod = _look(api, wiring.namespace, job)
            if pod is not None and not seen:
                check(pod)
                seen = True
            warnings = () if pod is not None else jobs.read_warnings(api, wiring.namespace, job)
            last = state(found, pod, warnings)
            if last.over:
                return last
            if time.monotonic() >= deadline:
                return State(True, trouble=f"It was not done after {seconds:g} seconds. {last.trouble}")
            time.sleep(_PAUSE)


def _look(api: Any, namespace: str, job: Mapping[str, Any]) -> tuple[Any, Any]:
    """The Job, `None` if it is gone, and its pod. The pod is read first: it may go with the Job at any moment."""
    pod = jobs.read_pod(api, namespace, job)
    found = jobs.read_job(api, namespace, job["metadata"]["name"])
    return (found if found and found["metadata"]["uid"] == job["metadata"]["uid"] else None), pod


@contextmanager
def _made(api: Any, wiring: Wiring, manifest: Mapping[str, Any]) -> Iterator[Any]:
    """The Job while the block runs. A leftover of a run that was killed goes first."""
    name = manifest["metadata"]["name"]
    _remove_leftover(api, wiring, name)
    job = _create(api, wiring.namespace, manifest)
    try:
        yield job
    finally:
        # It ends and goes by itself too; the answer counts more than that it could not be removed at once.
        with suppress(ServiceFailed):
            _remove(api, wiring.namespace, job)


def _create(api: Any, namespace: str, manifest: Mapping[str, Any]) -> Any:
    name = manifest["metadata"]["name"]
    metadata, run_id = manifest["metadata"], str(uuid.uuid4())
    metadata = {**metadata, "annotations": {**metadata["annotations"], _RUN: run_id}}
    try:
        attempt, where = f"create Job {namespace}/{name}", rest.path(jobs.JOBS, namespace)
        return rest.create(attempt, api, where, {**manifest, "metadata": metadata}, fieldManager=FIELD_MANAGER)
    except ServiceFailed as error:
        if error.code in _FORBIDDEN:
            advice = (
                f"Grant create, get and delete on jobs (batch) in namespace {namespace} to the caller, "
                "or ask the owner of the quota or the admission policy that refuses it; or set from to controller."
            )
            raise NoJob(f"Could not create Job {namespace}/{name}: {error.reason.rstrip('.')}. {advice}") from error
        if error.code == "409":
            # A creation that the API server could not answer in time is sent again, and may have been carried out.
            found = jobs.read_job(api, namespace, name)
            if found and (found["metadata"].get("annotations") or {}).get(_RUN) == run_id:
                return found
            raise Undecided(f"{error} Another run proves the same at this moment: run it again.") from error
        raise


def _remove_leftover(api: Any, wiring: Wiring, name: str) -> None:
    found = jobs.read_job(api, wiring.namespace, name)
    if found is None:
        return
    if mark(found, wiring) is not Mark.OURS:
        raise Refused(
            f"The Job {wiring.namespace}/{name} exists and is not this wiring's: it is left as it is. "
            "Have its owner remove it, or prove the access from the controller (from: controller)."
        )
    _remove(api, wiring.namespace, found)
    if jobs.read_job(api, wiring.namespace, name) is not None:
        raise Undecided(f"The Job {wiring.namespace}/{name} of an earlier run does not go: see what keeps its pod.")


def _remove(api: Any, namespace: str, job: Mapping[str, Any]) -> None:
    """Remove the Job with its pod, and wait a while for them to go."""
    name, uid = job["metadata"]["name"], job["metadata"]["uid"]
    options = {"propagationPolicy": "Foreground", "preconditions": {"uid": uid}}
    try:
        rest.delete(f"delete Job {namespace}/{name}", api, rest.path(jobs.JOBS, namespace, name), options)
    except ServiceFailed as error:
        # Gone, or another one by now.
        if error.code not in ("404", "409"):
            raise
    deadline = time.monotonic() + _GOING
    while time.monotonic() < deadline:
        found = jobs.read_job(api, namespace, name)
        if found is None or found["metadata"]["uid"] != uid:
            return
        time.sleep(_PAUSE / 4)
