"""Acting from inside the cluster: what the pod's answers become, and what is seen before any is made."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Place, Probe, positive
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ROLE_ARN
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing.cluster import Actor, Cluster

from tests.unit.plugins.module_utils.probing.fake_jobs import FakeJobs, Json, pod_of, said, serving

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
ROLE = "arn:aws:iam::111122223333:role/epinio-server-role"
CALLER = "arn:aws:sts::111122223333:assumed-role/epinio-server-role/session"
PROBES = tuple(one for one in positive("sources", "key", documented=False) if one.identity is Identity.SERVER)
ENDPOINT = Endpoint("https://s3.dualstack.us-east-1.amazonaws.com", "virtual")
TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
WEBHOOK = {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": TOKEN}
ALL_OK = (f"who ok {CALLER}", *(f"{index} ok" for index in range(len(PROBES))), "end")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def account(role_arn: str) -> Json:
    metadata = {"namespace": "epinio", "name": "epinio-server", "uid": "1", "resourceVersion": "1"}
    return {"metadata": {**metadata, "annotations": {ROLE_ARN: role_arn} if role_arn else {}}}


def runner(api: Any, *, of_node: bool = False, patience: int = 0) -> Cluster:
    actor = Actor("epinio-aws-probe-server", "epinio-server", ROLE, Placement(), of_node)
    both = dict.fromkeys(Identity, actor)
    return Cluster(api, OWNER, "aws-cli:2", "https://sts.test", dict.fromkeys(Identity, ENDPOINT), both, 30, patience)


def answering(*lines: str, variables: dict[str, str] | None = None) -> FakeJobs:
    given = WEBHOOK if variables is None else variables
    return FakeJobs(lambda job: pod_of(job, said(*lines), **given))


def ask(fake: FakeJobs, **settings: Any) -> list[tuple[Probe, Answer]]:
    with serving(fake) as api:
        return list(runner(api, **settings).ask(PROBES, False, iter(())))


def test_answers_say_who_and_from_where() -> None:
    found = ask(answering(*ALL_OK))
    assert [probe for probe, _answer in found] == list(PROBES)
    host = "sources.s3.dualstack.us-east-1.amazonaws.com"
    assert {answer for _probe, answer in found} == {Answer(host, place=Place.CLUSTER, caller=CALLER)}


def test_one_job_makes_all_calls() -> None:
    fake = answering(*ALL_OK)
    ask(fake, patience=7)
    (job,) = fake.made
    (container,) = job["spec"]["template"]["spec"]["containers"]
    script = container["args"][0]
    assert all(f" {probe.call} " in script for probe in PROBES)
    assert "patience=7" in script
    assert "session=arn:aws:sts::111122223333:assumed-role/epinio-server-role/" in script


def test_refusals_are_answers() -> None:
    found = ask(answering(*ALL_OK[:2], "1 AccessDenied no", "end"))
    assert [answer.code for _probe, answer in found] == ["", "AccessDenied"]


def test_what_was_said_before_a_sudden_end_counts() -> None:
    got: list[Answer] = []
    with (
        serving(answering(*ALL_OK[:3])) as api,
        pytest.raises(Undecided, match="did not say everything"),
    ):
        got.extend(answer for _probe, answer in runner(api).ask(PROBES, False, iter(())))
    assert len(got) == 2


def test_an_empty_message_decides_nothing() -> None:
    """What a Job leaves whose pod was only said to have run."""
    with pytest.raises(Undecided, match="gave no answer. Its container ended with exit code 0"):
        ask(answering())


def test_a_pod_that_was_killed_before_it_acted_is_told_why() -> None:
    killed = {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": "Killed\n"}}
    with pytest.raises(Undecided, match="ended before it acted as anybody. .*OOMKilled"):
        ask(FakeJobs(lambda job: pod_of(job, killed, **WEBHOOK)))


def test_a_pod_that_the_webhook_missed_is_made_anew() -> None:
    def pod(job: Json) -> Json:
        third = job["metadata"]["uid"] == "uid-3"
        return pod_of(job, said(*ALL_OK), **(WEBHOOK if third else {}))

    fake = FakeJobs(pod)
    assert len(ask(fake, patience=9)) == len(PROBES)
    assert len(fake.made) == 3


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({}, "container probe has no AWS_ROLE_ARN"),
        ({**WEBHOOK, "AWS_ROLE_ARN": f"{ROLE}-2"}, f"AWS_ROLE_ARN={ROLE}-2, not {ROLE}"),
    ],
)
def test_a_pod_without_the_role_disproves_it(variables: dict[str, str], reason: str) -> None:
    fake = answering(*ALL_OK, variables=variables)
    with pytest.raises(Disproven, match=reason):
        ask(fake, patience=1)
    assert (len(fake.made), fake.jobs) == (3, {})


def test_a_pod_of_a_node_is_left_alone_by_the_webhook() -> None:
    assert len(ask(answering(*ALL_OK, variables={}), of_node=True)) == len(PROBES)
    fake = answering(*ALL_OK)
    with pytest.raises(Disproven, match="skip-containers"):
        ask(fake, patience=9, of_node=True)
    assert len(fake.made) == 1


def test_another_session_disproves_it() -> None:
    with pytest.raises(Disproven, match="acts as arn:aws:sts::111122223333:assumed-role/epinio-nodes/i-1"):
        ask(answering("who ok arn:aws:sts::111122223333:assumed-role/epinio-nodes/i-1", "end"))


@pytest.mark.parametrize(
    ("role_arn", "of_node", "reason"),
    [
        (None, False, "epinio/epinio-server does not exist"),
        (None, True, "epinio/epinio-server does not exist"),
        ("", False, "has the role of nobody, so its pods lack"),
        (f"{ROLE}-2", False, f"has the role {ROLE}-2"),
    ],
)
def test_an_account_that_is_not_right_costs_no_job(role_arn: str | None, of_node: bool, reason: str) -> None:
    fake = FakeJobs(accounts={} if role_arn is None else {"epinio-server": account(role_arn)})
    with serving(fake) as api, pytest.raises(Disproven, match=reason):
        runner(api, of_node=of_node).become(Identity.SERVER, iter(()))
    assert fake.made == []


@pytest.mark.parametrize(("role_arn", "of_node"), [(ROLE, False), ("", True), (ROLE, True)])
def test_an_account_that_is_right(role_arn: str, of_node: bool) -> None:
    with serving(FakeJobs(accounts={"epinio-server": account(role_arn)})) as api:
        runner(api, of_node=of_node).become(Identity.SERVER, iter(()))


def test_what_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    with serving(answering(*ALL_OK[:2], "1 AccessDenied because no identity-based policy allows it", "end")) as api:
        acting = runner(api, patience=60)
        assert list(acting.ask(PROBES[:2], False, iter(())))
        assert acting.patience == 0


@pytest.mark.parametrize(
    ("left", "make", "jobs", "code"),
    [
        (False, answering, 0, None),
        (True, lambda: answering(f"who ok {CALLER}", "0 ok", "end"), 1, ""),
        (True, lambda: FakeJobs(refusal=(403, {"message": "no"})), 0, "Unreachable"),
    ],
)
def test_a_job_only_for_the_removal(left: bool, make: Callable[[], FakeJobs], jobs: int, code: str | None) -> None:
    fake = make()
    with serving(fake) as api:
        answer = runner(api).remove(PROBES[-1], left)
    assert len(fake.made) == jobs
    assert (answer.code if answer else None) == code
