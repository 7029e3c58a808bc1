"""Tables for the service account's planner: what is made, changed, used as it is, refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted, plan

from tests.unit.plugins.module_utils.planners.account_world import (
    ANNOTATION,
    CHARTS,
    EKSCTL,
    OTHER,
    OURS,
    OWNER,
    ROLE,
    SERVER,
    STAGING,
    with_role,
)


def test_a_missing_staging_account_is_made() -> None:
    planned = plan(STAGING, None, copied=("registry",))
    (change,) = planned.changes
    assert change.operation == "kubernetes.create_service_account"
    assert change.summary == "create service account epinio/staging"
    assert change.arguments["namespace"] == "epinio"
    assert change.arguments["manifest"] == {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {
            "name": "staging",
            "labels": {"epinio.aws/managed-by": "epinio.aws"},
            "annotations": {"epinio.aws/wiring": str(OWNER), ANNOTATION: ROLE},
        },
        "automountServiceAccountToken": False,
        "imagePullSecrets": [{"name": "registry"}],
    }
    assert planned.before == {}
    assert planned.after == {
        "namespace": "epinio",
        "name": "staging",
        "role_arn": ROLE,
        "pull_secrets": ["registry"],
        "automount_token": False,
        "wiring": str(OWNER),
    }


@pytest.mark.parametrize(("given", "expected"), [(("mine",), ["mine"]), ((), []), (None, ["registry"])])
def test_pull_secrets_that_are_given_go_before_copied_ones(given: Any, expected: list[str]) -> None:
    planned = plan(replace(STAGING, pull_secrets=given), None, copied=("registry",))
    assert planned.after["pull_secrets"] == expected


@pytest.mark.parametrize(
    ("wanted", "actual"),
    [
        (STAGING, OURS),
        (SERVER, with_role(CHARTS, ROLE, "helm")),
        (SERVER, with_role(CHARTS, ROLE, "epinio.aws")),
        (replace(STAGING, pull_secrets=("a",)), replace(OURS, pull_secrets=("b", "a"))),
    ],
)
def test_what_is_as_wanted_is_left_alone(wanted: Wanted, actual: ServiceAccount) -> None:
    planned = plan(wanted, actual)
    assert (planned.changes, planned.notices) == ((), ())
    assert planned.before == planned.after == actual.view()


@pytest.mark.parametrize(
    ("wanted", "actual", "body", "summary"),
    [
        (SERVER, CHARTS, {"metadata": {"annotations": {ANNOTATION: ROLE}}}, f"set the role {ROLE} of service account"),
        (
            SERVER,
            with_role(CHARTS, OTHER, "epinio.aws"),
            {"metadata": {"annotations": {ANNOTATION: ROLE}}},
            f"set the role {ROLE} instead of {OTHER} of",
        ),
        # The account is ours: what somebody did to it is taken back.
        (STAGING, with_role(OURS, OTHER, "kubectl-edit"), {"metadata": {"annotations": {ANNOTATION: ROLE}}}, "instead"),
        (
            STAGING,
            replace(OURS, automount_token=None),
            {"automountServiceAccountToken": False},
            "turn off the API token",
        ),
        (
            replace(STAGING, pull_secrets=("a", "b")),
            replace(OURS, pull_secrets=("theirs", "a")),
            {"imagePullSecrets": [{"name": "theirs"}, {"name": "a"}, {"name": "b"}]},
            "complete the pull secrets",
        ),
        # A run that died, or a label that was removed: the annotation still says who set it.
        (
            STAGING,
            with_role(ServiceAccount("epinio", "staging"), OTHER, "epinio.aws"),
            {"metadata": {"annotations": {ANNOTATION: ROLE}}},
            "set the role",
        ),
    ],
)
def test_changes(wanted: Wanted, actual: ServiceAccount, body: dict[str, Any], summary: str) -> None:
    planned = plan(wanted, actual)
    (change,) = planned.changes
    assert change.operation == "kubernetes.patch_service_account"
    assert change.arguments == {
        "namespace": "epinio",
        "name": actual.name,
        "body": body,
        "former": actual.view(),
    }
    assert summary in change.summary
    assert planned.after["role_arn"] == ROLE


def test_a_server_account_keeps_its_api_token() -> None:
    marked = replace(CHARTS, labels=OURS.labels, annotations={WIRING: str(OWNER)}, automount_token=True)
    assert plan(SERVER, marked).changes[0].arguments["body"] == {"metadata": {"annotations": {ANNOTATION: ROLE}}}


def test_an_unmarked_account_that_is_as_wanted_is_used_as_it_is() -> None:
    planned = plan(STAGING, with_role(ServiceAccount("epinio", "staging"), ROLE, "kubectl"))
    assert planned.changes == ()
    assert "used as it is" in planned.notices[0]


@pytest.mark.parametrize(
    ("wanted", "actual", "parts"),
    [
        (SERVER, None, ["does not exist", "epinio_server_service_account", "epinio_namespace"]),
        (
            SERVER,
            with_role(CHARTS, OTHER, "helm"),
            [OTHER, ROLE, "The account is Helm's", "was set by helm", "chart's values"],
        ),
        (SERVER, with_role(ServiceAccount("epinio", "server"), OTHER, "kubectl-annotate"), ["kubectl-annotate"]),
        (SERVER, with_role(ServiceAccount("epinio", "server"), OTHER), ["Nothing on it says whose it is"]),
        (SERVER, replace(EKSCTL, name="server"), ["eksctl delete iamserviceaccount --cluster epinio", "then upgrade"]),
        (
            STAGING,
            ServiceAccount("epinio", "staging"),
            [
                f"not made by this collection and lacks the annotation {ANNOTATION}: {ROLE}.",
                "To have an account made, set epinio_staging_service_account to another name, or delete this one",
                "To have this one used as it is, give it what it lacks.",
            ],
        ),
        (
            replace(STAGING, pull_secrets=("a", "b", "c")),
            replace(with_role(ServiceAccount("epinio", "staging"), OTHER), pull_secrets=("b",)),
            [f"has the role {OTHER} and not {ROLE} (annotation", "and lacks the pull secrets a, c (imagePullSecrets)."],
        ),
        (
            replace(STAGING, pull_secrets=("a",)),
            replace(EKSCTL, name="staging"),
            [f"lacks the annotation {ANNOTATION}: {ROLE} and lacks the pull secrets a", "eksctl delete"],
        ),
        (STAGING, with_role(ServiceAccount("epinio", "staging"), OTHER, "kubectl"), [OTHER, "epinio_staging_service"]),
        (
            STAGING,
            with_role(EKSCTL, OTHER, "eksctl"),
            ["eksctl's", "eksctl delete iamserviceaccount", "--namespace epinio --name staging", "another name"],
        ),
        (
            replace(STAGING, pull_secrets=("a",)),
            with_role(ServiceAccount("epinio", "staging"), ROLE, "kubectl"),
            ["not made by this collection and lacks the pull secrets a (imagePullSecrets). Its annotation"],
        ),
        (
            STAGING,
            replace(OURS, annotations={WIRING: "arn:aws:eks:us-east-1:123456789012:cluster/b/epinio"}),
            ["belongs to another wiring", "cluster/b/epinio", "epinio_staging_service_account"],
        ),
        (STAGING, replace(OURS, annotations={}), ["another wiring, which it does not name"]),
    ],
)
def test_refusals(wanted: Wanted, actual: ServiceAccount | None, parts: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        plan(wanted, actual)
    for part in parts:
        assert part in str(refusal.value)


@pytest.mark.parametrize("role", ["", "epinio-staging-role", "arn:aws:iam::1:role/x", f"{ROLE} "])
def test_what_sts_would_refuse_is_refused(role: str) -> None:
    with pytest.raises(Refused, match="STS would refuse it"):
        Wanted(OWNER, "staging", role, create=True)


@pytest.mark.parametrize("option", [{"pull_secrets": ()}, {"pull_secrets_from": "server"}])
def test_pull_secrets_of_an_account_that_is_not_ours_are_refused(option: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="set create"):
        Wanted(OWNER, "server", ROLE, **option)
