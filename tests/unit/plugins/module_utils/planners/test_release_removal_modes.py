"""The wiring to the roles of nodes is taken back from a release, alone and beside IRSA."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import (
    ANNOTATION,
    BUCKET,
    INSTANCE_PROFILE,
    IRSA,
    STAGING_ACCOUNT,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal import plan_without_release
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.modes_world import (
    BACK_FROM_NODES,
    BY_HAND,
    before,
    noted,
    wire,
    with_attachments,
)
from tests.unit.plugins.module_utils.planners.release_world import OTHER_ROLE, ROLE, USERS, account
from tests.unit.plugins.module_utils.planners.removal_world import OFF, PRIVATE, REMOVAL, planned, with_release

NODES = wire(before(), INSTANCE_PROFILE)
BOTH = wire(wire(before(), IRSA), INSTANCE_PROFILE)


def operations(plan: Plan) -> list[str]:
    return [change.operation.partition(".")[2] for change in plan.changes]


@pytest.mark.parametrize(("actual", "ending"), [(NODES, "delete_record"), (with_attachments(NODES), "forget_release")])
def test_it_is_taken_back(actual: Actual, ending: str) -> None:
    plan = planned(actual, BACK_FROM_NODES)
    assert operations(plan) == ["save_kept", "upgrade", ending]
    assert plan.changes[-1].arguments == {"revision": 1}
    assert plan.after["owned_values"]["s3.bucket"] is None
    assert (plan.after["server_role_arn"], plan.after["values_to_return_to"], plan.residue) == ("", {}, ())
    done = with_release(replace(actual, details=None), revision=3, config=USERS)
    assert operations(planned(done, BACK_FROM_NODES)) == [ending]


@pytest.mark.parametrize("former", [USERS, OFF])
def test_beside_irsa_only_the_record_changes(former: dict[str, Any]) -> None:
    """Not even another store is needed: Epinio goes on with its web identity."""
    actual = wire(wire(before(former), IRSA), INSTANCE_PROFILE)
    plan = planned(actual, BACK_FROM_NODES)
    assert operations(plan) == ["remove_mode"]
    assert plan.changes[0].arguments["mode"] == INSTANCE_PROFILE
    assert (plan.before, plan.after["server_role_arn"]) == (plan.after, ROLE)
    older = with_release(replace(actual, account=account(ROLE, "epinio.aws")), chart_version="1.13.4")
    assert planned(older, BACK_FROM_NODES).after["server_role_arn"] == ROLE


def test_irsa_goes_and_the_nodes_roles_stay() -> None:
    plan = planned(BOTH)
    assert operations(plan) == ["save_kept", "upgrade", "remove_mode"]
    assert set(plan.changes[1].arguments["keys"]) == {helm.dotted(ANNOTATION), helm.dotted(STAGING_ACCOUNT)}
    assert plan.after["server_role_arn"] == ""
    assert plan.after["owned_values"]["s3.bucket"] == "epinio-sources"


@pytest.mark.parametrize("former", [OFF, BY_HAND])
@pytest.mark.parametrize("noted_too", [True, False])
def test_without_the_nodes_policy_epinio_would_have_no_store(former: dict[str, Any], noted_too: bool) -> None:
    actual = wire(before(former), INSTANCE_PROFILE)
    with pytest.raises(Refused, match=r"no store.*no role but its node's, which loses.*epinio_teardown_release=keep"):
        planned(with_attachments(actual) if noted_too else actual, BACK_FROM_NODES)


@pytest.mark.parametrize(
    "actual",
    [
        wire(before(PRIVATE), INSTANCE_PROFILE),
        # A role that somebody gave to the server since may permit a store.
        replace(wire(before(OFF), INSTANCE_PROFILE), account=account(OTHER_ROLE, "kubectl-annotate")),
        with_release(
            wire(before(OFF), INSTANCE_PROFILE),
            config=helm.merge(wire(before(OFF), INSTANCE_PROFILE).release.config, helm.tree({ANNOTATION: OTHER_ROLE})),
        ),
    ],
)
def test_keys_or_a_role_of_somebodys_are_a_store(actual: Actual) -> None:
    assert planned(actual, BACK_FROM_NODES).changes


@pytest.mark.parametrize(
    "actual",
    [
        before(),
        # Stopped between the note of the attachments and the release.
        with_attachments(before()),
        with_attachments(before(OFF)),
        before(BY_HAND),
        wire(before(), IRSA),
        with_attachments(wire(before(), IRSA)),
        # Somebody's own values since, or a role: nothing tells that they were ours.
        with_release(replace(NODES, upkeep=Upkeep()), description="Upgrade complete"),
        replace(wire(before(), IRSA), upkeep=Upkeep()),
    ],
)
def test_where_it_is_not_noted_there_is_nothing_to_do(actual: Actual) -> None:
    plan = planned(actual, BACK_FROM_NODES)
    assert (plan.changes, plan.residue, plan.before) == ((), (), plan.after)


@pytest.mark.parametrize("upkeep", [Upkeep(), with_attachments(before()).upkeep])
def test_an_upgrade_of_ours_whose_record_is_lost_is_refused(upkeep: Upkeep) -> None:
    lost = replace(NODES, upkeep=upkeep)
    assert lost.release.description == DESCRIPTION
    with pytest.raises(Refused, match=r"Revision 2 .*\(s3\.bucket: epinio-sources\).*teardown_release=keep"):
        target(BACK_FROM_NODES, lost)
    kept = planned(lost, replace(BACK_FROM_NODES, keep=True))
    assert (kept.changes, [one.object for one in kept.residue]) == ((), ["release epinio"])
    assert target(replace(BACK_FROM_NODES, keep=True), lost).owned == {BUCKET: "epinio-sources"}


@pytest.mark.parametrize(
    ("actual", "mode", "named", "advice"),
    [
        (NODES, INSTANCE_PROFILE, "s3.bucket", "or delete the Secret."),
        (with_attachments(NODES), INSTANCE_PROFILE, "s3.bucket", "go back to them."),
        (BOTH, IRSA, "server.stagingWorkloads.serviceAccountName", "go back to them."),
        # What IRSA needs as well is not left over.
        (BOTH, INSTANCE_PROFILE, "", "go back to them."),
    ],
)
def test_what_is_kept_is_what_would_have_gone(actual: Actual, mode: str, named: str, advice: str) -> None:
    back = replace(BACK_FROM_NODES if mode == INSTANCE_PROFILE else REMOVAL, keep=True)
    kept = planned(actual, back)
    assert kept.changes == ()
    *values, secret = kept.residue
    assert [named in one.reason for one in values] == [True] * bool(named)
    assert all("s3.bucket" not in one.reason or actual is not BOTH for one in values)
    assert secret.advice.endswith(advice)


def test_without_a_release_the_attachments_stay_noted() -> None:
    full = replace(noted(with_attachments(BOTH)), kept=(KeptObject("admin"),))
    for removal in (REMOVAL, BACK_FROM_NODES):
        assert operations(plan_without_release(removal, None, full)) == ["forget_release"]
        assert plan_without_release(removal, None, noted(with_attachments(before()))).changes == ()
