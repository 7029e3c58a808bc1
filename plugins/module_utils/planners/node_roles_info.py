# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which roles of nodes count, and what else there is to say about a cluster's nodes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import wording
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import taken
from ansible_collections.epinio.aws.plugins.module_utils.domain.left_out_roles import left_out
from ansible_collections.epinio.aws.plugins.module_utils.domain.metadata import Obstacle, on_fargate
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import (
    CHOSEN,
    NodeRole,
    Standing,
    Survey,
    is_gone,
    lands,
    role_name,
    roles,
    standings,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AUTO, AUTO_PLACE

# So many nodes are named in a result: enough to run a proof on one of them, and little in a cluster of a thousand.
_MOST_NODES = 10


@dataclass(frozen=True)
class Problem:
    """Nodes on which Epinio's pods can land and get no credentials, all for the same reason.

    `place` names what makes such nodes for them, where it is not known by its nodes.
    """

    obstacle: Obstacle
    standings: tuple[Standing, ...] = ()
    place: str = ""

    @property
    def nodes(self) -> tuple[str, ...]:
        return tuple(one.node.name for one in self.standings)

    @property
    def roles(self) -> tuple[str, ...]:
        return tuple(sorted({role_name(one.role_arn) for one in self.standings if one.role_arn}))

    def __str__(self) -> str:
        return f"{self.place or self._which()}: {self.obstacle.reason}. {self.obstacle.remedy}"

    def _which(self) -> str:
        if len(self.nodes) == 1:
            return f"node {self.nodes[0]}"
        return f"{len(self.nodes)} nodes ({wording.names(self.nodes, _MOST_NODES)})"


@dataclass(frozen=True)
class Found:
    """The nodes' roles that count, what Epinio's pods would miss, and what was left out, with the words for people.

    `every` says that all roles of nodes were asked for, `left_out` are those on whose nodes Epinio's pods cannot land.
    """

    survey: Survey
    every: bool
    standings: tuple[Standing, ...]
    roles: tuple[NodeRole, ...]
    left_out: tuple[NodeRole, ...]
    missing: tuple[NodeRole, ...]
    problems: tuple[Problem, ...]

    def reachable(self, role: NodeRole) -> bool | None:
        """Whether pods get the role's credentials on at least one node; `None` if no node says so."""
        counting = [one for one in role.standings if self.every or one.fits]
        if counting:
            return any(one.obstacle is None for one in counting)
        return False if role.auto else None


def found(survey: Survey, *, every: bool) -> Found:
    """What the survey found; `every`: also roles of nodes on which Epinio's pods cannot be scheduled.

    Roles that a person named all count.
    """
    every = every or bool(survey.chosen)
    standing = standings(survey)
    known = roles(survey, standing)
    there = [role for role in known if role.arn]
    return Found(
        survey,
        every,
        standing,
        tuple(role for role in there if every or role.fits),
        tuple(role for role in there if not (every or role.fits)),
        tuple(role for role in known if not role.arn),
        (*problems([one for one in standing if one.takes_pods]), *_problems_of_profiles(survey)),
    )


def problems(standing: Sequence[Standing]) -> tuple[Problem, ...]:
    """Those of the nodes that give no credentials, by the reason."""
    by_reason: dict[Obstacle, list[Standing]] = {}
    for one in standing:
        if one.obstacle:
            by_reason.setdefault(one.obstacle, []).append(one)
    return tuple(Problem(obstacle, tuple(group)) for obstacle, group in by_reason.items())


def _problems_of_profiles(survey: Survey) -> Iterator[Problem]:
    for profile in survey.profiles:
        if kinds := taken(profile, survey.pods):
            yield Problem(on_fargate(kinds), place=f"Fargate profile {profile.name}")


def view(result: Found) -> list[dict[str, Any]]:
    """The roles in the shape that the module returns."""
    return [_role_view(result, role) for role in result.roles]


def unreachable_view(result: Found) -> list[dict[str, Any]]:
    """The problems in the shape that the module returns."""
    return [
        {
            "reason": problem.obstacle.reason,
            "remedy": problem.obstacle.remedy,
            "roles": list(problem.roles),
            "node_count": len(problem.nodes),
            "nodes": list(problem.nodes[:_MOST_NODES]),
            "instances": [one.node.instance_id for one in problem.standings[:_MOST_NODES] if one.node.instance_id],
        }
        for problem in result.problems
    ]


def notices(result: Found) -> tuple[str, ...]:
    """What the person who runs the play should know of nodes and roles."""
    return (*_notices_of_roles(result), *_notices_of_nodes(result))


def _role_view(result: Found, role: NodeRole) -> dict[str, Any]:
    usable = [one for one in role.standings if (result.every or one.fits) and one.node.ready and not one.node.cordoned]
    # A proof needs a node that gives credentials, where there is one.
    usable.sort(key=lambda one: (one.obstacle is not None, one.node.name))
    return {
        "name": role.name,
        "arn": role.arn,
        "found_in": list(role.sources),
        "reachable": result.reachable(role),
        "node_count": len(usable),
        "nodes": [one.node.name for one in usable[:_MOST_NODES]],
    }


def _notices_of_roles(result: Found) -> Iterator[str]:
    yield from left_out(result.survey)
    for role in result.missing:
        yield f"There is no role {role.name}, though it is named in: {', '.join(role.sources)}. It is left out."
    if result.left_out:
        named = [f"{role.name} ({role.sources[0]})" for role in result.left_out]
        yield (
            "Roles on whose nodes Epinio's pods cannot be scheduled are left out (epinio_node_scope=all takes them "
            f"too): {wording.names(named)}."
        )
    if unknown := [role.name for role in result.roles if result.reachable(role) is None]:
        yield (
            f"No node has these roles at present: {wording.names(unknown)}. Pods on nodes to come get credentials if "
            "their launch template sets HttpPutResponseHopLimit: 2."
        )


def _is_roleless(standing: Standing) -> bool:
    """Whether nothing else says that the node has no role: one that takes Epinio's pods is a problem anyway."""
    return not standing.role_arn and not standing.takes_pods


def _notices_of_nodes(result: Found) -> Iterator[str]:
    survey = result.survey
    if gone := [node.name for node in survey.nodes if is_gone(survey, node)]:
        yield f"Nodes whose EC2 instance is gone are left out: {wording.names(gone, _MOST_NODES)}."
    if roleless := [one.node.name for one in result.standings if result.every and _is_roleless(one)]:
        yield (
            "Nodes whose role is not known are left out, because no EC2 instance with an instance profile and a role "
            f"is known behind them: {wording.names(roleless, _MOST_NODES)}."
        )
    others = not all(role.auto for role in result.roles)
    ready_for_auto = survey.auto_role_arn and lands(survey, AUTO_PLACE) and others
    if ready_for_auto and not any(node.compute_type == AUTO for node in survey.nodes):
        yield (
            "EKS Auto Mode is on: it makes a node for a pod of Epinio that fits on no other, and pods there get no "
            "credentials. Keep Epinio's pods off such nodes (a required node affinity with "
            "eks.amazonaws.com/compute-type NotIn [auto]), or choose IRSA."
        )
    chosen = {name.lower() for name in survey.chosen}
    uncovered = [one for one in result.standings if one.takes_pods and role_name(one.role_arn).lower() not in chosen]
    if chosen and uncovered:
        named = sorted({role_name(one.role_arn) or "no role" for one in uncovered})
        yield (
            f"Epinio's pods can land on {wording.counted(len(uncovered), 'node')} with roles that are not in {CHOSEN} "
            f"({wording.names(named)}), and have no access there."
        )
