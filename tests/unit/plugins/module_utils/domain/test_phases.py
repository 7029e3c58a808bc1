"""The table of the proof, cut into what is asked at once from one place."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.phases import (
    Phase,
    needs_the_object,
    of_node_role,
    phases,
    settled,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.probes import (
    Answer,
    Identity,
    Place,
    Probe,
    is_left,
    negative,
    positive,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Finding, Verdict

POSITIVE = positive("sources", "key", documented=False)
NEGATIVE = negative("sources", "key", documented=False)
SERVER, STAGING = Identity
CONTROLLER, CLUSTER = Place


def answered(probes: tuple[Probe, ...]) -> list[tuple[Probe, Answer]]:
    return [(probe, Answer("host")) for probe in probes if probe.allowed]


def table(controller: bool, *pods_of: Identity) -> tuple[Phase, ...]:
    return phases(POSITIVE, NEGATIVE, controller=controller, pods_of=pods_of)


@pytest.mark.parametrize(
    ("controller", "pods_of", "expected"),
    [
        (True, (), [(CONTROLLER, (SERVER, STAGING))]),
        (True, (STAGING,), [(CONTROLLER, (SERVER, STAGING)), (CLUSTER, (STAGING,)), (CONTROLLER, (SERVER, STAGING))]),
        # Somebody must write what staging reads.
        (False, (STAGING,), [(CONTROLLER, (SERVER,)), (CLUSTER, (STAGING,)), (CONTROLLER, (SERVER,))]),
        (False, (SERVER,), [(CLUSTER, (SERVER,))]),
        (True, (SERVER,), [(CONTROLLER, (SERVER, STAGING)), (CLUSTER, (SERVER,)), (CONTROLLER, (SERVER, STAGING))]),
        (False, (SERVER, STAGING), [(CLUSTER, (SERVER, STAGING))]),
        (True, (SERVER, STAGING), [(where, (SERVER, STAGING)) for where in (CONTROLLER, CLUSTER, CONTROLLER)]),
    ],
)
def test_who_asks_from_where(
    controller: bool, pods_of: tuple[Identity, ...], expected: list[tuple[Place, tuple[Identity, ...]]]
) -> None:
    assert [(phase.place, phase.identities) for phase in table(controller, *pods_of)] == expected


@pytest.mark.parametrize("pods_of", [(), (STAGING,), (SERVER,), (SERVER, STAGING)])
@pytest.mark.parametrize("controller", [True, False])
def test_every_call_is_made_and_what_is_read_is_there(controller: bool, pods_of: tuple[Identity, ...]) -> None:
    found = table(controller, *pods_of)
    made: list[Probe] = []
    for phase in found:
        for probe in phase.probes:
            assert not probe.reads or is_left(answered(tuple(made)))
            made.append(probe)
    wanted = [one for one in (*POSITIVE, *NEGATIVE) if controller or not pods_of or one.identity in pods_of]
    assert {(one.identity, one.call) for one in wanted} <= {(one.identity, one.call) for one in made}


def test_only_a_pod_of_its_own_leaves_nothing() -> None:
    (alone,) = table(False, SERVER)
    assert alone.probes[-1] == POSITIVE[-1]
    assert not is_left(answered(alone.probes))


@pytest.mark.parametrize("controller", [True, False])
def test_the_object_stays_for_whoever_reads_it_at_the_same_time(controller: bool) -> None:
    (pods,) = (phase for phase in table(controller, SERVER, STAGING) if phase.place is CLUSTER)
    parts = {who: tuple(probe for probe in pods.probes if probe.identity is who) for who in (SERVER, STAGING)}
    assert {who: needs_the_object(part) for who, part in parts.items()} == {SERVER: False, STAGING: True}
    deleted = [probe.key for probe in parts[SERVER] if probe.call == "DeleteObject"]
    assert len(deleted) == 1
    assert deleted != ["key"]
    assert is_left(answered(pods.probes))


def test_one_pod_makes_all_calls_with_the_role_of_its_node() -> None:
    (phase,) = of_node_role(POSITIVE, "nodes")
    assert (phase.place, phase.identities, len(phase.probes)) == (CLUSTER, (SERVER, STAGING), len(POSITIVE))
    assert str(phase.probes[1]) == "PutObject of the node role nodes on s3://sources/key"
    assert phase.probes[-1].call == "DeleteObject"


def test_what_pods_have_proven_is_settled() -> None:
    open_, wrong = Finding(Verdict.INCONCLUSIVE, "no answer"), Finding(Verdict.DISPROVEN, "denied")
    found = [(CONTROLLER, open_), (CONTROLLER, wrong), (CLUSTER, open_)]
    calls = table(True, SERVER, STAGING)
    by_pods = [(probe, Answer("host", place=CLUSTER)) for probe in POSITIVE]
    by_controller = [(probe, Answer("host")) for probe in POSITIVE]
    verdicts = [Verdict.NOTED, Verdict.DISPROVEN, Verdict.INCONCLUSIVE]
    assert [finding.verdict for finding in settled(found, by_pods, calls)] == verdicts
    # The right counts: an upload in parts needs none of its own.
    without_parts = [one for one in by_pods if one[0].call != "MultipartUpload"]
    assert [finding.verdict for finding in settled(found, without_parts, calls)] == verdicts
    for less in (by_pods[1:], by_controller):
        assert list(settled(found, less, calls)) == [open_, wrong, open_]
