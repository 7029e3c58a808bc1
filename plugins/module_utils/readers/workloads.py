# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs that are waited for, and who uses a service account."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import workloads
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Users

# Seconds between two looks.
_PAUSE = 2.0


def await_users(api_client: Any, namespace: str, account: str, timeout: float) -> Users:
    """Who uses a service account, after waiting at most `timeout` seconds for its Jobs to end."""
    jobs = await_jobs(api_client, namespace, timeout, counts=lambda job: job.service_account == account)
    attempt = f"list the pods with service account {namespace}/{account}"
    selector = f"spec.serviceAccountName={account}"
    found = rest.items(attempt, api_client, rest.path("v1/pods", namespace), fieldSelector=selector)
    return Users(jobs, workloads.live_pods(found), timeout)


def await_jobs(
    api_client: Any, namespace: str, timeout: float, counts: Callable[[Job], bool] = lambda _: True, **query: Any
) -> tuple[Job, ...]:
    """The Jobs that count and still run after waiting at most `timeout` seconds for them. `query` narrows the list."""
    attempt, where = f"list the Jobs in namespace {namespace}", rest.path("batch/v1/jobs", namespace)
    end = time.monotonic() + timeout
    while True:
        found = rest.items(attempt, api_client, where, **query)
        running = tuple(filter(counts, workloads.unfinished_jobs(found)))
        if not running or time.monotonic() >= end:
            return running
        time.sleep(min(_PAUSE, max(0.0, end - time.monotonic())))
