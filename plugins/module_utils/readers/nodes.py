# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a cluster, and its list of the roles that may be nodes."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import Node, node
from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import items, read

try:
    from kubernetes.client import CoreV1Api
except ImportError:  # kubernetes_module says so
    CoreV1Api = None

_PAGE = 500


def read_nodes(api_client: Any) -> tuple[Node, ...]:
    """All nodes by name, in a call for every 500."""
    core, found, more = CoreV1Api(api_client), [], ""
    while True:
        after = {"_continue": more} if more else {}
        answer = read("list the nodes", core.list_node, limit=_PAGE, **after)
        found += [node(one) for one in items(answer)]
        more = answer["metadata"].get("continue") or ""
        if not more:
            return tuple(sorted(found, key=lambda one: one.name))


def read_map_roles(api_client: Any) -> str:
    """The text in `aws-auth` that maps roles, `""` if there is none."""
    core = CoreV1Api(api_client)
    attempt = "read ConfigMap aws-auth in namespace kube-system"
    found = read(attempt, core.read_namespaced_config_map, "aws-auth", "kube-system")
    return str(((found or {}).get("data") or {}).get("mapRoles") or "")
