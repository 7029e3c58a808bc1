"""The plan of the Helm release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import TAKEN_BACK, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import refuse_missing
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, Server, Wanted
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

from tests.unit.plugins.module_utils.planners.release_world import (
    OTHER_ROLE,
    ROLE,
    WANTED,
    account,
    fresh,
    planned,
    release,
    wired,
)

KEPT = (KeptObject("dex-config", {("data", "config.yaml"): "aHVzaA=="}), KeptObject("ruser-admin", deleted=True))


def operations(plan: Plan) -> list[str]:
    return [change.operation for change in plan.changes]


def test_the_switch() -> None:
    plan = planned(fresh())
    assert operations(plan) == ["upkeep.save_record", "helm.upgrade"]
    upgrade = plan.changes[-1].arguments
    assert (upgrade["chart"], upgrade["version"]) == ("epinio", "1.13.9")
    assert "minio.enabled" in upgrade["keys"]
    assert plan.changes[0].arguments["sources"] is True
    assert upgrade["reasons"] == ["11 of its values differ"]
    assert (plan.before["revision"], plan.after["revision"]) == (1, 2)
    assert plan.before["owned_values"]["minio.enabled"] is None
    assert plan.after["owned_values"]["minio.enabled"] is False
    assert plan.after["values_to_return_to"]["s3.bucket"] is None
    assert plan.before.keys() == plan.after.keys()


def test_nothing_to_do() -> None:
    plan = planned(wired())
    assert plan.changes == ()
    assert plan.before == plan.after
    assert plan.after["owned_values"]['serviceAccount.annotations."eks.amazonaws.com/role-arn"'] == ROLE
    assert (plan.after["server_version"], plan.after["server_service_account"]) == ("1.13.9", "epinio-server")


def test_what_epinio_keeps_is_put_back() -> None:
    plan = planned(fresh(upkeep=Upkeep(kept=KEPT)))
    assert operations(plan) == ["upkeep.save_record", "helm.upgrade", "upkeep.put_back"]
    assert plan.changes[-1].arguments == {"objects": ["dex-config", "ruser-admin"]}
    assert "aHVzaA==" not in repr(plan)


def test_what_a_dead_run_has_left_is_put_back_first() -> None:
    left = Upkeep(Record({}, 1, ("irsa",), kept=KEPT), (PutBack("dex-config", {}),))
    assert operations(planned(wired(upkeep=left))) == ["upkeep.put_back"]
    again = operations(planned(wired(upkeep=left, release=replace(wired().release, status="failed"))))
    assert again == ["upkeep.put_back", "upkeep.save_record", "helm.upgrade"]


def test_a_stale_revision_is_rolled_back_first() -> None:
    actual = fresh(
        release=release(revision=3, status="pending-upgrade", apply_method="ssa"),
        revisions=(Revision(1, "deployed"), Revision(2, "failed"), Revision(3, "pending-upgrade")),
    )
    plan = planned(actual)
    assert operations(plan) == ["upkeep.save_record", "helm.rollback", "helm.upgrade"]
    assert plan.changes[1].arguments == {"name": "epinio", "namespace": "epinio", "revision": 1, "server_side": True}
    assert plan.after["revision"] == 5


def test_no_value_of_a_user_is_shown() -> None:
    config = {
        "s3": {"accessKeyID": "AKIAOLD", "secretAccessKey": "hush", "bucket": "old"},
        "api": {"adminPassword": "quiet"},
    }
    wanted = replace(
        WANTED, values={"server": {"traceLevel": 7}}, secret_values={"api": {"adminPassword": "silent"}, "n": 1}
    )
    plan = planned(fresh(release=release(config=config)), wanted)
    text = json.dumps([plan.before, plan.after, [change.arguments for change in plan.changes]]) + repr(plan)
    assert not any(word in text for word in ("AKIAOLD", "hush", "quiet", "silent"))
    assert plan.before["other_values"] == {"api.adminPassword": "(hidden)", "n": None, "server.traceLevel": None}
    assert plan.after["other_values"] == {
        "api.adminPassword": "(hidden, another)",
        "n": "(hidden, another)",
        "server.traceLevel": "(hidden, another)",
    }
    assert plan.after["values_to_return_to"]["s3.accessKeyID"] == "(hidden)"
    assert plan.after["values_to_return_to"]["s3.bucket"] == "old"


def test_a_recorded_former_value_stays() -> None:
    record = Record({("s3", "bucket"): "first"}, 1, ("irsa",), {("s3", "bucket"): "epinio-sources"})
    plan = planned(wired(upkeep=Upkeep(record), account=account("")))
    assert plan.after["values_to_return_to"]["s3.bucket"] == "first"


def test_what_somebody_undid_is_told() -> None:
    record = Record({}, 1, ("irsa",), {("s3", "bucket"): "epinio-sources"})
    newest = release(revision=3, description="Upgrade complete")
    (notice,) = planned(fresh(release=newest, upkeep=Upkeep(record))).notices
    assert notice.startswith("Revision 3 of release epinio (2026-11-24T09:00:00Z, Upgrade complete) dropped s3.bucket")
    older = (release(revision=2, description="by somebody"), newest)
    (notice,) = planned(fresh(release=newest, upkeep=Upkeep(record), since_ours=older)).notices
    assert notice.startswith("Revision 2 of release epinio (2026-11-24T09:00:00Z, by somebody)")


def test_what_a_teardown_took_back_is_nobodys_doing() -> None:
    record = Record({}, 1, ("irsa",), {("s3", "bucket"): "epinio-sources"})
    newest = release(revision=3, description=TAKEN_BACK)
    assert planned(fresh(release=newest, upkeep=Upkeep(record))).notices == ()


def test_the_chart_that_the_run_found_first_is_told() -> None:
    assert planned(fresh()).after["former_chart_version"] == "1.13.9"
    assert planned(fresh(former_chart="1.13.5")).after["former_chart_version"] == "1.13.5"


def test_where_the_chart_does_not_annotate_the_account_it_is_none_of_our_keys() -> None:
    older = fresh(release=release(chart_version="1.13.4"))
    plan = planned(older)
    assert plan.after["annotates"] is False
    assert not any("role-arn" in key for key in plan.after["owned_values"])
    done = wired(account=account(""))
    config = values.restored(done.release.config, {ANNOTATION: values.ABSENT}, {})
    same = replace(done, release=replace(done.release, chart_version="1.13.4", config=config))
    assert planned(same).changes == ()


def test_a_release_that_is_not_there_is_refused() -> None:
    with pytest.raises(Refused, match="no Helm release epinio in namespace epinio"):
        refuse_missing(WANTED, None, None)
    with pytest.raises(Refused, match="uninstalled since .*install Epinio first"):
        refuse_missing(WANTED, release(status="uninstalled"), None)


def test_edits_of_dex_that_the_values_contradict_are_told() -> None:
    (notice,) = planned(fresh(), at_odds=("config.yaml",)).notices
    assert "dex-config" in notice
    assert "config.yaml" in notice


def test_refusals_of_the_rehearsal() -> None:
    with pytest.raises(Refused, match="workspace/app"):
        planned(fresh(), apps=("workspace/app",))
    with pytest.raises(Refused, match="HelmChart"):
        planned(fresh(), endangered=("HelmChart a/b",))
    with pytest.raises(Refused, match="has version 1.13.5"):
        planned(fresh(), preview=release(chart_version="1.13.5"))


def test_abandoned_sources_are_told() -> None:
    plan = planned(fresh(), replace(WANTED, abandon_sources=True), apps=("workspace/app",))
    assert any("workspace/app" in notice for notice in plan.notices)


@pytest.mark.parametrize(
    ("actual", "wanted", "server"),
    [
        (fresh(), WANTED, Server("epinio-server:v1.13.10", "epinio-server")),
        (fresh(), replace(WANTED, chart_version="1.14.0"), Server("epinio-server:v1.14.0", "epinio-server")),
        (wired(server=Server("epinio-server:v1.13.10", "epinio-server")), WANTED, None),
    ],
)
def test_a_server_that_cannot_use_iam_is_refused(actual: Actual, wanted: Wanted, server: Server | None) -> None:
    with pytest.raises(Refused, match="cannot use IAM"):
        planned(actual, wanted, server=server)
    planned(actual, replace(wanted, accept_unsigned=True), server=server)


def test_going_back_to_a_version_that_can_is_not() -> None:
    actual = fresh(release=release(chart_version="1.13.10"), server=Server("epinio-server:v1.13.10", "epinio-server"))
    plan = planned(actual, replace(WANTED, chart_version="1.13.9"))
    assert plan.changes[-1].arguments["version"] == "1.13.9"
    assert (plan.before["server_version"], plan.after["server_version"]) == ("1.13.10", "1.13.9")


def test_without_a_deployment_the_chart_tells_the_version() -> None:
    assert planned(wired(server=None)).after["server_version"] == "1.13.9"


def test_our_former_role_may_be_replaced() -> None:
    config = values.merge(wired().release.config, values.tree({ANNOTATION: OTHER_ROLE}))
    plan = planned(wired(release=replace(wired().release, config=config)))
    assert plan.before["owned_values"][values.dotted(ANNOTATION)] == OTHER_ROLE
    assert plan.after["owned_values"][values.dotted(ANNOTATION)] == ROLE
