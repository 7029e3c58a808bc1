# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules after this one are told about the cluster."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Connection, Match
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring


def view(cluster: EksCluster, namespace: str, connection: Connection, match: Match) -> dict[str, Any]:
    """The cluster as the module returns it, with the wiring of the namespace and how Kubernetes is reached.

    Raises `Refused` for a partition whose DNS suffix is not known.
    """
    identity = cluster.identity
    return {
        "name": identity.name,
        "arn": identity.arn,
        "partition": identity.partition,
        "account": identity.account,
        "region": identity.region,
        "dns_suffix": identity.dns_suffix,
        "status": cluster.status,
        "version": cluster.version,
        "endpoint": cluster.endpoint,
        "issuer": cluster.issuer,
        "provider_arn": arns.provider_arn(identity, cluster.issuer),
        "authentication_mode": cluster.authentication_mode,
        "wiring": str(Wiring(identity, namespace)),
        "kubernetes": {
            "server": connection.server,
            "kubeconfig": connection.source.kubeconfig,
            "context": connection.source.context,
            "matched_by": match.value,
        },
    }
