# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of the table is carried out when, and from where.

A pod makes all calls of its phase in one go, and each costs seconds: there are as few of them as the table allows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import Answer, Identity, Place, Probe
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict

_LEAVES_AN_OBJECT = ("MultipartUpload", "AbortMultipartUpload")

Probes = tuple[Probe, ...]


@dataclass(frozen=True)
class Phase:
    """Calls that are made from one place, in this order. From a pod they are one identity's."""

    place: Place
    probes: Probes

    @property
    def identities(self) -> tuple[Identity, ...]:
        """Who makes the calls."""
        asking = {probe.identity for probe in self.probes}
        return tuple(identity for identity in Identity if identity in asking)

    @property
    def needs_the_object(self) -> bool:
        """Whether the phase reads an object that it does not write itself."""
        writes = any(probe.call == "PutObject" and probe.allowed for probe in self.probes)
        return not writes and any(probe.reads for probe in self.probes)


def phases(positive: Probes, negative: Probes, *, controller: bool, pods_of: Collection[Identity]) -> tuple[Phase, ...]:
    """The table in phases. `positive` ends with the call that deletes the object.

    `controller` has all of it made from where Ansible runs; `pods_of` are the identities whose calls a pod makes. Where
    the controller is not asked for and only staging has a pod, the controller makes the server's calls: somebody must
    write what staging reads.
    """
    everything = (*positive, *negative)
    if not pods_of:
        return (Phase(Place.CONTROLLER, everything),)
    whole = (Phase(Place.CONTROLLER, everything),) if controller else ()
    server, staging = (_of(identity, everything) for identity in Identity)
    if Identity.STAGING not in pods_of:
        return (Phase(Place.CLUSTER, _delete_last(server, positive[-1])), *whole)
    if Identity.SERVER in pods_of:
        return (Phase(Place.CLUSTER, _leaving(server)), Phase(Place.CLUSTER, staging), *whole)
    first, last = positive[:-1], (positive[-1], *negative)
    if not controller:
        first, last = _of(Identity.SERVER, first), _of(Identity.SERVER, last)
    return (Phase(Place.CONTROLLER, first), Phase(Place.CLUSTER, staging), Phase(Place.CONTROLLER, last))


def of_node_role(positive: Probes, role: str) -> tuple[Phase, ...]:
    """The calls of both identities, made by a pod with the role of its node: it is the same for every pod there."""
    return (Phase(Place.CLUSTER, tuple(replace(probe, role=f"node role {role}") for probe in positive)),)


def settled(
    found: Iterable[tuple[Place, Finding]], answers: Iterable[tuple[Probe, Answer]], table: Iterable[Phase]
) -> Iterator[Finding]:
    """The findings, each with the place that it comes from. Pods decide what the controller could not.

    Where pods have made every call that Epinio needs, what stays open from where Ansible runs is only noted.
    """
    needed = {(probe.identity, probe.call) for phase in table for probe in phase.probes if probe.allowed}
    made = {
        (probe.identity, probe.call)
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


def _delete_last(probes: Probes, delete: Probe) -> Probes:
    return (*(probe for probe in probes if probe != delete), delete)


def _leaving(probes: Probes) -> Probes:
    """The server's calls in an order that proves the deletion and leaves an object for staging to read."""
    last = [probe for probe in probes if probe.call in _LEAVES_AN_OBJECT]
    return (*(probe for probe in probes if probe not in last), *last)
