# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS says about a cluster, in one call, and about what makes its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import FargateProfile, fargate_profile
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import cluster_certificates
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry, NodeGroup, node_group
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting, reading
from ansible_collections.epinio.aws.plugins.module_utils.readers.paging import pages

MISSING = "ResourceNotFoundException"

T = TypeVar("T")


@dataclass(frozen=True)
class Caller:
    """Whose credentials are used."""

    partition: str
    account: str


def read_cluster(eks: Any, name: str) -> EksCluster | None:
    """The cluster of that name in the client's region and account; `None` if there is none.

    Members of the answer may be absent on old clusters; the authentication mode is then `CONFIG_MAP`.
    """
    found = _found(f"read EKS cluster {name}", lambda: eks.describe_cluster(name=name)["cluster"])
    if found is None:
        return None
    compute = found.get("computeConfig") or {}
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
        auto_role_arn=(compute.get("nodeRoleArn") or "") if compute.get("enabled") else "",
    )


def read_caller(sts: Any) -> Caller:
    """Partition and account of the caller, as the caller's ARN names them; needs no permission."""
    attempt = "ask whose credentials these are"
    with attempting(attempt):
        found = sts.get_caller_identity()
    with reading(attempt):
        return Caller(found["Arn"].split(":")[1], found["Account"])


def read_node_groups(eks: Any, cluster: str) -> tuple[NodeGroup, ...]:
    """The managed node groups, in a call for each and for each page of their list."""
    listing = f"list the node groups of EKS cluster {cluster}"
    names = _listed(eks, listing, "list_nodegroups", "nodegroups", cluster)
    return tuple(node_group(found) for found in _each(names, lambda name: _node_group(eks, cluster, name)))


def read_fargate_profiles(eks: Any, cluster: str) -> tuple[FargateProfile, ...]:
    """The Fargate profiles, in a call for each and for each page of their list."""
    listing = f"list the Fargate profiles of EKS cluster {cluster}"
    names = _listed(eks, listing, "list_fargate_profiles", "fargateProfileNames", cluster)
    return tuple(fargate_profile(found) for found in _each(names, lambda name: _profile(eks, cluster, name)))


def read_role_entries(eks: Any, cluster: str) -> tuple[AccessEntry, ...]:
    """The access entries of roles, in a call for each and for each page of their list; users are no nodes.

    Only clusters whose authentication mode has `API` in it have any; others refuse the call.
    """
    listing = f"list the access entries of EKS cluster {cluster}"
    arns_of_roles = [
        arn for arn in _listed(eks, listing, "list_access_entries", "accessEntries", cluster) if _is_role(arn)
    ]
    found = _each(arns_of_roles, lambda arn: _entry(eks, cluster, arn))
    return tuple(AccessEntry(one["principalArn"], one.get("type") or "") for one in found)


def _is_role(arn: str) -> bool:
    return arn.split(":", 5)[-1].startswith("role/")


def _node_group(eks: Any, cluster: str, name: str) -> Any:
    return _found(
        f"read node group {name} of EKS cluster {cluster}",
        lambda: eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"],
    )


def _profile(eks: Any, cluster: str, name: str) -> Any:
    return _found(
        f"read Fargate profile {name} of EKS cluster {cluster}",
        lambda: eks.describe_fargate_profile(clusterName=cluster, fargateProfileName=name)["fargateProfile"],
    )


def _entry(eks: Any, cluster: str, arn: str) -> Any:
    return _found(
        f"read the access entry of {arn} in EKS cluster {cluster}",
        lambda: eks.describe_access_entry(clusterName=cluster, principalArn=arn)["accessEntry"],
    )


def _listed(eks: Any, attempt: str, method: str, key: str, cluster: str) -> list[str]:
    with attempting(attempt):
        return [name for page in pages(eks, method, clusterName=cluster) for name in page[key]]


def _each(names: list[str], read: Callable[[str], Any]) -> Iterator[Any]:
    """What was read, without what has gone since it was listed."""
    return (found for found in map(read, names) if found is not None)


def _found(attempt: str, read: Callable[[], T]) -> T | None:
    """What was read, `None` if EKS knows no such object; other refusals raise `ServiceFailed`."""
    try:
        with attempting(attempt):
            return read()
    except ServiceFailed as error:
        if error.code == MISSING:
            return None
        raise
