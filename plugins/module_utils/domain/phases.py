# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the table is carried out when, and from where.

A pod makes all its calls of a phase in one go, and each pod costs seconds: there are as few as the table allows, and
those of one phase run side by side where the object that one of them reads is there before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Place, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict

Probes = tuple[Probe, ...]


@dataclass(frozen=True)
class Phase:
    """Calls that are made from one place, in this order. In the cluster each identity has a pod of its own."""

    place: Place
    probes: Probes

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Who makes the calls."""
        asking = {probe.identity for probe in self.probes}
        return tuple(identity for identity in Identity if identity in asking)


def phases(positive: Probes, negative: Probes, *, controller: bool, pods_of: Collection[Identity]) -> tuple[Phase, ...]:
    """The table in phases. `positive` ends with the call that deletes the object.

    `controller` has all of it made from where Ansible runs; `pods_of` are the identities whose calls a pod makes. Where
    the controller is not asked for and only staging has a pod, the controller makes the server's calls: somebody must
    write what staging reads.
    """
    everything, delete = (*positive, *negative), positive[-1]
    if not pods_of:
        return (Phase(Place.CONTROLLER, everything),)
    server, staging = (_of(identity, everything) if identity in pods_of else () for identity in Identity)
    if not controller and not staging:
        return (Phase(Place.CLUSTER, (*(probe for probe in server if probe != delete), delete)),)
    asked = tuple(_sparing(probe) for probe in server if not (controller and _is_dear(probe)))
    pods = Phase(Place.CLUSTER, (*asked, *staging))
    if not controller and server:
        return (pods,)
    first, last = positive[:-1], (delete, *negative)
    if not controller:
        first, last = _of(Identity.SERVER, first), _of(Identity.SERVER, last)
    return (Phase(Place.CONTROLLER, first), pods, Phase(Place.CONTROLLER, last))


def needs_the_object(probes: Probes) -> bool:
    """Whether these calls read an object that none of them writes."""
    writes = any(probe.call == "PutObject" and probe.allowed for probe in probes)
    return not writes and any(probe.reads for probe in probes)


def of_node_role(positive: Probes, role: str) -> tuple[Phase, ...]:
    """The calls of both identities, made by a pod with the role of its node: it is the same for every pod there."""
    return (Phase(Place.CLUSTER, tuple(replace(probe, role=f"node role {role}") for probe in positive)),)


def settled(
    found: Iterable[tuple[Place, Finding]], answers: Iterable[tuple[Probe, Answer]], table: Iterable[Phase]
) -> Iterator[Finding]:
    """The findings, each with the place that it comes from. Pods decide what the controller could not.

    Where pods have used every right that Epinio needs, what stays open from where Ansible runs is only noted.
    """
    needed = {(probe.identity, probe.action) for phase in table for probe in phase.probes if probe.allowed}
    made = {
        (probe.identity, probe.action)
        for probe, answer in answers
        if answer.place is Place.CLUSTER and probe.allowed and answer.ok
    }
    for place, finding in found:
        if place is Place.CONTROLLER and finding.verdict is Verdict.INCONCLUSIVE and needed <= made:
            yield Finding(Verdict.NOTED, finding.text, "From inside the cluster it is proven.")
        else:
            yield finding


def _of(identity: Identity, probes: Probes) -> Probes:
    return tuple(probe for probe in probes if probe.identity is identity)


def _is_dear(probe: Probe) -> bool:
    """Whether a pod leaves the call to the controller: it takes three, by the right that an upload at once proves."""
    return probe.call == "MultipartUpload"


def _sparing(probe: Probe) -> Probe:
    """The call, but with the object left to whoever reads it at the same time: another one is deleted in its place.

    That it is not there makes no difference: S3 says the same to whoever may delete it
    (https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html).
    """
    return replace(probe, key=f"{probe.key}-gone") if probe.call == "DeleteObject" and probe.allowed else probe
