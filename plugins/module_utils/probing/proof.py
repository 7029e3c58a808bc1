# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: become each service account, make the calls of the table, judge the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.phases import Phase, settled
from ansible_collections.epinio.aws.plugins.module_utils.domain.places import FROM_THE_CONTROLLER
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import (
    Answer,
    Identity,
    Place,
    Probe,
    is_left,
    wrote,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import (
    Finding,
    Verdict,
    judge,
    overall,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, NoJob, Undecided

_FROM_THERE = "If only the cluster reaches it, prove it from there."


class Runner(Protocol):
    """Makes calls as Epinio's identities, from wherever it runs."""

    def become(self, identity: Identity, waits: Iterator[float], /) -> None:
        """Get the identity's credentials, or see that they can be had.

        Raises `Disproven` when the role does not admit the service account, `Undecided` when nobody could be asked.
        """

    def admits(self, account: str, identity: Identity) -> bool:
        """Whether the identity's role admits another service account. Raises `Undecided`."""

    def ask(self, probes: Iterable[Probe], written: bool, waits: Iterator[float]) -> Iterator[tuple[Probe, Answer]]:
        """Make calls of the table, and again while a refusal may pass. `written`: the object that some read is there.

        Those that read are left out as long as it is not. Raises as `become` does.
        """

    def remove(self, probe: Probe, left: bool, /) -> Answer | None:
        """Remove the probe object. `left` is whether the answers say that it is there. `None`: there was no need."""


@dataclass
class Proof:
    """What was asked, what came of it, and what it means. `places` are those from which there are answers."""

    findings: list[Finding] = field(default_factory=list)
    answers: list[tuple[Probe, Answer]] = field(default_factory=list)
    places: tuple[Place, ...] = ()

    @property
    def wrote(self) -> bool:
        """Whether the probe object was written."""
        return any(wrote(probe, answer) for probe, answer in self.answers)

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)

    def add(self, other: Proof) -> None:
        """Take another proof in as a part of this one."""
        self.findings.extend(other.findings)
        self.answers.extend(other.answers)
        self.places = tuple(place for place in Place if place in {*self.places, *other.places})

    def result(self) -> dict[str, Any]:
        """The proof as a module returns it."""
        findings = [{"verdict": finding.verdict.value, "text": str(finding)} for finding in self.findings]
        probes = {"probes": [_listed(probe, answer) for probe, answer in self.answers]} if self.answers else {}
        places = {"runners": [place.value for place in self.places]} if self.places else {}
        return {"verdict": self.verdict.value, "findings": findings, **places, **probes}


@dataclass(frozen=True)
class Case:
    """What is to be proven.

    `patience` is how many seconds a change of IAM may take to spread, for the whole proof together: what one probe has
    waited for has spread for the next one too. `without_jobs` is what it means if no Job can be made.
    """

    phases: tuple[Phase, ...]
    clean_up: Probe
    role_arns: Mapping[Identity, str]
    strangers: tuple[str, ...]
    bucket_policy: Callable[[], Mapping[str, Any] | None]
    patience: float
    without_jobs: Verdict = Verdict.INCONCLUSIVE


@dataclass
class _Course:
    """A proof that is being carried out. `ready` are the places with credentials, `failed` those without."""

    runners: Mapping[Place, Runner]
    case: Case
    waits: Iterator[float]
    answers: list[tuple[Probe, Answer]] = field(default_factory=list)
    found: list[tuple[Place, Finding]] = field(default_factory=list)
    ready: set[Place] = field(default_factory=set)
    failed: set[Place] = field(default_factory=set)

    @property
    def written(self) -> bool:
        return any(wrote(probe, answer) for probe, answer in self.answers)

    def carry_out(self, phase: Phase) -> None:
        """Make the calls of a phase. Raises `Disproven`; a place from which nothing is decided is given up."""
        if phase.place in self.failed:
            return
        try:
            self._prepare(phase.place)
            for probe, answer in self.runners[phase.place].ask(phase.probes, self.written, self.waits):
                self.answers.append((probe, answer))
                self._judge(probe, answer)
        except NoJob as error:
            self.found.append((phase.place, without_jobs(error, self.case.without_jobs)))
            self.failed.add(phase.place)
        except Undecided as error:
            remedy = _FROM_THERE if phase.place is Place.CONTROLLER else ""
            self.found.append((phase.place, Finding(Verdict.INCONCLUSIVE, str(error), remedy)))
            self.failed.add(phase.place)

    def clean_up(self) -> Answer | None:
        """Remove the probe object, by the place to which it costs least."""
        for place in (one for one in Place if one in self.ready):
            return self.runners[place].remove(self.case.clean_up, is_left(self.answers))
        return None

    def _prepare(self, place: Place) -> None:
        if place in self.ready:
            return
        acting = {one for phase in self.case.phases if phase.place is place for one in phase.identities}
        for identity in (one for one in Identity if one in acting):
            self.runners[place].become(identity, self.waits)
        self.ready.add(place)

    def _judge(self, probe: Probe, answer: Answer) -> None:
        explicit = answer.ok != probe.allowed and "explicit deny" in answer.message
        policy = self.case.bucket_policy() if explicit and answer.place is Place.CONTROLLER else None
        finding = judge(probe, answer, self.case.role_arns[probe.identity], policy)
        if finding:
            self.found.append((answer.place, finding))


def prove(runners: Mapping[Place, Runner], case: Case) -> Proof:
    """Carry the table out. The probe object is removed whatever happens."""
    course = _Course(runners, case, retries.pauses(case.patience))
    removed = None
    try:
        for phase in case.phases:
            course.carry_out(phase)
    except Disproven as error:
        course.found.append((phase.place, Finding(Verdict.DISPROVEN, str(error))))
    finally:
        removed = course.clean_up()
    places = tuple(place for place in Place if place in {answer.place for _probe, answer in course.answers})
    proof = Proof(list(settled(course.found, course.answers, case.phases)), course.answers, places)
    if Place.CONTROLLER in course.ready:
        proof.findings.extend(_strangers(runners[Place.CONTROLLER], case))
    proof.findings.extend(_leftovers(case, proof, removed))
    return proof


def without_jobs(error: NoJob, verdict: Verdict) -> Finding:
    """That no Job can be made, and what it means."""
    return Finding(verdict, str(error), FROM_THE_CONTROLLER if verdict is Verdict.NOTED else "")


def _strangers(runner: Runner, case: Case) -> Iterator[Finding]:
    for account in case.strangers:
        for identity in Identity:
            role = case.role_arns[identity]
            try:
                admitted = runner.admits(account, identity)
            except Undecided as error:
                yield Finding(Verdict.INCONCLUSIVE, str(error), _FROM_THERE)
                continue
            if admitted:
                text = f"The service account {account}, which is not Epinio's, can assume the role {role}."
                yield Finding(
                    Verdict.DISPROVEN, text, "Take the statement that admits it out of the role's trust policy."
                )


def _leftovers(case: Case, proof: Proof, removed: Answer | None) -> Iterator[Finding]:
    where = f"s3://{case.clean_up.bucket}/{case.clean_up.key}"
    if proof.wrote and removed and not removed.ok:
        text = f"The probe object {where} could not be removed: {removed.code}: {removed.message}."
        yield Finding(Verdict.NOTED, text, "Delete it if it is there.")
    if any(answer.versioned for _probe, answer in proof.answers):
        text = f"The bucket keeps versions: old versions of the probe object {where} are left."
        yield Finding(Verdict.NOTED, text, "A lifecycle rule for noncurrent versions removes them.")


def _listed(probe: Probe, answer: Answer) -> dict[str, Any]:
    return {
        "identity": probe.identity.value,
        "runner": answer.place.value,
        "caller": answer.caller,
        "call": probe.call,
        "bucket": probe.bucket,
        "host": answer.host,
        "expected": "allowed" if probe.allowed else "refused",
        "answer": answer.code or "ok",
    }
