# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where pods can be scheduled: node selectors, required node affinity, taints, and what their images run on.

What pods merely prefer, other pods, volumes and resources keep a pod off a node today and not tomorrow: they do not
count. Source: https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

OS, ARCHITECTURE = "kubernetes.io/os", "kubernetes.io/arch"
# Epinio's images are published for these (epinio/epinio, .goreleaser.yml, since before 1.13.0). The scheduler does not
# look at images: a pod that selects no architecture can land on either.
_RUNS_ON = {OS: {"linux"}, ARCHITECTURE: {"amd64", "arm64"}}
# Taints that merely prefer other pods keep none away.
_BINDING = ("NoSchedule", "NoExecute")
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


class _Everything:
    """All keys."""

    def __contains__(self, _key: object) -> bool:
        return True


EVERYTHING: Container[str] = _Everything()


@dataclass(frozen=True)
class Taint:
    """A taint; `effect` is `NoSchedule`, `NoExecute` or `PreferNoSchedule`."""

    key: str
    value: str
    effect: str


@dataclass(frozen=True)
class Place:
    """A node, or the nodes that something may make.

    `unknown` are the keys of labels that the nodes may have or not, with any value: whatever asks for them may fit.
    `name` is `""` where no node exists yet.
    """

    labels: Mapping[str, str]
    taints: tuple[Taint, ...] = ()
    name: str = ""
    unknown: Container[str] = ()


@dataclass(frozen=True)
class Pods:
    """What pods of one template ask of their node.

    `terms` are the required node affinity's, one of which must match, `None` if there is no such affinity. Terms and
    tolerations are the API's own objects. `kind` says in words whose pods they are, and their `namespace` and `labels`
    what they are called: a label that is `None` may have any value.
    """

    selector: Mapping[str, str] = field(default_factory=dict)
    terms: tuple[Mapping[str, Any], ...] | None = None
    tolerations: tuple[Mapping[str, Any], ...] = ()
    kind: str = ""
    namespace: str = ""
    labels: Mapping[str, str | None] = field(default_factory=dict)


def pods(spec: Mapping[str, Any]) -> Pods:
    """What a pod's spec asks for; so do the values of Epinio's staging jobs, which have the same keys.

    Raises `ValueError` for what is no such spec: nobody but Epinio checks those values.
    """
    affinity = _part(_part(spec, "affinity", dict), "nodeAffinity", dict)
    required = _part(affinity, "requiredDuringSchedulingIgnoredDuringExecution", dict)
    terms = tuple(_checked(term) for term in _part(required, "nodeSelectorTerms", list))
    tolerations = tuple(_part({"one": one}, "one", dict) for one in _part(spec, "tolerations", list))
    # An empty affinity is none, as Epinio's values have it.
    return Pods(_part(spec, "nodeSelector", dict), terms if required else None, tolerations)


def _checked(term: Any) -> Mapping[str, Any]:
    for kind in ("matchExpressions", "matchFields"):
        for one in _part(_part({"term": term}, "term", dict), kind, list):
            if not (isinstance(one, dict) and {"key", "operator"} <= one.keys()):
                raise ValueError(f"{one!r} is no expression of a node selector")
            _part(one, "values", list)
    found: Mapping[str, Any] = term
    return found


def _part(of: Mapping[str, Any], key: str, kind: type) -> Any:
    """A part of a spec; null and nothing are an empty one."""
    found = of.get(key)
    if found is None:
        return kind()
    if not isinstance(found, kind):
        raise ValueError(f"{key} is no {kind.__name__}")
    return found


def fits(wanted: Pods, place: Place) -> bool:
    """Whether such a pod can be scheduled there, and its images run."""
    return (
        all(place.labels.get(key) in {None, *known} for key, known in _RUNS_ON.items())
        and all(_matches(place, key, "In", [value]) for key, value in wanted.selector.items())
        and (wanted.terms is None or any(_term_matches(term, place) for term in wanted.terms))
        and all(_tolerated(taint, wanted.tolerations) for taint in place.taints if taint.effect in _BINDING)
    )


def _term_matches(term: Mapping[str, Any], place: Place) -> bool:
    """Whether all of a term matches; an empty term matches nothing."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    # A field can only be `metadata.name`, and a name is a value like a label's.
    named = Place({"metadata.name": place.name})
    return bool(expressions or fields) and _all_match(expressions, place) and _all_match(fields, named)


def _all_match(expressions: Iterable[Mapping[str, Any]], place: Place) -> bool:
    return all(_matches(place, one["key"], one["operator"], one.get("values") or []) for one in expressions)


def _matches(place: Place, key: str, operator: str, values: list[str]) -> bool:
    """As labels.Requirement.Matches of k8s.io/apimachinery: a label that is not there is in no set, and no number."""
    value = place.labels.get(key)
    if value is None and key in place.unknown:
        return True
    if operator in ("In", "NotIn"):
        return (value in values) == (operator == "In")
    if operator in ("Exists", "DoesNotExist"):
        return (value is not None) == (operator == "Exists")
    numbers = [text for text in (value, *values[:1]) if text is not None and _INTEGER.fullmatch(text)]
    if len(numbers) < 2:
        return False
    found, bound = map(int, numbers)
    return found > bound if operator == "Gt" else found < bound


def _tolerated(taint: Taint, tolerations: Iterable[Mapping[str, Any]]) -> bool:
    """https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/."""
    return any(
        one.get("effect") in (None, "", taint.effect)
        # Without a key, which takes `Exists`, it tolerates every taint.
        and one.get("key") in (None, "", taint.key)
        and (one.get("operator") == "Exists" or (one.get("value") or "") == taint.value)
        for one in tolerations
    )
