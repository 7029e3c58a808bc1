"""Where pods can be scheduled, rule by rule."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import (
    EVERYTHING,
    Place,
    Pods,
    Taint,
    fits,
    pods,
)

PLACE = Place({"disk": "ssd", "cpus": "8", "words": "eight"}, name="n1", unknown={"zone"})


def affinity(*terms: dict[str, Any]) -> dict[str, Any]:
    required = {"nodeSelectorTerms": list(terms)}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}


def asks(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": list(values)}]}


def both(*terms: dict[str, Any]) -> dict[str, Any]:
    return {"matchExpressions": [one for term in terms for one in term["matchExpressions"]]}


def named(operator: str, *values: str) -> dict[str, Any]:
    return {"matchFields": [{"key": "metadata.name", "operator": operator, "values": list(values)}]}


# https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
@pytest.mark.parametrize(
    ("term", "matches"),
    [
        (asks("disk", "In", "hdd", "ssd"), True),
        (asks("disk", "In", "hdd"), False),
        (asks("disk", "In"), False),
        (asks("none", "In", "ssd"), False),
        (asks("disk", "NotIn", "ssd"), False),
        (asks("disk", "NotIn", "hdd"), True),
        (asks("none", "NotIn", "hdd"), True),
        (asks("disk", "Exists"), True),
        (asks("none", "Exists"), False),
        (asks("disk", "DoesNotExist"), False),
        (asks("none", "DoesNotExist"), True),
        (asks("cpus", "Gt", "7"), True),
        (asks("cpus", "Gt", "8"), False),
        (asks("cpus", "Lt", "10"), True),
        (asks("cpus", "Lt", "8"), False),
        (asks("words", "Gt", "1"), False),
        (asks("words", "Lt", "9"), False),
        (asks("none", "Gt", "1"), False),
        (asks("none", "Lt", "9"), False),
        (asks("zone", "In", "a"), True),
        (asks("zone", "NotIn", "a"), True),
        (named("In", "n1", "n2"), True),
        (named("In", "n2"), False),
        (named("NotIn", "n1"), False),
        (named("NotIn", "n2"), True),
        ({**asks("disk", "Exists"), **named("In", "n2")}, False),
        (both(asks("disk", "Exists"), asks("cpus", "Exists")), True),
        (both(asks("disk", "Exists"), asks("none", "Exists")), False),
        ({}, False),
    ],
)  # fmt: skip
def test_terms(term: dict[str, Any], matches: bool) -> None:
    assert fits(pods(affinity(term)), PLACE) is matches
    # One of several is enough.
    assert fits(pods(affinity(asks("none", "Exists"), term)), PLACE) is matches


def test_no_term_matches_nothing_and_no_affinity_everything() -> None:
    assert not fits(Pods(terms=()), PLACE)
    specs: list[dict[str, Any]] = [
        {},
        {"affinity": {}},
        {"affinity": None},
        {"affinity": {"nodeAffinity": {"other": []}}},
    ]
    for spec in specs:
        assert fits(pods(spec), PLACE)


@pytest.mark.parametrize(
    ("selector", "matches"),
    [({}, True), ({"disk": "ssd"}, True), ({"disk": "hdd"}, False), ({"disk": "ssd", "x": "y"}, False)],
)
def test_selectors(selector: dict[str, str], matches: bool) -> None:
    assert fits(pods({"nodeSelector": selector}), PLACE) is matches
    assert fits(pods({"nodeSelector": selector, **affinity(asks("disk", "Exists"))}), PLACE) is matches
    assert not fits(pods({"nodeSelector": selector, **affinity(asks("none", "Exists"))}), PLACE)


def test_where_nothing_is_known_everything_may_be() -> None:
    assert fits(pods({"nodeSelector": {"disk": "ssd"}}), Place({}, unknown=EVERYTHING))


@pytest.mark.parametrize("effect", ["NoSchedule", "NoExecute"])
@pytest.mark.parametrize(
    ("tolerations", "matches"),
    [
        ([], False),
        ([{"operator": "Exists"}], True),
        ([{"key": "gpu", "operator": "Exists"}], True),
        ([{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}, {"key": "gpu", "value": "yes"}], True),
        ([{"key": "gpu", "value": "yes"}], True),
        ([{"key": "gpu", "operator": "Equal", "value": "yes"}], True),
        ([{"key": "gpu", "operator": "Equal", "value": "no"}], False),
        ([{"key": "gpu"}], False),
        ([{"key": "cpu", "operator": "Exists"}], False),
        ([{"key": "gpu", "operator": "Exists", "effect": "PreferNoSchedule"}], False),
    ],
)
def test_taints(effect: str, tolerations: list[Any], matches: bool) -> None:
    assert fits(pods({"tolerations": tolerations}), Place({}, (Taint("gpu", "yes", effect),))) is matches


def test_a_taint_that_only_prefers_keeps_nobody_away() -> None:
    assert fits(Pods(), Place({}, (Taint("gpu", "", "PreferNoSchedule"),)))
    assert not fits(Pods(), Place({}, (Taint("gpu", "", "PreferNoSchedule"), Taint("gpu", "", "NoExecute"))))
    assert fits(pods({"tolerations": [{"key": "gpu"}]}), Place({}, (Taint("gpu", "", "NoExecute"),)))


@pytest.mark.parametrize(
    ("labels", "matches"),
    [
        ({"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}, True),
        ({"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64"}, True),
        ({"kubernetes.io/os": "windows", "kubernetes.io/arch": "amd64"}, False),
        ({"kubernetes.io/arch": "riscv64"}, False),
        ({}, True),
    ],
)
def test_images_run_on_some_platforms_only(labels: dict[str, str], matches: bool) -> None:
    assert fits(Pods(), Place(labels)) is matches


@pytest.mark.parametrize(
    "spec",
    [
        {"nodeSelector": []},
        {"affinity": "none"},
        {"affinity": {"nodeAffinity": []}},
        {"tolerations": {}},
        {"tolerations": ["all"]},
        affinity({"matchExpressions": ["disk"]}),
        affinity({"matchExpressions": [{"key": "disk"}]}),
        affinity({"matchExpressions": [{"key": "disk", "operator": "In", "values": "ssd"}]}),
        affinity({"matchFields": {}}),
    ],
)
def test_what_is_no_spec_is_told_so(spec: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is no "):
        pods(spec)
