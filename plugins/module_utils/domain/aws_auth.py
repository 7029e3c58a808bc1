# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles of nodes in the ConfigMap `aws-auth`.

Its `mapRoles` is YAML in a string: rows of `rolearn`, `username` and `groups`. A role's path is left out of the ARN, so
only the name can be used (https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster

try:
    import yaml
except ImportError:  # a requirement of the Kubernetes client, of which kubernetes_module speaks
    yaml = None  # type: ignore[assignment]  # a module is no None

PLACE = "ConfigMap kube-system/aws-auth"
# Fargate's pod execution roles have {{SessionName}}, people have names of their own.
_USERNAME = "system:node:{{EC2PrivateDNSName}}"
_GROUP, _WINDOWS, _FARGATE = "system:nodes", "eks:kube-proxy-windows", "system:node-proxier"
_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::(?P<account>\d{12}):role/(?:[^\s/]+/)*(?P<name>[\w+=,.@-]+)", re.ASCII)


@dataclass(frozen=True)
class MappedRole:
    """A role by its name. `windows` says that its nodes run Windows."""

    name: str
    windows: bool = False


@dataclass(frozen=True)
class AwsAuth:
    """What the ConfigMap says of nodes; `trouble` says in a clause what of it cannot be read, `""` if all can.

    `fargate` says that nodes of Fargate may enter, too.
    """

    roles: tuple[MappedRole, ...] = ()
    trouble: str = ""
    fargate: bool = False


def aws_auth(map_roles: str, cluster: Cluster) -> AwsAuth:
    """The nodes' rows of `mapRoles`. Nothing is raised: the other sources count all the same."""
    try:
        rows = yaml.load(map_roles, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        # ValueError: a date or number that is none.
        mark = getattr(error, "problem_mark", None)
        return AwsAuth(trouble=f"mapRoles is no YAML{f', see its line {mark.line + 1}' if mark else ''}")
    if rows is None:
        return AwsAuth()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return AwsAuth(trouble="mapRoles is no list of rows")
    named = [(row, _ROLE.fullmatch(str(row.get("rolearn")).strip())) for row in rows if _is_nodes(row)]
    malformed = [str(row.get("rolearn")) for row, name in named if not name]
    return AwsAuth(
        tuple(
            MappedRole(found["name"], _WINDOWS in row["groups"])
            for row, found in named
            if found and found["account"] == cluster.account
        ),
        f"no role has the ARN {', '.join(malformed)}" if malformed else "",
        any(_has(row, _FARGATE) for row in rows),
    )


def _is_nodes(row: Mapping[str, Any]) -> bool:
    return row.get("username") == _USERNAME and _has(row, _GROUP)


def _has(row: Mapping[str, Any], group: str) -> bool:
    groups = row.get("groups")
    return isinstance(groups, list) and group in groups
