"""What the README says that the collection needs to be allowed, and what was asked for while a playbook ran."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import product

from sandbox.audit import Call
from sandbox.people import NAMESPACE
from tools.cache import REPOSITORY

CHAPTER = "What it needs to be allowed"
# The columns of the two tables.
AWS, KUBERNETES = 2, 5
OF_RELEASE, OF_EPINIO, CLUSTER = "namespace of the release", "Epinio's namespaces", "cluster"
OF_SYSTEM = "namespace `kube-system`"
# What they are to the API server, but for the namespaces that Epinio makes.
PLACES = {OF_RELEASE: NAMESPACE, OF_SYSTEM: "kube-system", CLUSTER: ""}
_OURS = "epinio.aws"
# ClusterRoles system:discovery and system:basic-user give every user these.
_EVERYBODYS = re.compile(r"/apis?(/.*)?|selfsubjectaccessreviews")
_QUOTED = re.compile(r"`([^`]*)`")


@dataclass(frozen=True)
class Right:
    """A right in Kubernetes. `where` is one of the four above, or empty for a path."""

    group: str
    resource: str
    verb: str
    where: str

    def covers(self, other: Right) -> bool:
        """Whether whoever has this one needs the other no more."""
        places = {self.where, OF_RELEASE} if self.where == OF_EPINIO else {self.where}
        return (
            self.group in ("*", other.group)
            and self.resource in ("*", other.resource)
            and self.verb == other.verb
            and other.where in places
        )


def aws_rows() -> dict[str, frozenset[str]]:
    """The actions by occasion."""
    return {when: frozenset(_QUOTED.findall(actions)) for when, actions in _rows(AWS)}


def kubernetes_rows() -> dict[str, frozenset[Right]]:
    """The rights by occasion."""
    found: dict[str, frozenset[Right]] = {}
    for when, groups, resources, verbs, where in _rows(KUBERNETES):
        names = [_QUOTED.findall(cell) for cell in (groups, resources, verbs)]
        group = "".join(names[0]).replace('""', "")
        rights = {Right(group, resource, verb, where) for resource, verb in product(*names[1:])}
        found[when] = found.get(when, frozenset()) | rights
    return found


def _rows(columns: int) -> Iterator[list[str]]:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    chapter = text.partition(f"## {CHAPTER}\n")[2].partition("\n## ")[0]
    for line in chapter.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and cells[0] != "when" and set(cells[0]) != {"-"}:
            yield cells


def ours(calls: Collection[Call]) -> set[Right]:
    """What this collection itself asked the API server for; helm, which runs under it, says who it is."""
    return {right(call) for call in calls if call.agent.startswith(_OURS) and not _EVERYBODYS.fullmatch(call.resource)}


def right(call: Call) -> Right:
    """The right that a call needs."""
    if call.resource.startswith("/"):
        return Right("", call.resource, call.verb, "")
    where = {place: where for where, place in PLACES.items()}.get(call.namespace, OF_EPINIO)
    return Right(call.group, call.resource, call.verb, where)


def rules(rights: Collection[Right]) -> list[dict[str, list[str]]]:
    """The rules of a role that gives exactly these rights."""
    return [{"apiGroups": [one.group], "resources": [one.resource], "verbs": [one.verb]} for one in rights]
