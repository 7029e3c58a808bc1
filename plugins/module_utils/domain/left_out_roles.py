# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What names a role of nodes, or may, and does not count, each with the reason.

Entries of people, of Fargate's pods and of hybrid nodes are certainly none of EC2 nodes, and are no news: the latter
two have no instance metadata service, so no pod gets credentials of such a role.
"""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.epinio.aws.plugins.module_utils.domain import wording
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import PLACE
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import ENTRY as FARGATE_ENTRY
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import CHOSEN, Survey, is_of_account
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import NODE_ENTRIES, AccessEntry

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateAccessEntry.html
_NO_NODES = ("STANDARD", FARGATE_ENTRY, "HYBRID_LINUX")
_OTHER_NODES = {"HYPERPOD_LINUX": "instances of SageMaker HyperPod are not the account's own"}


def left_out(survey: Survey) -> Iterator[str]:
    """A sentence for each place that has something to say."""
    if survey.aws_auth.trouble:
        yield (
            f"{PLACE} is malformed: {survey.aws_auth.trouble}. Roles that it alone names are not found: mend it, or "
            f"set {CHOSEN}."
        )
    if rows := [*survey.aws_auth.left_out, *_not_of_ec2(survey)]:
        yield (
            f"Rows of {PLACE} that do not count: {wording.names(rows)}. Where one is meant for nodes of EC2, correct "
            f"it, or set {CHOSEN}."
        )
    if entries := [f"{entry.principal_arn} ({why})" for entry in survey.entries if (why := _why(survey, entry))]:
        yield (
            f"Access entries that do not count: {wording.names(entries)}. Where pods get the credentials of such a "
            f"role, set {CHOSEN}."
        )
    if groups := [f"{group.name} (EKS names no role of it)" for group in survey.groups if not group.role_arn]:
        yield f"Node groups that do not count while they have no nodes: {wording.names(groups)}."
    if going := [group.name for group in survey.groups if group.role_arn and group.deleting]:
        yield f"Node groups that are being deleted count by the nodes that are left only: {wording.names(going)}."


def _not_of_ec2(survey: Survey) -> Iterator[str]:
    for role in survey.aws_auth.roles:
        if not role.certain and role.name in survey.not_of_ec2:
            yield f"role {role.name}: its trust policy does not name EC2, so it is of hybrid or other nodes"


def _why(survey: Survey, entry: AccessEntry) -> str:
    """Why an access entry does not count, `""` if it does or is certainly none of nodes."""
    if entry.type in _NO_NODES:
        return ""
    if entry.type in NODE_ENTRIES:
        return "" if is_of_account(survey, entry) else f"type {entry.type}, the role is of another account"
    unknown = "this version of the collection does not know it"
    return f"type {entry.type or 'not given'}: {_OTHER_NODES.get(entry.type, unknown)}"
