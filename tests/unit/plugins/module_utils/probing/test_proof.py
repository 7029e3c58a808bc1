"""The proof, carried out by a runner that answers from a table."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.phases import phases
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import (
    Answer,
    Identity,
    Place,
    Probe,
    negative,
    positive,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Verdict
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, NoJob, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing import proof
from ansible_collections.epinio.aws.plugins.module_utils.probing.asking import one_by_one

ROLES = {identity: f"arn:aws:iam::111122223333:role/{identity.value}" for identity in Identity}
DENIED = Answer("host", "AccessDenied", "because no identity-based policy allows it")


def as_wanted(probe: Probe) -> Answer:
    return Answer("host") if probe.allowed else DENIED


@dataclass
class Table:
    """Answers by a function; notes what was asked."""

    answer: Callable[[Probe], Answer] = as_wanted
    admitted: tuple[str, ...] = ()
    refuses: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def become(self, identity: Identity, waits: Iterator[float]) -> None:
        if self.refuses:
            raise self.refuses

    def admits(self, account: str, identity: Identity) -> bool:
        return account in self.admitted

    def ask(self, probes: Iterable[Probe], written: bool, waits: Iterator[float]) -> Iterator[tuple[Probe, Answer]]:
        return one_by_one(self.make, probes, written, waits)

    def remove(self, probe: Probe, _left: bool, /) -> Answer:
        return self.make(probe)

    def make(self, probe: Probe) -> Answer:
        self.asked.append((probe.identity.value, probe.call))
        return self.answer(probe)


class Pods(Table):
    """The same from inside the cluster, where a call only for the removal is dear."""

    def remove(self, probe: Probe, left: bool, /) -> Answer:
        return super().remove(probe, left) if left else Answer("host")

    def make(self, probe: Probe) -> Answer:
        return replace(super().make(probe), place=Place.CLUSTER)


def case(
    patience: float = 0.0,
    *,
    controller: bool = True,
    pods_of: tuple[Identity, ...] = (),
    without_jobs: Verdict = Verdict.INCONCLUSIVE,
) -> proof.Case:
    probes, refused = positive("sources", "key", documented=False), negative("sources", "key", documented=False)
    return proof.Case(
        phases(probes, refused, controller=controller, pods_of=pods_of),
        probes[-1],
        role_arns=ROLES,
        strangers=("default",),
        bucket_policy=dict,
        patience=patience,
        without_jobs=without_jobs,
    )


def prove(runner: Table, asked: proof.Case) -> proof.Proof:
    return proof.prove({Place.CONTROLLER: runner}, asked)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_proven() -> None:
    runner = Table()
    found = prove(runner, case())
    assert found.verdict is Verdict.PROVEN
    assert len(found.result()["probes"]) == len(case().phases[0].probes)
    assert runner.asked[-1] == ("server", "DeleteObject")


def test_an_object_that_was_not_written_is_not_read() -> None:
    """A missing object is a 403 for staging, which must not hide that the denied upload decides nothing."""
    by_network = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::sources/*",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
    }
    message = "User is not authorized, with an explicit deny in a resource-based policy"

    def answer(probe: Probe) -> Answer:
        if probe.call in ("PutObject", "MultipartUpload", "AbortMultipartUpload"):
            return Answer("host", "AccessDenied", message)
        return DENIED if probe.call in ("HeadObject", "GetObject") else as_wanted(probe)

    runner = Table(answer)
    found = prove(runner, replace(case(), bucket_policy=lambda: {"Statement": [by_network]}))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert {call for _identity, call in runner.asked} & {"HeadObject", "GetObject"} == set()


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [(Disproven("the role does not admit it"), Verdict.DISPROVEN), (Undecided("no answer"), Verdict.INCONCLUSIVE)],
)
def test_without_a_session_nothing_is_asked(fault: Exception, verdict: Verdict) -> None:
    runner = Table(refuses=fault)
    assert prove(runner, case()).verdict is verdict
    assert runner.asked == []


def test_a_probe_object_that_stays_is_reported() -> None:
    def answer(probe: Probe) -> Answer:
        return DENIED if probe.call == "DeleteObject" else as_wanted(probe)

    assert "could not be removed" in str(prove(Table(answer), case()).findings[-1])


def test_a_stranger_that_gets_in_disproves_it() -> None:
    found = prove(Table(admitted=("default",)), case())
    assert found.verdict is Verdict.DISPROVEN
    assert len(found.findings) == len(Identity)
    assert "default" in str(found.findings[0])


def test_waits_while_a_change_spreads() -> None:
    refusals = iter([DENIED] * 3)

    def late(probe: Probe) -> Answer:
        return next(refusals, Answer("host")) if probe.call == "PutObject" and probe.allowed else as_wanted(probe)

    assert prove(Table(late), case(patience=60.0)).verdict is Verdict.PROVEN


def test_gives_up_when_the_time_is_over() -> None:
    runner = Table(lambda probe: DENIED)
    assert prove(runner, case(patience=10.0)).verdict is Verdict.DISPROVEN
    assert runner.asked.count(("server", "HeadBucket")) == 1 + len(list(retries.pauses(10.0)))
    # The time is the proof's, not each probe's.
    assert runner.asked.count(("server", "PutObject")) == 1


def test_removes_its_object_when_something_breaks() -> None:
    def breaks(probe: Probe) -> Answer:
        if probe.call == "GetObject":
            raise OSError("cut")
        return as_wanted(probe)

    runner = Table(breaks)
    with pytest.raises(OSError, match="cut"):
        prove(runner, case())
    assert runner.asked[-1] == ("server", "DeleteObject")


def test_reports_what_a_versioned_bucket_keeps() -> None:
    found = prove(Table(lambda probe: Answer("host", versioned=True) if probe.allowed else DENIED), case())
    assert found.verdict is Verdict.PROVEN
    assert "keeps versions" in str(found.findings[-1])


BOTH = tuple(Identity)
NO_ANSWER = Answer("host", "Unreachable", "timed out")


def prove_in_both(controller: Table, pods: Pods, asked: proof.Case) -> proof.Proof:
    return proof.prove({Place.CONTROLLER: controller, Place.CLUSTER: pods}, asked)


def test_pods_alone_prove_it_and_remove_what_they_left() -> None:
    pods = Pods()
    found = proof.prove({Place.CLUSTER: pods}, case(controller=False, pods_of=BOTH))
    assert (found.verdict, found.places) == (Verdict.PROVEN, (Place.CLUSTER,))
    assert pods.asked[-1] == ("server", "DeleteObject")
    assert {one["runner"] for one in found.result()["probes"]} == {"cluster"}


def test_a_pod_that_removes_its_own_object_is_the_only_one() -> None:
    pods = Pods()
    assert proof.prove({Place.CLUSTER: pods}, case(controller=False, pods_of=(Identity.SERVER,))).findings == []
    assert pods.asked.count(("server", "DeleteObject")) == 1


def test_stagings_pod_reads_what_the_controller_wrote() -> None:
    controller, pods = Table(), Pods()
    found = prove_in_both(controller, pods, case(pods_of=(Identity.STAGING,)))
    assert (found.verdict, found.places) == (Verdict.PROVEN, tuple(Place))
    assert {who for who, _call in pods.asked} == {"staging"}
    assert ("staging", "GetObject") in controller.asked


def test_pods_decide_what_the_controller_cannot() -> None:
    controller = Table(lambda probe: NO_ANSWER)
    assert prove(controller, case()).verdict is Verdict.INCONCLUSIVE
    found = prove_in_both(controller, Pods(), case(pods_of=BOTH))
    assert found.verdict is Verdict.PROVEN
    assert any("From inside the cluster it is proven" in str(finding) for finding in found.findings)


def test_the_controllers_session_is_not_missed_where_pods_prove_it() -> None:
    pods = Pods()
    found = prove_in_both(Table(refuses=Undecided("no answer")), pods, case(pods_of=BOTH))
    assert found.verdict is Verdict.PROVEN
    # Nobody else can remove what the pods left.
    assert pods.asked[-1] == ("server", "DeleteObject")


def test_an_undecided_pod_does_not_keep_the_controller_from_asking() -> None:
    controller = Table()
    found = prove_in_both(controller, Pods(refuses=Undecided("no image")), case(pods_of=BOTH))
    assert (found.verdict, found.places) == (Verdict.INCONCLUSIVE, (Place.CONTROLLER,))
    assert len(controller.asked) == len(case().phases[0].probes) + 1


@pytest.mark.parametrize("verdict", [Verdict.NOTED, Verdict.INCONCLUSIVE])
def test_where_no_job_can_be_made_the_controller_has_asked_everything(verdict: Verdict) -> None:
    """What that means depends on whether pods were asked for, or only if they are possible."""
    controller, pods = Table(), Pods(refuses=NoJob("exceeded quota"))
    found = prove_in_both(controller, pods, case(pods_of=BOTH, without_jobs=verdict))
    assert [finding.verdict for finding in found.findings] == [verdict]
    assert "exceeded quota" in str(found.findings[0])
    assert set(controller.asked) == {(one.identity.value, one.call) for one in case().phases[0].probes}
