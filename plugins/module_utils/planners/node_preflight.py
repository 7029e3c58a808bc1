# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What forbids the wiring by roles of nodes: no role, or nodes whose credentials Epinio's pods do not get."""

from __future__ import annotations

from collections import Counter

from ansible_collections.epinio.aws.plugins.module_utils.domain import wording
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import PLACE
from ansible_collections.epinio.aws.plugins.module_utils.domain.metadata import IRSA
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import CHOSEN
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.node_roles_info import (
    Found,
    notices,
    problems,
    unreachable_view,
    view,
)

IGNORE = "epinio_ignore_metadata_preflight"


def refuse_no_role(result: Found) -> None:
    """Raise `Refused` where there is no role to give the access to, or one of those that a person named is missing."""
    where = f"EKS cluster {result.survey.cluster.name}"
    if result.survey.chosen and result.missing:
        gone = wording.either([role.name for role in result.missing])
        raise Refused(
            f"There is no role {gone} in account {result.survey.cluster.account}: correct {CHOSEN}, or leave it out "
            "to have the nodes' roles found."
        )
    if result.roles:
        return
    if result.left_out:
        named = wording.names([f"{role.name} ({', '.join(role.sources)})" for role in result.left_out])
        raise Refused(
            f"Epinio's pods cannot be scheduled on the nodes of any role of {where}: {named}. Mend the node selectors, "
            "affinity and tolerations of Epinio's server and staging jobs, or set epinio_node_scope=all."
        )
    # Such as Fargate's nodes, which no role can help.
    found = " ".join([*(f"There: {problem}" for problem in problems(result.standings)), *notices(result)])
    raise Refused(
        f"No IAM role of nodes was found for {where}. Asked were: {_asked(result)}.{' ' if found else ''}{found} "
        f"Set {CHOSEN} to the roles of its nodes, or choose IRSA (playbook irsa)."
    )


def refuse_unreachable(result: Found) -> None:
    """Raise `Refused` where Epinio's pods can land on nodes that give them no credentials.

    One such node is enough: Epinio would fail as soon as its pod lands there.
    """
    told = unreachable(result)
    if told:
        raise Refused(
            f"Epinio's pods would not get the credentials of the nodes of EKS cluster {result.survey.cluster.name}. "
            f"{' '.join(told)} To go on nevertheless, set {IGNORE}=true; the proof shows what pods get.",
            node_roles=view(result),
            unreachable_nodes=unreachable_view(result),
        )


def unreachable(result: Found) -> tuple[str, ...]:
    """What keeps credentials from Epinio's pods, a text for each reason."""
    told = tuple(f"On {problem}" for problem in result.problems)
    if told or any(result.reachable(role) is not False for role in result.roles):
        return told
    # Auto Mode that has made no node yet, or nodes that take no pods at present.
    named = wording.names([f"{role.name} ({role.sources[0]})" for role in result.roles])
    return (f"No node of these roles gives pods its credentials: {named}. {IRSA}.",)


def _asked(result: Found) -> str:
    survey = result.survey
    types = Counter(entry.type for entry in survey.entries)
    entries = f" ({', '.join(f'{count} {kind}' for kind, count in sorted(types.items()))})" if types else ""
    return ", ".join(
        [
            wording.counted(len(survey.groups), "node group"),
            f"{wording.counted(len(survey.entries), 'access entry', 'access entries')} of roles{entries}",
            f"Auto Mode ({'on' if survey.auto_role_arn else 'off'})",
            wording.counted(len(survey.nodes), "node"),
            f"{PLACE} ({wording.counted(len(survey.aws_auth.roles), 'role')} of nodes)",
        ]
    )
