# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of nodes in the ConfigMap `aws-auth`.

Its `mapRoles` is YAML in a string: rows of `rolearn`, `username` and `groups`. A role's path is left out of the ARN, so
only the name can be used (https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html). EKS reads the rows as
aws-iam-authenticator does (its pkg/mapper/configmap): keys in any case, because Go's encoding/json takes them so, and a
row that cannot be read leaves the others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import yaml_texts
from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster

PLACE = "ConfigMap kube-system/aws-auth"
# Nodes of Fargate, of hybrid nodes and of EC2 that are named by the id of their instance have {{SessionName}}.
_NODE, _BY_DNS_NAME = "system:node:", "system:node:{{EC2PrivateDNSName}}"
_GROUP, _WINDOWS, _FARGATE = "system:nodes", "eks:kube-proxy-windows", "system:node-proxier"
_ROLE = re.compile(
    r"arn:(?P<partition>aws[a-z0-9-]*):iam::(?P<account>\d{12}):role/(?:[^\s/]+/)*(?P<name>[\w+=,.@-]+)", re.ASCII
)
# Characters of a row that a message shows.
_LONGEST = 80


@dataclass(frozen=True)
class MappedRole:
    """A role by its name. `windows` says that its nodes run Windows, `certain` that they are EC2's by the row alone."""

    name: str
    windows: bool = False
    certain: bool = True


@dataclass(frozen=True)
class AwsAuth:
    """What the ConfigMap says of nodes; `trouble` says in a clause why none of it can be read, `""` if it can.

    `fargate` says that nodes of Fargate may enter, too. `left_out` are the rows that nodes may be meant by and that do
    not count, each with the reason.
    """

    roles: tuple[MappedRole, ...] = ()
    trouble: str = ""
    fargate: bool = False
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Row:
    """A row's values, `None` for those that it lacks. `groups` is a list where it can be read as one."""

    rolearn: Any
    username: Any
    groups: Any

    def has(self, group: str) -> bool:
        return isinstance(self.groups, list) and group in self.groups

    @property
    def names_nodes(self) -> bool:
        """Whether the row is meant for nodes, whatever is wrong with it."""
        named = isinstance(self.username, str) and self.username.strip().startswith(_NODE)
        return named or self.has(_GROUP) or (not isinstance(self.groups, list) and _GROUP in str(self.groups))


def aws_auth(map_roles: str, cluster: Cluster) -> AwsAuth:
    """The nodes' rows of `mapRoles`. Nothing is raised: the other sources count all the same."""
    try:
        rows = yaml_texts.read(map_roles)
    except yaml_texts.NotYaml as error:
        return AwsAuth(trouble=f"mapRoles is no YAML that can be read: {error}")
    # The authenticator takes a pair of quotes for nothing, too.
    if rows in (None, ""):
        return AwsAuth()
    if not isinstance(rows, list):
        return AwsAuth(trouble=f"mapRoles is no list of rows but {_shown(rows)}")
    read = [_read(row, cluster) for row in map(_row, rows)]
    return AwsAuth(
        _merged(found for found in read if isinstance(found, MappedRole)),
        fargate=any(row is not None and row.has(_FARGATE) for row in map(_row, rows)),
        left_out=tuple(
            f"row {place}, {_shown(rows[place - 1])}: {found}"
            for place, found in enumerate(read, 1)
            if isinstance(found, str)
        ),
    )


def _row(found: Any) -> _Row | None:
    """A row of the list, `None` for what is none. A key that is written as it should be goes before its like."""
    if not isinstance(found, dict):
        return None
    folded = {str(key).lower(): value for key, value in found.items()} | found
    return _Row(folded.get("rolearn"), folded.get("username"), folded.get("groups"))


def _read(row: _Row | None, cluster: Cluster) -> MappedRole | str | None:
    """The role of nodes that a row names, else why it does not count, `None` for a row that is none of nodes."""
    if row is None:
        return "it is no row of rolearn, username and groups"
    unknown = row.username is None and row.groups is None
    if row.has(_FARGATE) or not (row.names_nodes or unknown):
        return None
    if row.rolearn is None:
        return "it has no rolearn"
    if unknown:
        return "it has neither username nor groups"
    return _role(row, cluster)


def _role(row: _Row, cluster: Cluster) -> MappedRole | str:
    """The role of a row that is meant for nodes, else what is wrong with the row."""
    role = _ROLE.fullmatch(str(row.rolearn).strip())
    if not role:
        return f"no role has the ARN {row.rolearn}"
    if (role["partition"], role["account"]) != (cluster.partition, cluster.account):
        return f"the cluster's account is {cluster.account} in partition {cluster.partition}"
    if not row.has(_GROUP):
        return f"its groups do not list {_GROUP}"
    if not isinstance(row.username, str) or not row.username.strip().startswith(_NODE):
        return f"its username does not begin with {_NODE}"
    return MappedRole(role["name"], row.has(_WINDOWS), row.username.strip() == _BY_DNS_NAME)


def _merged(roles: Iterable[MappedRole]) -> tuple[MappedRole, ...]:
    """Each role once: for Windows if all its rows are, certain if one is. The authenticator compares in lower case."""
    by_name: dict[str, MappedRole] = {}
    for role in roles:
        known = by_name.get(role.name.lower(), role)
        merged = MappedRole(known.name, known.windows and role.windows, known.certain or role.certain)
        by_name[role.name.lower()] = merged
    return tuple(by_name.values())


def _shown(found: Any) -> str:
    """A row in few words: the ARN of its role, else its beginning."""
    row = _row(found)
    if row is not None and row.rolearn is not None:
        return str(row.rolearn)
    text = json.dumps(found)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
