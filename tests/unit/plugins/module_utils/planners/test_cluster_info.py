"""What the other modules are told about the cluster."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster, missing
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Match, Reached
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.planners.cluster_info import out_of_reach, view

CHINA = arns.Cluster("aws-cn", "cn-north-1", "123456789012", "epinio")
CLUSTER = EksCluster(CHINA, "ACTIVE", version="1.31", endpoint="https://eks", issuer="https://oidc.example/id/A")
REACHED = Reached(Connection("https://proxy", Source("in-cluster"), overridden=("K8S_AUTH_HOST",)), Match.ISSUER)
NOWHERE = {"server": "", "kubeconfig": "", "context": "", "matched_by": "", "overridden": []}
FAILURE = ServiceFailed("reach https://proxy (kubeconfig blue.yaml)", "Connection refused", advice="Check the proxy.")


def test_everything_that_follows_from_the_arn_is_in_its_partition() -> None:
    shown = view(CLUSTER, "apps", REACHED)
    assert shown["wiring"] == "arn:aws-cn:eks:cn-north-1:123456789012:cluster/epinio/apps"
    assert shown["provider_arn"] == "arn:aws-cn:iam::123456789012:oidc-provider/oidc.example/id/A"
    assert shown["dns_suffix"] == "amazonaws.com.cn"
    assert shown["kubernetes"] == {
        "server": "https://proxy",
        "kubeconfig": "in-cluster",
        "context": "",
        "matched_by": "issuer",
        "overridden": ["K8S_AUTH_HOST"],
    }


def test_an_unknown_partition_is_refused() -> None:
    with pytest.raises(Refused, match="aws-new"):
        view(replace(CLUSTER, identity=replace(CHINA, partition="aws-new")), "apps", REACHED)


@pytest.mark.parametrize(
    ("cluster", "reached", "exists", "reachable"),
    [(CLUSTER, REACHED, True, True), (CLUSTER, None, True, False), (missing(CHINA), None, False, False)],
)
def test_every_cluster_has_the_same_keys(
    cluster: EksCluster, reached: Reached | None, exists: bool, reachable: bool
) -> None:
    shown, usual = view(cluster, "apps", reached), view(CLUSTER, "apps", REACHED)
    assert (shown["exists"], shown["reachable"]) == (exists, reachable)
    assert shown.keys() == usual.keys()
    assert shown["kubernetes"].keys() == usual["kubernetes"].keys()


def test_a_cluster_that_is_gone_still_owns_what_was_made_for_it() -> None:
    shown = view(missing(CHINA), "apps", None)
    assert (shown["arn"], shown["wiring"]) == (CHINA.arn, f"{CHINA.arn}/apps")
    unknown = (
        "status",
        "version",
        "endpoint",
        "issuer",
        "provider_arn",
        "authentication_mode",
        "auto_node_role_arn",
    )
    assert [shown[key] for key in unknown] == [""] * len(unknown)
    assert shown["kubernetes"] == NOWHERE


def test_a_cluster_out_of_reach_is_refused_with_the_reason_and_the_way_on() -> None:
    with pytest.raises(Refused) as refusal:
        out_of_reach(CLUSTER, FAILURE, accepted=False)
    for part in ("blue.yaml", "Connection refused", "Check the proxy", "set epinio_cluster_gone"):
        assert part in str(refusal.value)


def test_where_that_is_accepted_a_notice_says_which_kubeconfig_it_was() -> None:
    notice = out_of_reach(CLUSTER, FAILURE, accepted=True)
    for part in ("EKS cluster epinio", "only what is in AWS", "blue.yaml", "Connection refused"):
        assert part in notice
