"""Which hosts Epinio's clients call."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.endpoints import (
    Client,
    refuse_unreachable,
    s3_endpoint,
    sts_url,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


@pytest.mark.parametrize(
    ("client", "endpoint", "host"),
    [
        # Seen on the wire of minio-go 7.0.95 with Epinio 1.13.9.
        (Client.MINIO_GO, "s3.us-east-1.amazonaws.com", "sources.s3.dualstack.us-east-1.amazonaws.com"),
        (Client.MINIO_GO, "s3.eu-central-1.amazonaws.com", "sources.s3.dualstack.eu-central-1.amazonaws.com"),
        (Client.MINIO_GO, "s3.us-gov-west-1.amazonaws.com", "sources.s3.dualstack.us-gov-west-1.amazonaws.com"),
        (Client.MINIO_GO, "s3.cn-north-1.amazonaws.com.cn", "sources.s3.dualstack.cn-north-1.amazonaws.com.cn"),
        (
            *(Client.MINIO_GO, "bucket.vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com"),
            "bucket.vpce-0a1b-2c3d.s3.us-east-1.vpce.amazonaws.com",
        ),
        (Client.AWS_SDK, "s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com"),
        (Client.AWS_CLI, "s3.eu-central-1.amazonaws.com", "s3.eu-central-1.amazonaws.com"),
        (Client.AWS_CLI, "s3.me-west-1.amazonaws.com", "s3.me-west-1.amazonaws.com"),
    ],
)
def test_goes_where_the_client_goes(client: Client, endpoint: str, host: str) -> None:
    assert s3_endpoint(client, endpoint, "sources").host("sources") == host


@pytest.mark.parametrize("client", list(Client))
def test_a_custom_endpoint_replaces_every_host(client: Client) -> None:
    found = s3_endpoint(client, "s3.eu-central-1.amazonaws.com", "sources", "http://127.0.0.1:4566/")
    assert (found.url, found.addressing) == ("http://127.0.0.1:4566", "path")


@pytest.mark.parametrize("region", ["ap-east-2", "ap-southeast-6", "me-west-1", "sa-west-1"])
def test_refuses_regions_that_the_server_cannot_reach(region: str) -> None:
    with pytest.raises(Refused, match=region):
        s3_endpoint(Client.MINIO_GO, f"s3.{region}.amazonaws.com", "sources")


def test_a_bucket_with_a_dot_stays_in_the_path() -> None:
    found = s3_endpoint(Client.MINIO_GO, "s3.us-east-1.amazonaws.com", "our.sources")
    assert (found.host("our.sources"), found.addressing) == ("s3.dualstack.us-east-1.amazonaws.com", "path")


def test_sts_is_regional() -> None:
    assert sts_url("cn-north-1", "amazonaws.com.cn") == "https://sts.cn-north-1.amazonaws.com.cn"
    assert sts_url("us-east-1", "amazonaws.com", "http://127.0.0.1:1/") == "http://127.0.0.1:1"


@pytest.mark.parametrize(
    ("client", "partition", "region"),
    [
        (Client.MINIO_GO, "aws", "us-east-1"),
        (Client.MINIO_GO, "aws-cn", "cn-north-1"),
        (Client.MINIO_GO, "aws-us-gov", "us-gov-west-1"),
        (Client.AWS_SDK, "aws-iso", "us-iso-east-1"),
        (Client.AWS_SDK, "aws", "me-west-1"),
    ],
)
def test_clusters_whose_endpoints_the_client_knows(client: Client, partition: str, region: str) -> None:
    refuse_unreachable(client, cluster(f"arn:{partition}:eks:{region}:123456789012:cluster/epinio"))


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws-iso", "us-iso-east-1"),
        ("aws-iso-b", "us-isob-east-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws", "me-west-1"),
    ],
)
def test_clusters_whose_endpoints_it_does_not_know(partition: str, region: str) -> None:
    with pytest.raises(Refused, match=partition if partition != "aws" else region):
        refuse_unreachable(Client.MINIO_GO, cluster(f"arn:{partition}:eks:{region}:123456789012:cluster/epinio"))
