# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What EKS says about a cluster, in one call, and about what makes its nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import FargateProfile, fargate_profile
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import cluster_certificates
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry, NodeGroup, node_group
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, Refused, attempting, reading
from ansible_collections.epinio.aws.plugins.module_utils.readers.finding import check_same, read_one
from ansible_collections.epinio.aws.plugins.module_utils.readers.paging import pages

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
    return read_one(f"read EKS cluster {name}", MISSING, lambda: _cluster(eks, name))


def _cluster(eks: Any, name: str) -> EksCluster:
    found = eks.describe_cluster(name=name)["cluster"]
    compute = found.get("computeConfig") or {}
    return EksCluster(
        _identity(found["arn"], name),
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


def _identity(arn: str, name: str) -> arns.Cluster:
    try:
        cluster = arns.cluster(arn)
    except Refused as error:
        raise ForeignAnswer(f"the answer is not EKS's ({str(error).rstrip('.')})") from error
    check_same("EKS", name, cluster.name)
    return cluster


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
    def read() -> Any:
        answer = eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        check_same("EKS", name, answer["nodegroupName"])
        return answer

    return read_one(f"read node group {name} of EKS cluster {cluster}", MISSING, read)


def _profile(eks: Any, cluster: str, name: str) -> Any:
    def read() -> Any:
        answer = eks.describe_fargate_profile(clusterName=cluster, fargateProfileName=name)["fargateProfile"]
        check_same("EKS", name, answer["fargateProfileName"])
        return answer

    return read_one(f"read Fargate profile {name} of EKS cluster {cluster}", MISSING, read)


def _entry(eks: Any, cluster: str, arn: str) -> Any:
    def read() -> Any:
        answer = eks.describe_access_entry(clusterName=cluster, principalArn=arn)["accessEntry"]
        check_same("EKS", arn, answer["principalArn"])
        return answer

    return read_one(f"read the access entry of {arn} in EKS cluster {cluster}", MISSING, read)


def _listed(eks: Any, attempt: str, method: str, key: str, cluster: str) -> list[str]:
    with attempting(attempt):
        return [name for page in pages(eks, method, clusterName=cluster) for name in page[key]]


def _each(names: list[str], read: Callable[[str], Any]) -> Iterator[Any]:
    """What was read, without what has gone since it was listed."""
    return (found for found in map(read, names) if found is not None)
