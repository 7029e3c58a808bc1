"""Who still uses an account that is to be removed: who is waited for, refused, told."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Job, Pod, Users
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation_removal import awaits_jobs, plan

from tests.unit.plugins.module_utils.planners.account_world import (
    ANNOTATION,
    CHARTS,
    ELSEWHERE,
    OTHER,
    OURS,
    ROLE,
    SERVER,
    SOMEBODYS,
    STAGING,
    THEIRS,
    with_role,
)


def test_bare_pods_do_not_keep_the_account() -> None:
    planned = plan(STAGING, OURS, Users(pods=(Pod("shell"), Pod("probe"))))
    assert planned.after == {}
    (notice,) = planned.notices
    assert notice == (
        "Pods that run with the service account epinio/staging lose the role that it gives them: shell, probe."
    )


JOBS = Users(jobs=(Job("stage-a", "staging", "epinio"), Job("nightly", "staging")), waited=600.0)


@pytest.mark.parametrize("actual", [OURS, OURS.without_role(), with_role(SOMEBODYS, ROLE, "kubectl")])
def test_jobs_that_do_not_end_are_refused_by_name_and_owner(actual: ServiceAccount) -> None:
    with pytest.raises(Refused) as refusal:
        plan(STAGING, actual, JOBS)
    for part in (
        "After 600 seconds",
        "Job stage-a (app.kubernetes.io/managed-by: epinio), Job nightly",
        "service account epinio/staging",
        "Wait for them to end, or delete them",
    ):
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("wanted", "actual", "awaited"),
    [
        (STAGING, OURS, True),
        (STAGING, OURS.without_role(), True),
        # The account stays, but the role that it gives to running Jobs goes.
        (STAGING, with_role(SOMEBODYS, ROLE, "kubectl"), True),
        (STAGING, with_role(OURS, OTHER, "kubectl"), False),
        (STAGING, SOMEBODYS, False),
        (STAGING, replace(THEIRS, annotations={WIRING: ELSEWHERE, ANNOTATION: OTHER}), False),
        (STAGING, None, False),
        (SERVER, with_role(CHARTS, ROLE, "epinio.aws"), False),
    ],
)
def test_jobs_are_awaited_where_account_or_role_goes(
    wanted: Wanted, actual: ServiceAccount | None, awaited: bool
) -> None:
    assert awaits_jobs(wanted, actual) is awaited
