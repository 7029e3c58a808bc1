# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An EKS cluster as `DescribeCluster` shows it, and whether Epinio on it can be wired."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NoReturn

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, names
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
_NAME = re.compile(r"[0-9A-Za-z][\w-]{0,99}", re.ASCII)
# All partitions' regions look like this: us-east-1, us-gov-west-1, us-isob-east-1, eusc-de-east-1.
_REGION = re.compile(r"[a-z]{2,}(-[a-z]+){1,3}-\d{1,2}", re.ASCII)
_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION_SOURCES = "epinio_region, AWS_REGION, AWS_DEFAULT_REGION or the region of the profile"
# https://docs.aws.amazon.com/eks/latest/APIReference/API_Cluster.html
_USABLE = "ACTIVE"
_BUSY = "UPDATING"


@dataclass(frozen=True)
class EksCluster:
    """A cluster. One that does not exist has no `status`, and nothing else but its identity.

    `issuer` is `""` if the cluster has none. `certificates` are its certificate authority's, each in DER.
    `connector` is the provider of a registered external cluster, `outpost` says that the cluster runs on an Outpost.
    `auto_role_arn` is the role of the nodes that Auto Mode makes, `""` if it is off.
    """

    identity: arns.Cluster
    status: str
    version: str = ""
    endpoint: str = ""
    issuer: str = ""
    authentication_mode: str = "CONFIG_MAP"
    certificates: frozenset[bytes] = frozenset()
    connector: str = ""
    outpost: bool = False
    auto_role_arn: str = ""

    @property
    def exists(self) -> bool:
        return bool(self.status)

    def __str__(self) -> str:
        return f"EKS cluster {self.identity.name} in {self.identity.region} of account {self.identity.account}"


def checked_region(region: str | None) -> str:
    """The region. Raises `Refused` where none is known, or what is given is no region's name."""
    if not region:
        raise Refused(f"The region of the cluster is not known: set {_REGION_SOURCES}.")
    if not _REGION.fullmatch(region):
        raise Refused(f"{region!r} is not the name of a region, such as eu-central-1: correct {_REGION_SOURCES}.")
    return region


def check_names(name: str, namespace: str, account: str | None) -> None:
    """Raise `Refused` for what can be no cluster's name, no namespace's, or no account's number."""
    check_name(name)
    names.check_namespace(namespace)
    if account:
        check_account(account)


def check_name(name: str) -> None:
    """Raise `Refused` for what can be no cluster's name."""
    if not _NAME.fullmatch(name):
        raise Refused(
            f"{name!r} is not the name of an EKS cluster: correct epinio_cluster_name "
            "(up to 100 letters, digits, - and _, beginning with a letter or digit)."
        )


def check_account(account: str) -> None:
    """Raise `Refused` for what can be no account's number."""
    if not _ACCOUNT.fullmatch(account):
        raise Refused(
            f"{account!r} is not an AWS account: epinio_account_id has 12 digits, in quotes "
            "(YAML drops the leading zero of a bare number)."
        )


def refuse_another_account(found: str, wanted: str | None) -> None:
    """Raise `Refused` if an account is wanted and it is not the one that was found."""
    if wanted and found != wanted:
        raise Refused(
            f"The credentials belong to account {found}, not to {wanted}: use credentials of {wanted} "
            "(AWS_PROFILE, AWS_ACCESS_KEY_ID), or correct epinio_account_id."
        )


def refuse_missing(name: str, region: str, account: str) -> NoReturn:
    """Raise `Refused` for a cluster that does not exist."""
    raise Refused(
        f"There is no EKS cluster {name} in {region} of account {account}: check epinio_cluster_name, epinio_region, "
        "and whose credentials these are (aws eks list-clusters)."
    )


def missing(identity: arns.Cluster) -> EksCluster:
    """A cluster that does not exist. What was made for it carries its name all the same."""
    return EksCluster(identity, status="", authentication_mode="")


def notices(cluster: EksCluster, *, roles_for_accounts: bool = True) -> tuple[str, ...]:
    """What to say about a cluster that can be wired. Raises `Refused` for any other.

    IAM roles for service accounts need an issuer that IAM knows: registered external clusters have none, and local
    clusters on Outposts do not support them
    (https://docs.aws.amazon.com/eks/latest/userguide/eks-outposts-local-cluster-overview.html).
    """
    if cluster.connector:
        raise Refused(
            f"The {cluster} is only registered there ({cluster.connector}): EKS does not run it, "
            "so its service accounts cannot have IAM roles."
        )
    if cluster.outpost:
        raise Refused(f"The {cluster} is a local cluster on an Outpost: its service accounts cannot have IAM roles.")
    if cluster.status not in (_USABLE, _BUSY):
        raise Refused(f"The {cluster} is {cluster.status}: it can be wired once it is {_USABLE}.")
    if roles_for_accounts and not cluster.issuer:
        raise Refused(
            f"The {cluster} has no OIDC issuer: its service accounts cannot have IAM roles. Choose the roles of its "
            "nodes (playbook instance_profile)."
        )
    if cluster.status == _BUSY:
        return (f"The {cluster} is being updated; it is wired nevertheless.",)
    return ()


def teardown_notices(cluster: EksCluster) -> tuple[str, ...]:
    """What to say about a cluster whose wiring is taken back. No state is refused, nor a cluster that is missing."""
    if cluster.status in ("", _USABLE):
        return ()
    return (f"The {cluster} is {cluster.status}; its wiring is taken back nevertheless.",)
