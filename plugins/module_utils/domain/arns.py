# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon Resource Names: computed, so that nothing has to be listed to find one thing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_CLUSTER = re.compile(
    r"arn:(?P<partition>aws[a-z0-9-]*):eks:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):cluster/(?P<name>[0-9A-Za-z][\w-]{0,99})",
    re.ASCII,
)
# The webhook's own pattern: what does not match it hands to the pods all the same, with no more than a warning in its
# log (aws/amazon-eks-pod-identity-webhook, pkg/cache), and STS refuses it.
_ROLE = re.compile(r"arn:aws[a-z0-9-]*:iam::\d{12}:role/[\w\-/.@+=,]+", re.ASCII)
_POLICY = re.compile(r"arn:(?P<partition>aws[a-z0-9-]*):iam::(?P<account>aws|\d{12}):policy/[\w\-/.@+=,]+", re.ASCII)
# https://docs.aws.amazon.com/general/latest/gr/rande.html; the partitions that botocore knows.
_DNS_SUFFIXES = {
    "aws": "amazonaws.com",
    "aws-cn": "amazonaws.com.cn",
    "aws-us-gov": "amazonaws.com",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
    "aws-eusc": "amazonaws.eu",
}


@dataclass(frozen=True)
class Cluster:
    """What the ARN of an EKS cluster says: where the cluster is and whose it is."""

    partition: str
    region: str
    account: str
    name: str

    @property
    def arn(self) -> str:
        return f"arn:{self.partition}:eks:{self.region}:{self.account}:cluster/{self.name}"

    @property
    def dns_suffix(self) -> str:
        return dns_suffix(self.partition)


def cluster(arn: str) -> Cluster:
    """The parts of a cluster's ARN. Raises `Refused` for anything else."""
    found = _CLUSTER.fullmatch(arn)
    if not found:
        raise Refused(
            f"{arn!r} is not the ARN of an EKS cluster (arn:<partition>:eks:<region>:<account>:cluster/<name>)."
        )
    return Cluster(**found.groupdict())


def dns_suffix(partition: str) -> str:
    """The domain of the partition's service endpoints. Raises `Refused` for a partition that is not known here."""
    if partition not in _DNS_SUFFIXES:
        raise Refused(
            f"The partition {partition!r} is not known to this version of the collection: it cannot name its endpoints."
        )
    return _DNS_SUFFIXES[partition]


def policy_arn(owner: Cluster, path: str, name: str) -> str:
    """A customer managed policy of the cluster's account; `path` begins and ends with a slash."""
    return f"arn:{owner.partition}:iam::{owner.account}:policy{path}{name}"


def role_arn(owner: Cluster, path: str, name: str) -> str:
    """A role of the cluster's account; `path` begins and ends with a slash."""
    return f"arn:{owner.partition}:iam::{owner.account}:role{path}{name}"


def provider_arn(owner: Cluster, issuer: str) -> str:
    """The IAM OIDC provider of an issuer: the issuer's URL without its scheme is the provider's name."""
    return f"arn:{owner.partition}:iam::{owner.account}:oidc-provider/{issuer.removeprefix('https://')}"


def bucket_arn(partition: str, bucket: str) -> str:
    """A bucket: its name is unique in its partition, so neither region nor account is in it."""
    return f"arn:{partition}:s3:::{bucket}"


def is_role_arn(text: str) -> bool:
    """Whether the text is a role's ARN to the pod identity webhook."""
    return _ROLE.fullmatch(text) is not None


def check_policy_arn(text: str, variable: str) -> None:
    """Raise `Refused`, naming the variable that it comes from, for anything but the ARN of a managed policy."""
    if not _POLICY.fullmatch(text):
        raise Refused(
            f"{text!r} is no managed policy's ARN: set {variable} to arn:<partition>:iam::<account>:policy/<name>."
        )


def check_boundary(owner: Cluster, arn: str) -> None:
    """Raise `Refused` for a permissions boundary that IAM would not take for a role of the cluster's account.

    It takes policies of the account and AWS's own
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html).
    """
    check_policy_arn(arn, "epinio_permissions_boundary")
    found = _POLICY.fullmatch(arn)
    if found and (found["partition"] != owner.partition or found["account"] not in ("aws", owner.account)):
        raise Refused(
            f"epinio_permissions_boundary is {arn}: the boundary of a role is a policy of its own account "
            f"(arn:{owner.partition}:iam::{owner.account}:policy/…), or one of AWS's own "
            f"(arn:{owner.partition}:iam::aws:policy/…)."
        )
