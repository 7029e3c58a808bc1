# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a cluster, and its list of the roles that may be nodes."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import Node, node
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed

_PAGE = 500


def read_nodes(api_client: Any) -> tuple[Node, ...]:
    """All nodes by name, in a call for every 500."""
    found: list[Node] = []
    more, attempt = "", "list the nodes"
    seen: set[str] = set()
    while True:
        after = {"continue": more} if more else {}
        answer = rest.read(attempt, api_client, rest.path("v1/nodes"), limit=_PAGE, **after)
        found += [node(one) for one in answer["items"]]
        more = (answer.get("metadata") or {}).get("continue") or ""
        if more and more in seen:
            raise ServiceFailed(attempt, "the API server gives the same page of the list again", advice="Run it again.")
        seen.add(more)
        if not more:
            return tuple(sorted(found, key=lambda one: one.name))


def read_map_roles(api_client: Any) -> str:
    """The text in `aws-auth` that maps roles, `""` if there is none."""
    where = rest.path("v1/configmaps", "kube-system", "aws-auth")
    found = rest.read("read ConfigMap aws-auth in namespace kube-system", api_client, where)
    return str(((found or {}).get("data") or {}).get("mapRoles") or "")
