"""What the other modules are told about the cluster."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Connection, Match, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.cluster_info import view

CHINA = arns.Cluster("aws-cn", "cn-north-1", "123456789012", "epinio")
CLUSTER = EksCluster(CHINA, "ACTIVE", version="1.31", endpoint="https://eks", issuer="https://oidc.example/id/A")
CONNECTION = Connection("https://proxy", Source("in-cluster"))


def test_everything_that_follows_from_the_arn_is_in_its_partition() -> None:
    shown = view(CLUSTER, "apps", CONNECTION, Match.ISSUER)
    assert shown["wiring"] == "arn:aws-cn:eks:cn-north-1:123456789012:cluster/epinio/apps"
    assert shown["provider_arn"] == "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/A"
    assert shown["dns_suffix"] == "amazonaws.com.cn"
    assert shown["kubernetes"] == {
        "server": "https://proxy",
        "kubeconfig": "in-cluster",
        "context": "",
        "matched_by": "issuer",
    }


def test_an_unknown_partition_is_refused() -> None:
    with pytest.raises(Refused, match="aws-new"):
        view(replace(CLUSTER, identity=replace(CHINA, partition="aws-new")), "apps", CONNECTION, Match.ISSUER)
