# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The runner that acts from inside the cluster: a Job makes all calls of an identity."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain import proof_answers, proof_job, proof_script
from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Kind
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import Endpoint
from ansible_collections.epinio.aws.plugins.module_utils.domain.phases import Probes, needs_the_object
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Place, Probe, wrote
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_answers import Said
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import CONTAINER, Placement, ProofJob
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_pods import misfit
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_script import Script
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import UNREACHABLE, may_pass
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, NoJob, Undecided
from ansible_collections.epinio.aws.plugins.module_utils.probing import jobs
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account

# Of several Jobs the first of these is told.
_WORST = (Disproven, Undecided, NoJob)


class _Misfit(Exception):
    """A pod was created without the credentials that it must have. `passes`: another pod may have them."""

    def __init__(self, text: str, *, passes: bool) -> None:
        super().__init__(text)
        self.passes = passes


@dataclass(frozen=True)
class Actor:
    """A pod that acts for Epinio: the name of its Job, its service account, its role, and where it may run.

    `of_node`: the role is its node's, not its account's.
    """

    job: str
    account: str
    role_arn: str
    placement: Placement
    of_node: bool = False


@dataclass
class Cluster:
    """A `Runner`. `timeout` is how many seconds a Job has beside its share of `patience`."""

    api: Any
    wiring: Wiring
    image: str
    sts_url: str
    endpoints: Mapping[Identity, Endpoint]
    actors: Mapping[Identity, Actor]
    timeout: int
    patience: int

    def become(self, identity: Identity, _waits: Iterator[float], /) -> None:
        """See that the account is what a pod of it needs, so that none is made in vain. Raises `Disproven`."""
        actor = self.actors[identity]
        account = read_service_account(self.api, self.wiring.namespace, actor.account)
        if account is None:
            raise Disproven(f"The service account {self._name(actor)} does not exist, so none of its pods can run.")
        if not actor.of_node and account.role_arn != actor.role_arn:
            raise Disproven(
                f"The service account {self._name(actor)} has the role {account.role_arn or 'of nobody'}, so its pods "
                f"lack {actor.role_arn}. Run the playbook that wires this mode."
            )

    def ask(self, probes: Iterable[Probe], written: bool, _waits: Iterator[float]) -> Iterator[tuple[Probe, Answer]]:
        """The answers of Jobs, one for each actor. Raises `Disproven` and `Undecided`.

        They run side by side, unless one has to write first what another reads.
        """
        parts = self._parts(probes)
        for together in [parts] if written else [[part] for part in parts]:
            worthwhile = [part for part in together if written or not needs_the_object(part)]
            for probe, answer in self._side_by_side(worthwhile, written):
                written = written or wrote(probe, answer)
                yield probe, answer

    def _parts(self, probes: Iterable[Probe]) -> list[Probes]:
        """The calls of each actor."""
        parts: dict[str, Probes] = {}
        for probe in probes:
            job = self.actors[probe.identity].job
            parts[job] = (*parts.get(job, ()), probe)
        return list(parts.values())

    def _side_by_side(self, parts: Sequence[Probes], written: bool) -> Iterator[tuple[Probe, Answer]]:
        """The answers of these Jobs. What one has said counts, whatever becomes of another."""
        errors: list[Disproven | Undecided] = []
        scripts = [self._script(part, written) for part in parts]
        with ThreadPoolExecutor() as pool:
            running = [(script, pool.submit(self._said, script)) for script in scripts]
        for script, job in running:
            try:
                yield from self._answers(script, *job.result())
            except (Disproven, Undecided) as error:
                errors.append(error)
        if errors:
            raise min(errors, key=lambda error: _WORST.index(type(error)))

    def _script(self, probes: Probes, written: bool) -> Script:
        actor = self.actors[probes[0].identity]
        return Script(
            probes=probes,
            endpoints=self.endpoints,
            session=proof_script.session(actor.role_arn),
            region=self.wiring.cluster.region,
            sts_url=self.sts_url,
            web_identity=not actor.of_node,
            written=written,
            patience=self.patience,
        )

    def _answers(self, script: Script, said: Said, trouble: str) -> Iterator[tuple[Probe, Answer]]:
        """The answers of a Job that has said this, and did not say more because of that."""
        actor = self.actors[script.probes[0].identity]
        if not said.caller and not said.who.code:
            raise Undecided(f"The Job {self.wiring.namespace}/{actor.job} ended before it acted as anybody. {trouble}")
        proof_answers.check_caller(
            said, script.session, actor.role_arn, self._name(actor), web_identity=script.web_identity
        )
        for index, probe in enumerate(script.probes):
            if reply := said.replies.get(index):
                host = self.endpoints[probe.identity].host(probe.bucket)
                answer = Answer(host, reply.code, reply.reason, reply.versioned, Place.CLUSTER, said.caller)
                if may_pass(probe, answer) and not probe.lenient:
                    # It was waited for: what is not right by now will not be for the next Job.
                    self.patience = 0
                yield probe, answer
        if not said.complete:
            raise Undecided(f"The Job {self.wiring.namespace}/{actor.job} did not say everything. {trouble}".strip())

    def remove(self, probe: Probe, left: bool, /) -> Answer | None:
        """Remove the object if it is there: a Job only for that costs seconds."""
        if not left:
            return None
        try:
            return next(answer for _probe, answer in self.ask([probe], True, iter(())))
        except (Disproven, Undecided) as error:
            return Answer(
                self.endpoints[probe.identity].host(probe.bucket), UNREACHABLE, str(error), place=Place.CLUSTER
            )

    def admits(self, account: str, identity: Identity) -> bool:
        """Not asked of a Job: it would have to run as that account."""
        raise Undecided(f"Whether {account} can assume the role of {identity.value} is only asked from the controller.")

    def _said(self, script: Script) -> tuple[Said, str]:
        """What the Job's pod said, and why not more. A pod that the webhook missed is made anew."""
        actor, waits = self.actors[script.probes[0].identity], retries.pauses(self.patience)
        manifest, seconds = self._manifest(actor, str(script)), self.timeout + self.patience
        where = f"Job {self.wiring.namespace}/{actor.job}"
        while True:
            try:
                last = jobs.run(self.api, self.wiring, manifest, seconds, functools.partial(_check, actor))
                break
            except _Misfit as error:
                pause = next(waits, None) if error.passes else None
                if pause is None:
                    raise Disproven(
                        f"The pod of {where}, of service account {self._name(actor)}, does not get what it needs for "
                        f"the role {actor.role_arn}: container {CONTAINER} {error}. Look at the pod identity webhook "
                        "of the cluster, and at what else changes pods when they are created."
                    ) from error
                time.sleep(pause)
        if last.message is None:
            raise (NoJob if last.refused else Undecided)(f"The {where} gave no answer. {last.trouble}")
        return proof_answers.parsed(last.message), last.trouble

    def _manifest(self, actor: Actor, script: str) -> dict[str, Any]:
        seconds = self.timeout + self.patience
        job = ProofJob(actor.job, actor.account, self.image, script, seconds, actor.placement, actor.of_node)
        return proof_job.manifest(job, self.wiring)

    def _name(self, actor: Actor) -> str:
        return f"{self.wiring.namespace}/{actor.account}"


def _check(actor: Actor, pod: Any) -> None:
    kind, text = misfit(pod, "" if actor.of_node else actor.role_arn)
    if kind is not Kind.RIGHT:
        raise _Misfit(text, passes=kind is Kind.STALE)
