"""When a Deployment is restarted, left alone, refused."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind, Wanted
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment, Pod
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.rollout import judged, plan

ROLE, OTHER = (f"arn:aws:iam::123456789012:role/{name}" for name in ("server", "other"))
WANTED = Wanted(ROLE, "us-east-1")
RIGHT = {"server": {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_REGION": "us-east-1"}}
FOREIGN = {"server": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}}
NOTHING: dict[str, dict[str, str]] = {"server": {}}
SERVER = Deployment("epinio", "epinio-server", "epinio-server", 1, NOTHING, (Pod("pod-a", RIGHT),))


def of(*environments: dict[str, dict[str, str]]) -> Deployment:
    return replace(SERVER, pods=tuple(Pod(f"pod-{number}", env) for number, env in enumerate(environments)))


@pytest.mark.parametrize(
    ("wanted", "actual"),
    [
        (WANTED, SERVER),
        (Wanted(), of(NOTHING)),
        (WANTED, of(RIGHT, RIGHT)),
        (Wanted("", "us-east-1"), of(NOTHING)),
        # Other variables than the webhook's are nobody's role.
        (Wanted(), of({"server": {"AWS_REGION": "us-east-1"}})),
        (Wanted(), replace(of(NOTHING), templates={})),
    ],
)
def test_pods_with_the_wanted_environment_are_left_alone(wanted: Wanted, actual: Deployment) -> None:
    planned = plan(wanted, "epinio", "epinio-server", actual)
    assert (planned.changes, planned.notices) == ((), ())
    assert planned.before == planned.after
    assert planned.after["role_arn"] == wanted.role_arn
    assert planned.after["pods"] == [pod.name for pod in actual.pods]
    assert planned.after["restarted"] is False


@pytest.mark.parametrize(
    ("wanted", "actual", "purpose"),
    [
        (WANTED, of(NOTHING), f"get the role {ROLE}"),
        (WANTED, of(RIGHT, NOTHING), f"get the role {ROLE}"),
        (WANTED, of({"server": {**RIGHT["server"], "AWS_ROLE_ARN": OTHER}}), f"get the role {ROLE}"),
        (WANTED, of(FOREIGN), f"get the role {ROLE}"),
        (Wanted(), of(RIGHT), "lose their role"),
        (Wanted(), of(NOTHING, RIGHT), "lose their role"),
        (Wanted(), of({"server": {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t"}}), "lose their role"),
        # With the roles of nodes the region is known all the same.
        (Wanted("", "us-east-1"), of(RIGHT), "lose their role"),
        # After a teardown: the role that the pods had before.
        (Wanted(OTHER), of(RIGHT), f"get the role {OTHER}"),
        (Wanted(OTHER), of(NOTHING), f"get the role {OTHER}"),
    ],
)
def test_a_pod_with_another_environment_is_a_restart(wanted: Wanted, actual: Deployment, purpose: str) -> None:
    planned = plan(wanted, "epinio", "epinio-server", actual)
    (change,) = planned.changes
    assert change.operation == "rollout.restart"
    assert change.summary == f"restart deployment epinio/epinio-server, so that its pods {purpose}"
    # Neither names of pods nor a time: check mode and the run after it say the same.
    assert change.arguments == {
        "namespace": "epinio",
        "name": "epinio-server",
        "role_arn": wanted.role_arn,
        "region": wanted.region,
    }
    assert planned.before.keys() == planned.after.keys()
    assert (planned.after["role_arn"], planned.after["pods"]) == (wanted.role_arn, [])
    assert planned.after["restarted"]


@pytest.mark.parametrize(
    ("actual", "notice"),
    [
        (replace(SERVER, replicas=0, pods=()), "no replicas"),
        (replace(SERVER, pods=(), trouble=("quota exceeded",)), "no pods of its newest template: quota exceeded"),
        (replace(SERVER, pods=()), "no pods of its newest template."),
    ],
)
def test_without_pods_there_is_nothing_to_restart(actual: Deployment, notice: str) -> None:
    planned = plan(WANTED, "epinio", "epinio-server", actual)
    assert planned.changes == ()
    assert notice in planned.notices[0]


@pytest.mark.parametrize(
    ("actual", "reason"),
    [
        (None, "deployment epinio/epinio-server does not exist.*epinio_namespace"),
        (replace(of(NOTHING), paused=True), "paused.*kubectl rollout resume deployment epinio-server"),
        (replace(of(NOTHING), templates={"server": {"AWS_ROLE_ARN": OTHER}}), "itself sets server: AWS_ROLE_ARN"),
        (replace(of(NOTHING), templates={}), "skip-containers"),
    ],
)
def test_what_a_restart_would_not_help_is_refused(actual: Deployment | None, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        plan(WANTED, "epinio", "epinio-server", actual)


def test_what_is_gone_has_no_role_to_lose() -> None:
    planned = plan(Wanted(), "epinio", "epinio-server", None)
    assert planned.changes == ()
    assert planned.before == planned.after
    assert planned.after == {
        "namespace": "epinio",
        "deployment": "epinio-server",
        "role_arn": "",
        "pods": [],
        "restarted": False,
    }
    assert planned.notices == (
        "The deployment epinio/epinio-server does not exist, so no pod of it has a role to lose.",
    )


def test_pods_with_a_role_of_pod_identity_have_none_of_the_annotation() -> None:
    assert plan(Wanted(), "epinio", "epinio-server", of(FOREIGN)).changes == ()


def test_a_paused_deployment_that_is_right_is_left_alone() -> None:
    assert plan(WANTED, "epinio", "epinio-server", replace(SERVER, paused=True)).changes == ()


def test_the_worst_pod_is_named() -> None:
    found = judged(WANTED, of(RIGHT, NOTHING, FOREIGN))
    assert (found.kind, found.text[:21]) == (Kind.FOREIGN, "pod pod-2: container ")
    assert judged(WANTED, of(RIGHT)).text == ""
