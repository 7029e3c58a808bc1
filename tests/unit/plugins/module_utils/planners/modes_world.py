"""A release that one way of wiring after the other changes, for the tests of both ways at once.

What a run does to the world is made of the very parts that plans and writers are made of.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION, TAKEN_BACK, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION, INSTANCE_PROFILE, IRSA
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record, renewed, without
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Values
from ansible_collections.epinio.aws.plugins.module_utils.planners import release as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_removal_target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    SETTINGS,
    USERS,
    WANTED,
    WIRED,
    account,
    fresh,
    release,
)
from tests.unit.plugins.module_utils.planners.removal_world import REMOVAL

OF_NODES = replace(WANTED, settings=replace(SETTINGS, mode=INSTANCE_PROFILE, role_arn="", staging_service_account=""))
BACK_FROM_NODES = replace(REMOVAL, mode=INSTANCE_PROFILE, role_arn="", staging_account="")
WAYS = {IRSA: (WANTED, REMOVAL), INSTANCE_PROFILE: (OF_NODES, BACK_FROM_NODES)}
ATTACHED = {"arn:aws:iam::123456789012:policy/p": ("nodes",)}
# Before: an S3 without keys and without a role, which somebody has set up by hand.
BY_HAND = helm.merge(
    USERS,
    {
        "minio": {"enabled": False},
        "s3gw": {"enabled": False},
        "s3": {
            "endpoint": WIRED.endpoint,
            "bucket": WIRED.bucket,
            "region": WIRED.region,
            "accessKeyID": "",
            "secretAccessKey": "",
            "useSSL": True,
            "certificateSecret": "",
        },
    },
)


def noted(actual: Actual) -> Record:
    """The record that is there."""
    assert actual.upkeep.record
    return actual.upkeep.record


def with_attachments(actual: Actual) -> Actual:
    """With roles of nodes noted besides what is noted already."""
    record = actual.upkeep.record or Record({}, 0, ())
    return replace(actual, upkeep=Upkeep(replace(record, attachments=ATTACHED)))


def before(former: Values = USERS) -> Actual:
    """Epinio as it was installed."""
    return fresh(release=release(config=former))


def wire(actual: Actual, mode: str) -> Actual:
    """Epinio after a run that wires it."""
    wanted, _ = WAYS[mode]
    goal, newest = planner.aim(wanted, actual), actual.release
    record = renewed(actual.upkeep.record, newest.revision, newest.config, goal.owned, mode)
    return replace(
        _upgraded(actual, goal.values, DESCRIPTION, bool(goal.reasons)), details=WIRED, upkeep=Upkeep(record)
    )


def take_back(actual: Actual, mode: str) -> Actual:
    """Epinio after a run that takes a way of wiring back."""
    _, removal = WAYS[mode]
    goal = release_removal_target.target(removal, actual)
    left = without(noted(actual), mode)
    return replace(_upgraded(actual, goal.values, TAKEN_BACK, bool(goal.reasons)), upkeep=Upkeep(left))


def _upgraded(actual: Actual, values: Values, description: str, differs: bool) -> Actual:
    if not differs:
        return actual
    revision = actual.release.revision + 1
    newest = replace(actual.release, revision=revision, config=values, description=description)
    role = helm.get(values, ANNOTATION)
    given = account(role, "helm") if isinstance(role, str) else account("")
    return replace(actual, release=newest, revisions=(*actual.revisions, Revision(revision, "deployed")), account=given)
