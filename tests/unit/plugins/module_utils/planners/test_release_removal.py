"""The plan that takes the wiring back from the Helm release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal import plan_without_release
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    OTHER_ROLE,
    ROLE,
    USERS,
    account,
    fresh,
    release,
)
from tests.unit.plugins.module_utils.planners.removal_world import (
    OFF,
    PRIVATE,
    REMOVAL,
    given_back,
    noted,
    planned,
    wired_from,
    with_release,
)

KEPT = (KeptObject("dex-config", {("data", "config.yaml"): "aHVzaA=="}),)


def operations(plan: Plan) -> list[str]:
    return [change.operation for change in plan.changes]


def with_kept(actual: Actual) -> Actual:
    """With something that the upgrade to come resets."""
    return replace(actual, upkeep=replace(actual.upkeep, kept=KEPT))


def interrupted(actual: Actual, *left: PutBack) -> Actual:
    """With a record of which something is still to be put back."""
    record = actual.upkeep.record
    assert record
    return replace(actual, upkeep=Upkeep(replace(record, kept=KEPT, kept_at=2), left))


def test_it_is_taken_back() -> None:
    plan = planned(with_kept(wired_from()))
    assert operations(plan) == ["upkeep.save_kept", "helm.upgrade", "upkeep.put_back", "upkeep.delete_record"]
    assert plan.changes[0].arguments == {"revision": 2, "objects": ["dex-config"]}
    assert plan.changes[-1].arguments == {"revision": 1}
    assert plan.changes[1].arguments["version"] == "1.13.9"
    assert "minio.enabled" in plan.changes[1].arguments["keys"]
    assert (plan.before["revision"], plan.after["revision"]) == (2, 3)
    assert (plan.before["server_role_arn"], plan.after["server_role_arn"]) == ("", "")
    assert (plan.before["owned_values"]["s3.bucket"], plan.after["owned_values"]["s3.bucket"]) == (
        "epinio-sources",
        None,
    )
    assert plan.before["values_to_return_to"]
    assert plan.after["values_to_return_to"] == {}
    assert (plan.residue, plan.notices) == ((), ())
    assert plan.before.keys() == plan.after.keys()


def test_nothing_to_do() -> None:
    plan = planned(fresh())
    assert (plan.changes, plan.residue) == ((), ())
    assert plan.before == plan.after


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        # Killed before the upgrade, with and without the note of what it resets.
        (interrupted(wired_from()), ["put_back", "save_kept", "upgrade", "delete_record"]),
        # Within the upgrade: the revision is pending or failed, its values are the former ones.
        (interrupted(given_back(status="failed")), ["put_back", "save_kept", "upgrade", "delete_record"]),
        (
            interrupted(
                replace(
                    given_back(status="pending-upgrade"),
                    revisions=(Revision(2, "deployed"), Revision(3, "pending-upgrade")),
                )
            ),
            ["put_back", "save_kept", "rollback", "upgrade", "delete_record"],
        ),
        # After it.
        (interrupted(given_back(), PutBack("dex-config", {})), ["put_back", "delete_record"]),
        (given_back(), ["delete_record"]),
    ],
)
def test_what_a_killed_run_has_left_is_finished(actual: Actual, expected: list[str]) -> None:
    assert [one.split(".")[1] for one in operations(planned(actual))] == expected


@pytest.mark.parametrize("actual", [wired_from(USERS, "instance_profile", "irsa")])
def test_while_another_mode_is_wired_the_record_stays(actual: Actual) -> None:
    plan = planned(actual)
    assert operations(plan) == ["upkeep.save_kept", "helm.upgrade", "upkeep.remove_mode"]
    assert plan.changes[-1].arguments == {"mode": "irsa", "revision": 1}
    assert set(plan.before["values_to_return_to"]) - set(plan.after["values_to_return_to"]) == {
        "server.stagingWorkloads.serviceAccountName",
        helm.dotted(ANNOTATION),
    }
    assert plan.after["owned_values"]["s3.bucket"] == "epinio-sources"


def test_while_another_mode_is_wired_epinio_needs_no_other_store() -> None:
    planned(wired_from(OFF, "instance_profile", "irsa"))


def test_what_somebody_changed_is_left_and_told() -> None:
    actual = wired_from(PRIVATE)
    config = helm.merge(actual.release.config, {"s3": {"bucket": "third"}})
    theirs = with_release(actual, revision=3, config=config, description="Upgrade complete")
    (residue,) = planned(theirs).residue
    assert residue.object == "release epinio"
    assert "revision 3 of release epinio (2026-11-24T09:00:00Z, Upgrade complete) gave another value" in residue.reason
    assert "s3.bucket" in residue.reason
    assert planned(theirs).after["owned_values"]["s3.bucket"] == "third"


def test_keys_of_a_former_store_are_hidden() -> None:
    plan = planned(wired_from(PRIVATE))
    assert plan.after["owned_values"]["s3.secretAccessKey"] == "(hidden)"
    assert plan.after["owned_values"]["s3.bucket"] == "old"
    text = json.dumps([plan.before, plan.after, [change.arguments for change in plan.changes]]) + repr(plan)
    assert not any(word in text for word in ("AKIATHEIRS", "hush"))


def test_keep() -> None:
    keep = replace(REMOVAL, keep=True)
    plan = planned(wired_from(), keep)
    assert plan.changes == ()
    assert [one.object for one in plan.residue] == ["release epinio", "Secret epinio-aws-wiring"]
    assert "s3.bucket" in plan.residue[0].reason
    assert plan.after["server_role_arn"] == ROLE
    assert planned(fresh(), keep).residue == ()
    assert operations(planned(interrupted(wired_from()), keep)) == ["upkeep.put_back"]
    unrecorded = fresh(release=release(config=helm.tree({ANNOTATION: ROLE})))
    assert [one.object for one in planned(unrecorded, keep).residue] == ["release epinio"]


def test_a_record_that_leads_back_to_the_wiring_is_refused() -> None:
    actual = wired_from()
    record = actual.upkeep.record
    assert record
    with pytest.raises(Refused, match="no store to work with"):
        planned(replace(actual, upkeep=replace(actual.upkeep, record=replace(record, former=record.ours))))


@pytest.mark.parametrize(
    ("actual", "role"),
    [
        # The role of somebody else stays, ours goes with whoever gave it.
        (with_release(wired_from(account=account(OTHER_ROLE, "kubectl")), chart_version="1.13.4"), OTHER_ROLE),
        (wired_from(account=account(ROLE, "epinio.aws", "helm")), ""),
        (with_release(wired_from(account=account(ROLE, "epinio.aws")), chart_version="1.13.4"), ""),
        (with_release(wired_from(account=account(ROLE, "kubectl")), chart_version="1.13.4"), ROLE),
        (replace(given_back(), account=account(ROLE, "epinio.aws")), ""),
        (replace(given_back(), account=account(ROLE, "kubectl")), ROLE),
        (wired_from(helm.merge(USERS, helm.tree({ANNOTATION: OTHER_ROLE}))), OTHER_ROLE),
        (wired_from(account=None), ""),
        (fresh(account=account(OTHER_ROLE, "kubectl")), OTHER_ROLE),
        (fresh(account=account(ROLE, "epinio.aws")), ""),
    ],
)
def test_the_role_that_the_account_carries_afterwards(actual: Actual, role: str) -> None:
    assert planned(actual).after["server_role_arn"] == role


def test_a_chart_that_does_not_annotate_takes_the_role_away() -> None:
    plan = planned(wired_from(), replace(REMOVAL, chart_version="1.13.4"))
    assert (plan.after["server_role_arn"], plan.after["annotates"]) == ("", False)


def test_without_a_release_only_the_record_is_left_to_be_deleted() -> None:
    plan = plan_without_release(REMOVAL, None, noted())
    assert operations(plan) == ["upkeep.delete_record"]
    assert (plan.before, plan.after) == ({}, {})
    assert "epinio is not in namespace epinio" in plan.notices[0]
    assert plan_without_release(REMOVAL, None, None).changes == ()
    gone = plan_without_release(REMOVAL, release(status="uninstalled"), noted(USERS, "instance_profile", "irsa"))
    assert operations(gone) == ["upkeep.delete_record"]
    assert "is uninstalled since" in gone.notices[0]
