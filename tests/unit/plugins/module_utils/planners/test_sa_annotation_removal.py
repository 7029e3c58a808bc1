"""Tables for the removal of a service account, or of its role: what goes, what is kept and why, what is refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import Pod, Users
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation_removal import plan

from tests.unit.plugins.module_utils.planners.account_world import (
    ANNOTATION,
    CHARTS,
    EKSCTL,
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


@pytest.mark.parametrize("wanted", [STAGING, SERVER])
def test_what_is_not_there_is_no_change(wanted: Wanted) -> None:
    planned = plan(wanted, None)
    assert (planned.before, planned.after, planned.changes, planned.residue) == ({}, {}, (), ())


@pytest.mark.parametrize(
    "actual",
    [
        OURS,
        OURS.without_role(),
        with_role(OURS, "", "kubectl-edit"),
        # The whole account is ours, so it does not matter who gave it its role.
        with_role(OURS, ROLE, "kubectl-annotate"),
        replace(OURS, pull_secrets=("theirs",), automount_token=True),
    ],
)
def test_our_account_is_deleted(actual: ServiceAccount) -> None:
    planned = plan(STAGING, actual)
    (change,) = planned.changes
    assert change.operation == "kubernetes.delete_service_account"
    assert change.summary == "delete service account epinio/staging"
    assert change.arguments == {"namespace": "epinio", "name": "staging", "uid": "one", "former": actual.view()}
    assert (planned.before, planned.after) == (actual.view(), {})
    assert (planned.residue, planned.notices) == ((), ())


STRIPPED = {"metadata": {"annotations": {ANNOTATION: None}}}


@pytest.mark.parametrize(
    ("wanted", "actual", "users", "left"),
    [
        (SERVER, with_role(CHARTS, ROLE, "epinio.aws"), Users(), 0),
        # Server-side apply lets several set one value; ours is the one that goes away.
        (SERVER, with_role(CHARTS, ROLE, "epinio.aws", "helm"), Users(), 0),
        # A label that somebody removed: the annotation still says who set it, the account could be anybody's.
        (STAGING, with_role(SOMEBODYS, ROLE, "epinio.aws"), Users(), 1),
        (STAGING, OURS, Users(pods=(Pod("web-1", "ReplicaSet web"),)), 1),
    ],
)
def test_only_our_role_is_taken_from_an_account_that_stays(
    wanted: Wanted, actual: ServiceAccount, users: Users, left: int
) -> None:
    planned = plan(wanted, actual, users)
    (change,) = planned.changes
    assert change.operation == "kubernetes.patch_service_account"
    assert change.summary == f"take the role {ROLE} from service account epinio/{actual.name}"
    assert change.arguments == {
        "namespace": "epinio",
        "name": actual.name,
        "body": STRIPPED,
        "former": actual.view(),
    }
    assert planned.after == {**actual.view(), "role_arn": ""}
    assert len(planned.residue) == left


@pytest.mark.parametrize("actual", [CHARTS, with_role(CHARTS, ""), replace(THEIRS.without_role(), name="server")])
def test_an_account_of_the_release_without_a_role_is_left_alone(actual: ServiceAccount) -> None:
    planned = plan(SERVER, actual)
    assert (planned.changes, planned.residue, planned.notices) == ((), (), ())
    assert planned.before == planned.after == actual.view()


@pytest.mark.parametrize("manager", ["helm", "helm-controller", "terraform-provider-helm_v2.17.0_x5", "Helm.exe"])
def test_a_role_of_the_charts_values_is_for_the_release_to_take_back(manager: str) -> None:
    planned = plan(SERVER, with_role(CHARTS, ROLE, manager))
    assert (planned.changes, planned.residue) == ((), ())
    (notice,) = planned.notices
    assert f"was set by Helm ({manager})" in notice
    assert "epinio_release" in notice


SERVERS_ANNOTATION = f"annotation {ANNOTATION} of service account epinio/server"
IN_USE = Users(
    pods=(Pod("bare"), Pod("web-1", "ReplicaSet web"), Pod("web-2", "ReplicaSet web"), Pod("db-0", "Set db"))
)


@pytest.mark.parametrize(
    ("wanted", "actual", "users", "thing", "reasons", "advice"),
    [
        (STAGING, THEIRS, Users(), str(STAGING), ["belongs to another wiring", ELSEWHERE], "Tear that wiring down"),
        (
            STAGING,
            replace(OURS, annotations={}),
            Users(),
            str(STAGING),
            ["another wiring, which it does not name"],
            "Tear that wiring down",
        ),
        (
            STAGING,
            with_role(OURS, OTHER, "kubectl-annotate"),
            Users(),
            str(STAGING),
            [f"names {OTHER}, not the wiring's {ROLE}", "set by kubectl-annotate"],
            "Delete it if nobody needs that role: kubectl delete serviceaccount staging --namespace epinio",
        ),
        (
            STAGING,
            with_role(OURS, OTHER, "epinio.aws"),
            Users(),
            str(STAGING),
            [OTHER, "set by epinio.aws"],
            "epinio_staging_role_name and epinio_name_suffix of the run that set it",
        ),
        (
            STAGING,
            SOMEBODYS,
            Users(),
            str(STAGING),
            ["this collection did not make it", "nothing on it says whose it is"],
            "Delete it if nobody needs it: kubectl delete serviceaccount staging --namespace epinio",
        ),
        (
            STAGING,
            with_role(EKSCTL, ROLE, "eksctl"),
            Users(),
            str(STAGING),
            ["the account is eksctl's", "was set by eksctl"],
            "eksctl delete iamserviceaccount --cluster epinio --region us-east-1 --namespace epinio --name staging",
        ),
        (
            STAGING,
            OURS.without_role(),
            IN_USE,
            str(STAGING),
            ["pods of ReplicaSet web and Set db use it"],
            "Give them another service account",
        ),
        (
            SERVER,
            with_role(CHARTS, OTHER, "helm"),
            Users(),
            SERVERS_ANNOTATION,
            [f"names {OTHER}, not the wiring's {ROLE}", "set by helm"],
            "Take it out of the release's values (serviceAccount.annotations)",
        ),
        (
            SERVER,
            with_role(CHARTS, ROLE, "kubectl-annotate"),
            Users(),
            SERVERS_ANNOTATION,
            ["set by kubectl-annotate, not by this collection"],
            f"kubectl annotate serviceaccount server --namespace epinio {ANNOTATION}-",
        ),
        (
            SERVER,
            with_role(CHARTS, ROLE),
            Users(),
            SERVERS_ANNOTATION,
            ["set by somebody, not by this collection"],
            "Remove it",
        ),
        (
            SERVER,
            with_role(CHARTS, OTHER, "epinio.aws"),
            Users(),
            SERVERS_ANNOTATION,
            [OTHER, "set by epinio.aws"],
            "epinio_server_role_name and epinio_name_suffix",
        ),
        (SERVER, THEIRS, Users(), str(SERVER), ["another wiring"], "Tear that wiring down"),
    ],
)
def test_what_is_not_ours_alone_is_kept_and_reported(
    wanted: Wanted, actual: ServiceAccount, users: Users, thing: str, reasons: list[str], advice: str
) -> None:
    planned = plan(wanted, actual, users)
    assert planned.changes == ()
    assert planned.before == planned.after == actual.view()
    (left,) = planned.residue
    assert left.object == thing
    for reason in reasons:
        assert reason in left.reason
    assert advice in left.advice
    assert left.advice.endswith(".")
    assert left.wiring == (ELSEWHERE if actual is THEIRS else "")
