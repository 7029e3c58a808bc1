"""The pods of both identities: at once where the object is there before, else one after the other."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Probe, positive
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement, name_for
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, NoJob, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing.cluster import Actor, Cluster

from tests.unit.plugins.module_utils.probing.fake_jobs import FakeJobs, Json, pod_of, said, serving

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
ENDPOINT = Endpoint("https://s3.us-east-1.amazonaws.com", "path")
TOKEN = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"
SERVER, STAGING = (name_for(identity) for identity in Identity)
ROLES = {job: f"arn:aws:iam::111122223333:role/{job}" for job in (SERVER, STAGING)}
PROBES = positive("sources", "key", documented=False)
DENIED = "AccessDenied because no identity-based policy allows it"
NOBODY = "who ok arn:aws:sts::111122223333:assumed-role/epinio-nodes/i-1"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)


def runner(api: Any) -> Cluster:
    actors = {
        identity: Actor(name_for(identity), identity.value, ROLES[name_for(identity)], Placement())
        for identity in Identity
    }
    return Cluster(api, OWNER, "aws-cli:2", "https://sts.test", dict.fromkeys(Identity, ENDPOINT), actors, 30, 0)


class Pods(FakeJobs):
    """Each Job's pod says these lines after `who`; one that is to run beside others has no answer before all are there.

    `together` notes which Jobs were there when an answer came.
    """

    def __init__(self, lines: Mapping[str, tuple[str, ...]], *, beside: int = 1) -> None:
        super().__init__(self.pod)
        self.lines, self.beside = lines, beside
        self.together: list[set[str]] = []

    def pod(self, job: Json) -> Json:
        name = job["metadata"]["name"]
        state: Json = {"running": {}}
        if len(self.made) >= self.beside:
            self.together.append(set(self.jobs))
            state = said(*self.lines.get(name, (ok(name), *(f"{index} ok" for index in range(6)), "end")))
        return pod_of(job, state, AWS_ROLE_ARN=ROLES[name], AWS_WEB_IDENTITY_TOKEN_FILE=TOKEN)


def ok(job: str) -> str:
    return f"who ok arn:aws:sts::111122223333:assumed-role/{job}/session"


def ask(pods: FakeJobs, *, written: bool) -> list[tuple[Probe, Answer]]:
    with serving(pods) as api:
        return list(runner(api).ask(PROBES, written, iter(())))


def made(pods: FakeJobs) -> list[str]:
    return [job["metadata"]["name"] for job in pods.made]


def test_both_at_once_where_the_object_is_there() -> None:
    """Neither pod answers before both Jobs are made."""
    pods = Pods({}, beside=2)
    found = ask(pods, written=True)
    assert {(probe.identity, probe.call) for probe, _answer in found} == {(one.identity, one.call) for one in PROBES}
    assert all(answer.caller.split("/")[1] == name_for(probe.identity) for probe, answer in found)
    assert (sorted(made(pods)), pods.jobs) == (sorted(ROLES), {})


def test_one_after_the_other_where_one_writes_what_the_other_reads() -> None:
    pods = Pods({})
    assert len(ask(pods, written=False)) == len(PROBES)
    assert made(pods) == [SERVER, STAGING]
    assert all(len(jobs) == 1 for jobs in pods.together)


def test_no_pod_is_made_where_there_is_nothing_to_read() -> None:
    pods = Pods({SERVER: (ok(SERVER), "0 ok", f"1 {DENIED}", "end")})
    assert [answer.code for _probe, answer in ask(pods, written=False)] == ["", "AccessDenied"]
    assert made(pods) == [SERVER]


def test_what_one_pod_has_said_counts_whatever_becomes_of_the_other() -> None:
    got: list[Probe] = []
    with serving(Pods({SERVER: ()})) as api, pytest.raises(Undecided, match="gave no answer"):
        got.extend(probe for probe, _answer in runner(api).ask(PROBES, True, iter(())))
    assert {probe.identity for probe in got} == {Identity.STAGING}


@pytest.mark.parametrize("wrong", [SERVER, STAGING])
def test_a_disproof_counts_more_than_a_pod_that_decides_nothing(wrong: str) -> None:
    with pytest.raises(Disproven, match="acts as arn:aws:sts::111122223333:assumed-role/epinio-nodes/i-1"):
        ask(Pods({SERVER: (), STAGING: (), wrong: (NOBODY, "end")}), written=True)


def test_kubernetes_that_makes_no_pod() -> None:
    """The Job itself is made; why it gets no pod is in its events."""
    event = {"reason": "FailedCreate", "message": "pods is forbidden: exceeded quota: small"}
    with pytest.raises(NoJob, match="exceeded quota: small"):
        ask(FakeJobs(events=[event]), written=True)
    with pytest.raises(NoJob, match="exceeded quota: jobs"):
        ask(FakeJobs(refusal=(403, {"message": "exceeded quota: jobs"})), written=True)
