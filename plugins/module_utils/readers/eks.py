# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS says about a cluster, in one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import cluster_certificates
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting

MISSING = "ResourceNotFoundException"


@dataclass(frozen=True)
class Caller:
    """Whose credentials are used."""

    partition: str
    account: str


def read_cluster(eks: Any, name: str) -> EksCluster | None:
    """The cluster of that name in the client's region and account; `None` if there is none.

    Members of the answer may be absent on old clusters; the authentication mode is then `CONFIG_MAP`.
    """
    try:
        with attempting(f"read EKS cluster {name}"):
            found = eks.describe_cluster(name=name)["cluster"]
    except ServiceFailed as error:
        if error.code == MISSING:
            return None
        raise
    return EksCluster(
        arns.cluster(found["arn"]),
        found["status"],
        version=found.get("version") or "",
        endpoint=found.get("endpoint") or "",
        issuer=(found.get("identity") or {}).get("oidc", {}).get("issuer") or "",
        authentication_mode=(found.get("accessConfig") or {}).get("authenticationMode") or "CONFIG_MAP",
        certificates=cluster_certificates((found.get("certificateAuthority") or {}).get("data") or ""),
        connector=(found.get("connectorConfig") or {}).get("provider") or "",
        outpost=bool(found.get("outpostConfig")),
    )


def read_caller(sts: Any) -> Caller:
    """Partition and account of the caller, as the caller's ARN names them; needs no permission."""
    with attempting("ask whose credentials these are"):
        found = sts.get_caller_identity()
    return Caller(found["Arn"].split(":")[1], found["Account"])
