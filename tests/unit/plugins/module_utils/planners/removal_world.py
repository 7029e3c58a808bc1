"""A wired release whose former values are noted, for the tests of the planners that take the wiring back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import family, version
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import owned
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record, renewed
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Values
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_removal as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import Removal, target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    OWNER,
    ROLE,
    SERVER,
    SETTINGS,
    USERS,
    fresh,
    release,
    wired,
)

REMOVAL = Removal(
    wiring=OWNER,
    name="epinio",
    chart_repository="https://charts.test",
    staging_account="epinio-staging-service-account",
    role_arn=ROLE,
)
OURS = owned(SETTINGS, family(version("1.13.9")))

PRIVATE = {
    "minio": {"enabled": False},
    "s3": {"endpoint": "s3.corp.test:9000", "bucket": "old", "accessKeyID": "AKIATHEIRS", "secretAccessKey": "hush"},
}
OFF = {"minio": {"enabled": False}, "s3": {"bucket": "old"}}


def noted(former: Values = USERS, *modes: str) -> Record:
    """The record of an upgrade of revision 1, which had these values."""
    record = renewed(None, 1, former, OURS, "irsa")
    return replace(record, modes=modes) if modes else record


def wired_from(former: Values = USERS, *modes: str, **changed: Any) -> Actual:
    """Epinio after the switch, with its record."""
    found = wired(upkeep=Upkeep(noted(former, *modes)))
    newest = replace(found.release, config=helm.merge(former, helm.tree(OURS)))
    return replace(found, release=newest, **changed)


def with_release(actual: Actual, **changed: Any) -> Actual:
    return replace(actual, release=replace(actual.release, **changed))


def given_back(former: Values = USERS, *modes: str, **changed: Any) -> Actual:
    """Epinio after the upgrade that takes the wiring back, before anything else."""
    newest = release(revision=3, config=former, **changed)
    return fresh(release=newest, upkeep=Upkeep(noted(former, *modes)))


def planned(actual: Actual, removal: Removal = REMOVAL, **rehearsed: Any) -> Plan:
    """The plan, with the rehearsal that the target asks for."""
    goal = target(removal, actual)
    preview: Release = release(revision=actual.release.revision + 1, chart_version=goal.chart.version)
    found = {"preview": preview, "server": SERVER, **rehearsed}
    return planner.plan(removal, actual, goal, Rehearsal(**found) if goal.reasons else None)
