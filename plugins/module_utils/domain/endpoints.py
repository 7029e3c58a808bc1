# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which hosts Epinio's clients call, so that a proof goes the same way.

minio-go turns a regional AWS endpoint into the bucket's own dual-stack host; the AWS SDK for Go, as Epinio's server
uses it, takes the endpoint literally. A staging job runs the AWS CLI with `--endpoint-url`: path style, literally.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_REGIONAL = re.compile(r"s3[.-](?P<region>[a-z]{2,}-[a-z-]+-\d+)\.(?P<suffix>amazonaws\.com(\.cn)?)")
# Missing in the table of minio-go 7.0.95 (s3-endpoints.go): it would call us-east-1 instead.
_UNKNOWN_TO_MINIO = frozenset({"ap-east-2", "ap-southeast-6", "me-west-1", "sa-west-1"})
# It asks STS at sts.<region>.amazonaws.com, in China at .amazonaws.com.cn (pkg/credentials/iam_aws.go).
_STS_OF_MINIO = ("aws", "aws-cn", "aws-us-gov")


class Client(Enum):
    """The S3 client of a program."""

    MINIO_GO = "minio-go"
    AWS_SDK = "aws-sdk"
    AWS_CLI = "aws-cli"


@dataclass(frozen=True)
class Endpoint:
    """Where a client sends requests: `url`; the bucket is in the host's name (`virtual`) or in the path (`path`)."""

    url: str
    addressing: str

    def host(self, bucket: str) -> str:
        """The host of a request to the bucket."""
        host = self.url.split("://", 1)[-1]
        return f"{bucket}.{host}" if self.addressing == "virtual" else host


def s3_endpoint(client: Client, endpoint: str, bucket: str, custom_url: str | None = None) -> Endpoint:
    """Where a client goes for a bucket and Epinio's `s3.endpoint`, a host without scheme.

    `custom_url` is the endpoint that replaces AWS's own (`AWS_ENDPOINT_URL`). Raises `Refused` for a region that the
    server's client cannot reach.
    """
    if custom_url:
        return Endpoint(custom_url.rstrip("/"), "path")
    regional = _REGIONAL.fullmatch(endpoint)
    if client is not Client.MINIO_GO or not regional:
        return Endpoint(f"https://{endpoint}", "path")
    _refuse_unknown(regional["region"])
    # A dot in the bucket's name would not fit the certificate (minio-go, pkg/s3utils, IsVirtualHostSupported).
    addressing = "path" if "." in bucket else "virtual"
    return Endpoint(f"https://s3.dualstack.{regional['region']}.{regional['suffix']}", addressing)


def sts_url(region: str, dns_suffix: str, custom_url: str | None = None) -> str:
    """The regional STS endpoint, which the webhook's `AWS_STS_REGIONAL_ENDPOINTS=regional` chooses in a pod."""
    return custom_url.rstrip("/") if custom_url else f"https://sts.{region}.{dns_suffix}"


def refuse_unreachable(client: Client, cluster: Cluster) -> None:
    """Raise `Refused` where the server's client does not know the endpoints of the cluster's partition or region."""
    if client is not Client.MINIO_GO:
        return
    if cluster.partition not in _STS_OF_MINIO:
        raise Refused(
            f"Epinio's server cannot use IAM in {cluster.region}: its client, minio-go, asks for credentials at "
            f"sts.{cluster.region}.amazonaws.com, which does not exist in the partition {cluster.partition}. "
            f"Use a cluster (epinio_cluster_name) of {', '.join(_STS_OF_MINIO)}."
        )
    _refuse_unknown(cluster.region)


def _refuse_unknown(region: str) -> None:
    if region in _UNKNOWN_TO_MINIO:
        raise Refused(
            f"Epinio's server cannot use S3 in {region}: its client, minio-go, does not know this region and calls "
            "us-east-1 instead. Use a bucket and a cluster (epinio_region) of another region."
        )
