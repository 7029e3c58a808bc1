"""A Job of the proof from its creation to its removal, whatever comes between."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import Placement, ProofJob, manifest
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_pods import State
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import MANAGED_BY, WIRING, wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing import jobs

from tests.unit.plugins.module_utils.probing.fake_jobs import FakeJobs, Json, pod_of, said, serving

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
NAME = "epinio-aws-probe-server"
MANIFEST = manifest(ProofJob(NAME, "epinio-server", "aws-cli:2", "true", 30, Placement()), OWNER)
RUNNING: Json = {"running": {}}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of waiting passes at once."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))


def run(fake: FakeJobs, check: Any = lambda _pod: None, patience: float = 0) -> State:
    with serving(fake, patience) as api:
        return jobs.run(api, OWNER, MANIFEST, 30, check)


def existing(**labels: Any) -> Json:
    return {"metadata": {"name": NAME, "uid": "old", **labels}, "spec": {}, "status": {}}


def test_the_answers_are_handed_over_and_the_job_is_removed() -> None:
    states = iter([RUNNING, RUNNING, said("end")])
    fake = FakeJobs(lambda job: pod_of(job, next(states)), lingering=3)
    assert run(fake) == State(True, "end")
    assert fake.jobs == {}
    assert [one["propagationPolicy"] for one in fake.deleted] == ["Foreground"]


def test_the_wait_ends_and_says_what_it_waited_for() -> None:
    fake = FakeJobs(lambda job: pod_of(job, {"waiting": {"reason": "ErrImagePull", "message": "no such tag"}}))
    last = run(fake)
    assert last.message is None
    assert "not done after 30 seconds" in last.trouble
    assert "no such tag" in last.trouble
    assert fake.jobs == {}


def test_a_pod_that_is_refused_is_explained() -> None:
    event = {"type": "Warning", "reason": "FailedCreate", "message": "violates PodSecurity"}
    fake = FakeJobs(events=[event])
    assert "violates PodSecurity" in run(fake).trouble
    assert fake.jobs == {}


def test_whoever_may_not_list_events_waits_for_the_end() -> None:
    assert "It has no pod yet" in run(FakeJobs(events=(403, {"message": "forbidden"}))).trouble


@pytest.mark.parametrize("code", [403, 422])
def test_a_job_that_may_not_be_made_decides_nothing(code: int) -> None:
    with pytest.raises(Undecided, match=r"Could not create Job .*: exceeded quota. Grant create, get and delete"):
        run(FakeJobs(refusal=(code, {"message": "exceeded quota"})))


def test_another_fault_is_told_as_it_is() -> None:
    with pytest.raises(ServiceFailed, match="internal"):
        run(FakeJobs(refusal=(500, {"message": "internal"})))


def test_a_job_that_was_made_without_an_answer_is_this_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    fake = FakeJobs(lambda job: pod_of(job, said("end")), unanswered=1)
    assert run(fake, patience=60) == State(True, "end")
    assert (len(fake.made), fake.jobs) == (1, {})


def test_a_job_that_another_run_makes_meanwhile_is_not() -> None:
    other = existing(labels={MANAGED_BY: "epinio.aws"}, annotations={WIRING: str(OWNER)})
    fake = FakeJobs(refusal=(409, {"kind": "Status", "message": "already exists"}))
    # It is not there when leftovers are looked for.
    fake.jobs[NAME] = {**other, "going": 0}
    with pytest.raises(Undecided, match="Another run proves the same at this moment"):
        run(fake)


def test_a_leftover_of_our_own_goes_first() -> None:
    ours = existing(labels={MANAGED_BY: "epinio.aws"}, annotations={WIRING: str(OWNER)})
    fake = FakeJobs(lambda job: pod_of(job, said("end")), jobs={NAME: ours}, lingering=2)
    assert run(fake).message == "end"
    assert (len(fake.deleted), fake.jobs) == (2, {})


def test_a_leftover_that_stays_is_waited_for_and_told() -> None:
    ours = existing(labels={MANAGED_BY: "epinio.aws"}, annotations={WIRING: str(OWNER)})
    with pytest.raises(Undecided, match="of an earlier run does not go"):
        run(FakeJobs(jobs={NAME: ours}, lingering=10_000))


@pytest.mark.parametrize("labels", [{}, {"labels": {MANAGED_BY: "epinio.aws"}, "annotations": {WIRING: "another"}}])
def test_a_foreign_job_is_left_alone(labels: Json) -> None:
    fake = FakeJobs(jobs={NAME: existing(**labels)})
    with pytest.raises(Refused, match="is not this wiring's"):
        run(fake)
    assert (fake.deleted, fake.made) == ([], [])


def test_a_job_that_somebody_removed_is_told() -> None:
    fake = FakeJobs()
    fake.pods = lambda job: fake.jobs.clear()
    assert "Somebody removed it" in run(fake).trouble


def test_the_pod_of_a_former_job_does_not_count() -> None:
    former = {"metadata": {"uid": "former"}, "spec": {"template": MANIFEST["spec"]["template"]}}
    fake = FakeJobs(lambda _job: pod_of(former, said("end")))
    assert run(fake).message is None


@pytest.mark.parametrize("error", [KeyboardInterrupt(), Undecided("not worth a wait")])
def test_it_is_removed_when_the_wait_is_broken_off(error: BaseException) -> None:
    def check(_pod: Json) -> None:
        raise error

    fake = FakeJobs(lambda job: pod_of(job, RUNNING))
    with pytest.raises(type(error)):
        run(fake, check)
    assert fake.jobs == {}
