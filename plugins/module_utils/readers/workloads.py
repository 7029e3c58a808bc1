# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are waited for, and who uses a service account."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import workloads
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Users
from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import items, read

try:
    from kubernetes.client import BatchV1Api, CoreV1Api
except ImportError:  # kubernetes_module says so
    BatchV1Api = CoreV1Api = object

# Seconds between two looks.
_PAUSE = 2.0


def await_users(api_client: Any, namespace: str, account: str, timeout: float) -> Users:
    """Who uses a service account, after waiting at most `timeout` seconds for its Jobs to end."""
    jobs = await_jobs(api_client, namespace, timeout, counts=lambda job: job.service_account == account)
    attempt = f"list the pods with service account {namespace}/{account}"
    list_pods = CoreV1Api(api_client).list_namespaced_pod
    found = items(read(attempt, list_pods, namespace, field_selector=f"spec.serviceAccountName={account}"))
    return Users(jobs, workloads.live_pods(found), timeout)


def await_jobs(
    api_client: Any, namespace: str, timeout: float, counts: Callable[[Job], bool] = lambda _: True, **query: str
) -> tuple[Job, ...]:
    """The Jobs that count and still run after waiting at most `timeout` seconds for them. `query` narrows the list."""
    batch = BatchV1Api(api_client)
    end = time.monotonic() + timeout
    while True:
        found = items(read(f"list the Jobs in namespace {namespace}", batch.list_namespaced_job, namespace, **query))
        running = tuple(filter(counts, workloads.unfinished_jobs(found)))
        if not running or time.monotonic() >= end:
            return running
        time.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
