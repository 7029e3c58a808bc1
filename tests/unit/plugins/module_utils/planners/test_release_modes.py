"""A release is wired to the roles of its nodes, alone and beside IRSA."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import (
    ANNOTATION,
    BUCKET,
    INSTANCE_PROFILE,
    IRSA,
    STAGING_ACCOUNT,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Values
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import aim
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import OLD_DETAILS, Actual

from tests.unit.plugins.module_utils.planners.modes_world import (
    BY_HAND,
    OF_NODES,
    before,
    noted,
    take_back,
    wire,
    with_attachments,
)
from tests.unit.plugins.module_utils.planners.release_world import (
    OTHER_ROLE,
    ROLE,
    USERS,
    WANTED,
    account,
    planned,
)
from tests.unit.plugins.module_utils.planners.removal_world import OFF, PRIVATE, with_release

BOTH = (IRSA, INSTANCE_PROFILE)


def operations(plan: Plan) -> list[str]:
    return [change.operation for change in plan.changes]


@pytest.mark.parametrize("actual", [before(), with_attachments(before())])
def test_the_switch(actual: Actual) -> None:
    plan = planned(actual, OF_NODES)
    assert operations(plan) == ["upkeep.save_record", "helm.upgrade"]
    assert (plan.changes[0].arguments["mode"], plan.changes[0].arguments["sources"]) == (INSTANCE_PROFILE, True)
    assert plan.after["owned_values"]["s3.bucket"] == "epinio-sources"
    assert not any("serviceAccount" in key for key in plan.after["owned_values"])
    # Whether attachments are noted already changes nothing.
    assert plan == planned(before(), OF_NODES)
    assert planned(wire(actual, INSTANCE_PROFILE), OF_NODES).changes == ()


def test_drifts() -> None:
    wired = wire(before(), INSTANCE_PROFILE)
    assert aim(OF_NODES, replace(wired, details=None)).reasons == (OLD_DETAILS,)
    assert aim(OF_NODES, with_release(wired, status="failed")).reasons == ("its revision 2 is failed",)
    config = helm.merge(wired.release.config, {"s3": {"accessKeyID": "AKIA"}})
    assert aim(OF_NODES, with_release(wired, config=config)).reasons == ("1 of its values differ",)


def test_accounts_that_the_chart_does_not_make_are_no_matter() -> None:
    theirs = replace(OF_NODES, values={"serviceAccount": {"create": False}, "server": {"stagingWorkloads": {"x": 1}}})
    assert aim(theirs, before()).reasons


def annotated(in_values: str, live: str, chart: str = "1.13.9") -> Actual:
    config = helm.merge(USERS, helm.tree({ANNOTATION: in_values}) if in_values else {})
    return replace(with_release(before(config), chart_version=chart), account=account(live, "kubectl-annotate"))


@pytest.mark.parametrize(
    ("actual", "said"),
    [
        (annotated(OTHER_ROLE, OTHER_ROLE), rf"Revision 1 .*Install complete.* to {OTHER_ROLE}.*not their node's"),
        (annotated(OTHER_ROLE, ""), "Take it out of the release's values"),
        (annotated("", OTHER_ROLE), rf"annotated with {OTHER_ROLE} by kubectl-annotate.*Remove the annotation"),
        (annotated("", ROLE, "1.13.4"), "IRSA is not wired here"),
        # This chart ignores what the values say.
        (annotated(OTHER_ROLE, OTHER_ROLE, "1.13.4"), "by kubectl-annotate"),
        (with_attachments(annotated("", ROLE)), "choose IRSA"),
    ],
)
def test_a_web_identity_that_no_wired_mode_gives_is_refused(actual: Actual, said: str) -> None:
    with pytest.raises(Refused, match=said):
        aim(OF_NODES, actual)
    with pytest.raises(Refused, match=said):
        aim(OF_NODES, replace(wire(before(), INSTANCE_PROFILE), release=actual.release, account=actual.account))


@pytest.mark.parametrize("actual", [annotated(OTHER_ROLE, ""), annotated(OTHER_ROLE, OTHER_ROLE)])
def test_one_that_the_users_values_take_away_is_not(actual: Actual) -> None:
    without = replace(OF_NODES, values={"serviceAccount": {"annotations": None}})
    assert helm.get(aim(without, actual).values, ANNOTATION) is ABSENT


def test_beside_irsa_the_mode_is_noted_and_nothing_is_upgraded() -> None:
    irsa = wire(before(), IRSA)
    plan = planned(irsa, OF_NODES)
    assert operations(plan) == ["upkeep.save_mode"]
    assert plan.changes[0].arguments["revision"] == 2
    assert plan.before == plan.after
    (notice,) = plan.notices
    assert notice == f"IRSA is wired as well: as long as it is, Epinio's pods use the role {ROLE} and not their node's."
    again = planned(wire(irsa, INSTANCE_PROFILE), OF_NODES)
    assert (again.changes, again.notices) == ((), (notice,))
    older = with_release(replace(irsa, account=account(ROLE, "epinio.aws")), chart_version="1.13.4")
    assert operations(planned(older, OF_NODES)) == ["upkeep.save_mode"]


def test_irsa_beside_the_nodes_gives_the_accounts_their_roles() -> None:
    nodes = wire(before(PRIVATE), INSTANCE_PROFILE)
    plan = planned(nodes, WANTED)
    assert operations(plan) == ["upkeep.save_record", "helm.upgrade"]
    assert set(plan.changes[-1].arguments["keys"]) == {helm.dotted(ANNOTATION), helm.dotted(STAGING_ACCOUNT)}
    assert plan.notices == ()
    # The other mode's values are not the ones to go back to.
    assert plan.after["values_to_return_to"]["s3.bucket"] == "old"
    assert noted(wire(nodes, IRSA)).former[ANNOTATION] is ABSENT


@pytest.mark.parametrize("former", [{}, USERS, PRIVATE, OFF, BY_HAND], ids=["no", "users", "private", "off", "by-hand"])
@pytest.mark.parametrize("there", list(itertools.permutations(BOTH)), ids=" then ".join)
@pytest.mark.parametrize("back", list(itertools.permutations(BOTH)), ids=" then ".join)
def test_there_and_back_in_any_order(former: Values, there: tuple[str, ...], back: tuple[str, ...]) -> None:
    actual = before(former)
    for mode in there:
        actual = wire(actual, mode)
    assert noted(actual).modes == tuple(sorted(BOTH))
    assert helm.get(actual.release.config, ANNOTATION) == ROLE
    actual = take_back(actual, back[0])
    assert noted(actual).modes == (back[1],)
    assert helm.get(actual.release.config, BUCKET) == "epinio-sources"
    assert (helm.get(actual.release.config, ANNOTATION) == ROLE) is (back[1] == IRSA)
    actual = take_back(actual, back[1])
    assert (actual.release.config, actual.upkeep.record) == (former, None)


def test_what_somebody_set_up_by_hand_is_noted_only_where_nothing_else_would_tell() -> None:
    actual = replace(before(BY_HAND), details=wire(before(), IRSA).details)
    plan = planned(actual, OF_NODES)
    assert operations(plan) == ["upkeep.save_mode"]
    assert plan.changes == planned(with_attachments(actual), OF_NODES).changes
    assert plan.after["values_to_return_to"]["s3.bucket"] == "epinio-sources"
    of_irsa = with_release(actual, config=wire(actual, IRSA).release.config)
    assert planned(replace(of_irsa, account=account(ROLE)), WANTED).changes == ()


@pytest.mark.parametrize(
    "values", [{"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": OTHER_ROLE}}}, {"server": None}]
)
def test_values_that_take_a_key_of_the_other_mode_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(Refused, match=r"epinio_values .*belongs to the wiring"):
        aim(replace(OF_NODES, values=values), wire(before(), IRSA))


def test_what_somebody_did_to_keys_of_the_other_mode_is_told_and_left() -> None:
    both = wire(wire(before(), IRSA), INSTANCE_PROFILE)
    lost = helm.restored(both.release.config, {ANNOTATION: ABSENT, BUCKET: ABSENT}, {})
    theirs = with_release(both, revision=3, config=lost, description="Upgrade complete")
    plan = planned(replace(theirs, account=account("")), OF_NODES)
    first, second, third = plan.notices
    assert first.endswith("dropped s3.bucket, which belong to the wiring: they get its values again.")
    assert "dropped serviceAccount.annotations" in second
    assert second.endswith("another way of wiring: the playbook of that puts them back.")
    assert "the role of IRSA" in third
    assert plan.changes[-1].arguments["keys"] == ["s3.bucket"]
