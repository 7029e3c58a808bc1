# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proof: become each service account, make the calls of the table, judge the answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import (
    Finding,
    Verdict,
    judge,
    may_pass,
    overall,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, Undecided

_FROM_THERE = "If only the cluster reaches it, prove it from there."


class Runner(Protocol):
    """Makes calls as Epinio's identities, from wherever it runs."""

    def become(self, identity: Identity, waits: Iterator[float]) -> None:
        """Get the identity's credentials.

        Raises `Disproven` when the role does not admit the service account, `Undecided` when nobody could be asked.
        """

    def admits(self, account: str, identity: Identity) -> bool:
        """Whether the identity's role admits another service account. Raises `Undecided`."""

    def make(self, probe: Probe) -> Answer:
        """Make one call of the table."""


@dataclass
class Proof:
    """What was asked, what came of it, and what it means."""

    findings: list[Finding] = field(default_factory=list)
    answers: list[tuple[Probe, Answer]] = field(default_factory=list)

    @property
    def wrote(self) -> bool:
        """Whether the probe object was written."""
        return any(probe.call == "PutObject" and probe.allowed and answer.ok for probe, answer in self.answers)

    @property
    def verdict(self) -> Verdict:
        return overall(self.findings)

    def result(self) -> dict[str, Any]:
        """The proof as a module returns it."""
        findings = [{"verdict": finding.verdict.value, "text": str(finding)} for finding in self.findings]
        probes = {"probes": [_listed(probe, answer) for probe, answer in self.answers]} if self.answers else {}
        return {"verdict": self.verdict.value, "findings": findings, **probes}


@dataclass(frozen=True)
class Case:
    """What is to be proven.

    `patience` is how many seconds a change of IAM may take to spread, for the whole proof together: what one probe has
    waited for has spread for the next one too.
    """

    positive: tuple[Probe, ...]
    negative: tuple[Probe, ...]
    clean_up: Probe
    role_arns: Mapping[Identity, str]
    strangers: tuple[str, ...]
    bucket_policy: Callable[[], Mapping[str, Any] | None]
    patience: float


def prove(runner: Runner, case: Case) -> Proof:
    """Carry the table out. The probe object is removed whatever happens."""
    proof, waits = Proof(), retries.pauses(case.patience)
    try:
        for identity in Identity:
            runner.become(identity, waits)
    except Disproven as error:
        proof.findings.append(Finding(Verdict.DISPROVEN, str(error)))
        return proof
    except Undecided as error:
        proof.findings.append(Finding(Verdict.INCONCLUSIVE, str(error), _FROM_THERE))
        return proof
    try:
        for probe in (*case.positive, *case.negative):
            # To whoever may not list the bucket, S3 says of a missing object that it is forbidden.
            if proof.wrote or not probe.reads:
                _ask(runner, case, probe, proof, waits)
    finally:
        removed = runner.make(case.clean_up)
    proof.findings.extend(_strangers(runner, case))
    proof.findings.extend(_leftovers(case, proof, removed))
    return proof


def _ask(runner: Runner, case: Case, probe: Probe, proof: Proof, waits: Iterator[float]) -> None:
    answer = runner.make(probe)
    while may_pass(probe, answer) and not probe.lenient and (pause := next(waits, None)) is not None:
        time.sleep(pause)
        answer = runner.make(probe)
    proof.answers.append((probe, answer))
    policy = case.bucket_policy() if answer.ok != probe.allowed and "explicit deny" in answer.message else None
    finding = judge(probe, answer, case.role_arns[probe.identity], policy)
    if finding:
        proof.findings.append(finding)


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


def _leftovers(case: Case, proof: Proof, removed: Answer) -> Iterator[Finding]:
    where = f"s3://{case.clean_up.bucket}/{case.clean_up.key}"
    if proof.wrote and not removed.ok:
        text = f"The probe object {where} could not be removed: {removed.code}: {removed.message}."
        yield Finding(Verdict.NOTED, text, "Delete it if it is there.")
    if any(answer.versioned for _probe, answer in proof.answers):
        text = f"The bucket keeps versions: old versions of the probe object {where} are left."
        yield Finding(Verdict.NOTED, text, "A lifecycle rule for noncurrent versions removes them.")


def _listed(probe: Probe, answer: Answer) -> dict[str, Any]:
    return {
        "identity": probe.identity.value,
        "call": probe.call,
        "bucket": probe.bucket,
        "host": answer.host,
        "expected": "allowed" if probe.allowed else "refused",
        "answer": answer.code or "ok",
    }
