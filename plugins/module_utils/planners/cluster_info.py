# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules after this one are told about the cluster."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Reached
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, Refused


def view(cluster: EksCluster, namespace: str, reached: Reached | None) -> dict[str, Any]:
    """The cluster as the module returns it, with the wiring of the namespace and how Kubernetes is reached, if it is.

    What is not there is empty. Raises `Refused` for a partition whose DNS suffix is not known.
    """
    identity = cluster.identity
    return {
        "name": identity.name,
        "arn": identity.arn,
        "partition": identity.partition,
        "account": identity.account,
        "region": identity.region,
        "dns_suffix": identity.dns_suffix,
        "exists": cluster.exists,
        "reachable": reached is not None,
        "status": cluster.status,
        "version": cluster.version,
        "endpoint": cluster.endpoint,
        "issuer": cluster.issuer,
        "provider_arn": arns.provider_arn(identity, cluster.issuer) if cluster.issuer else "",
        "authentication_mode": cluster.authentication_mode,
        "auto_node_role_arn": cluster.auto_role_arn,
        "wiring": str(Wiring(identity, namespace)),
        "kubernetes": {
            "server": reached.connection.server if reached else "",
            "kubeconfig": reached.connection.source.kubeconfig if reached else "",
            "context": reached.connection.source.context if reached else "",
            "matched_by": reached.match.value if reached else "",
            "overridden": list(reached.connection.overridden) if reached else [],
        },
    }


def out_of_reach(cluster: EksCluster, error: EpinioAwsError, *, accepted: bool) -> str:
    """What to say where only AWS is taken down, because the cluster exists and is not reached.

    `error` says why, and with which kubeconfig. Raises `Refused` unless the person who runs the play has accepted it:
    a wrong kubeconfig must not end in a running Epinio without its roles.
    """
    if not accepted:
        raise Refused(
            f"{error} The release has to be restored before its roles go. If nobody can reach the cluster any more, "
            "set epinio_cluster_gone: then only what is in AWS is taken back."
        ) from error
    return f"The {cluster} is not reached, so only what is in AWS is taken back, as epinio_cluster_gone says. {error}"
