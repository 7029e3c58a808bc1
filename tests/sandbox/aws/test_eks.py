"""EKS: clusters that were planted, and nothing that looks like "there is none"."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import ISSUER, Clock, allow, document, key_set, keys_of, new_account, refusal


@pytest.fixture
def eks(aws: StandIn, account: str) -> Any:
    return aws.client("eks", account)


def _plant(aws: StandIn, account: str, **settings: Any) -> None:
    aws.control("clusters", {"account": account, "region": "us-east-1", "name": "epinio", **settings})


def test_a_planted_cluster(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model: members of Cluster."""
    _plant(
        aws,
        account,
        issuer=ISSUER,
        jwks=key_set(),
        certificate_authority="Q0E=",
        endpoint="https://127.0.0.1:6443",
        version="1.33",
        authentication_mode="API",
        tags={"team": "a"},
    )
    cluster = eks.describe_cluster(name="epinio")["cluster"]
    assert cluster["arn"] == f"arn:aws:eks:us-east-1:{account}:cluster/epinio"
    assert cluster["identity"] == {"oidc": {"issuer": ISSUER}}
    assert cluster["certificateAuthority"] == {"data": "Q0E="}
    assert cluster["accessConfig"] == {"authenticationMode": "API"}
    assert (cluster["endpoint"], cluster["version"], cluster["status"]) == ("https://127.0.0.1:6443", "1.33", "ACTIVE")
    assert cluster["tags"] == {"team": "a"}
    assert "connectorConfig" not in cluster


def test_clusters_change_and_go(aws: StandIn, eks: Any, account: str) -> None:
    """Each cluster has an issuer of its own; in stock moto all share one."""
    _plant(aws, account, issuer=ISSUER)
    created = eks.describe_cluster(name="epinio")["cluster"]["createdAt"]
    aws.control("clusters", {"account": account, "region": "us-east-1", "name": "two", "issuer": f"{ISSUER}2"})
    assert eks.describe_cluster(name="two")["cluster"]["identity"]["oidc"]["issuer"] == f"{ISSUER}2"
    _plant(aws, account, issuer=ISSUER, status="UPDATING")
    changed = eks.describe_cluster(name="epinio")["cluster"]
    assert (changed["status"], changed["createdAt"]) == ("UPDATING", created)
    aws.control(f"clusters/{account}/us-east-1/epinio", {}, "DELETE")
    assert refusal(eks.describe_cluster, name="epinio")[0] == "ResourceNotFoundException"


def test_an_unknown_cluster(aws: StandIn, eks: Any, account: str) -> None:
    """botocore's EKS model for code and status; the text is known, not verified."""
    expected = ("ResourceNotFoundException", 404, "No cluster found for name: epinio.")
    assert refusal(eks.describe_cluster, name="epinio") == expected
    assert refusal(eks.list_pod_identity_associations, clusterName="epinio") == expected
    _plant(aws, account)
    eks.describe_cluster(name="epinio")
    assert refusal(aws.client("eks", account, region="eu-west-1").describe_cluster, name="epinio") == expected
    assert refusal(aws.client("eks", new_account()).describe_cluster, name="epinio") == expected


def test_the_partition_of_a_cluster(aws: StandIn) -> None:
    account = new_account()
    aws.control("clusters", {"account": account, "region": "cn-north-1", "name": "epinio"})
    eks = aws.client("eks", account, region="cn-north-1", partition="aws-cn")
    assert eks.describe_cluster(name="epinio")["cluster"]["arn"].startswith("arn:aws-cn:eks:cn-north-1:")


def test_another_issuer_is_another_cluster(aws: StandIn, eks: Any, account: str, clock: Clock) -> None:
    """A name is free again once its cluster is deleted; issuer, keys and associations belong to the cluster."""
    _plant(aws, account, issuer=ISSUER, jwks=key_set())
    created = eks.describe_cluster(name="epinio")["cluster"]["createdAt"]
    place = {"account": account, "region": "us-east-1", "cluster": "epinio"}
    pair = {"namespace": "epinio", "service_account": "x", "role_arn": f"arn:aws:iam::{account}:role/x"}
    aws.control("pod-identity-associations", {**place, **pair})
    aws.control("clusters", {"account": account, "region": "us-east-1", "name": "copy", "issuer": ISSUER})
    clock.advance(60)
    _plant(aws, account, issuer=f"{ISSUER}2", jwks=key_set())
    cluster = eks.describe_cluster(name="epinio")["cluster"]
    assert cluster["arn"] == f"arn:aws:eks:us-east-1:{account}:cluster/epinio"
    assert cluster["createdAt"] > created
    assert eks.list_pod_identity_associations(clusterName="epinio")["associations"] == []
    assert aws.world.clusters.key_set(ISSUER) is not None
    aws.control(f"clusters/{account}/us-east-1/copy", {}, "DELETE")
    assert aws.world.clusters.key_set(ISSUER) is None
    assert aws.world.clusters.key_set(f"{ISSUER}2") is not None


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("list_clusters", {}),
        ("list_access_policies", {}),
        ("list_addons", {"clusterName": "epinio"}),
        ("describe_addon", {"clusterName": "epinio", "addonName": "vpc-cni"}),
    ],
)
def test_what_is_not_there_is_not_a_404(eks: Any, call: str, arguments: dict[str, str]) -> None:
    assert refusal(getattr(eks, call), **arguments)[:2] == ("StandInNotImplemented", 501)


def test_other_services_are_not_there(aws: StandIn, account: str) -> None:
    assert refusal(aws.client("secretsmanager", account).list_secrets)[:2] == ("StandInNotImplemented", 501)


def test_rights(aws: StandIn, iam: Any, account: str) -> None:
    """botocore's EKS model has no code for it; AWS answers AccessDeniedException."""
    _plant(aws, account)
    iam.create_user(UserName="u")
    client = aws.client("eks", account, credentials=keys_of(iam.create_access_key(UserName="u")))
    arn = f"arn:aws:eks:us-east-1:{account}:cluster/epinio"
    code, status, text = refusal(client.describe_cluster, name="epinio")
    assert (code, status) == ("AccessDeniedException", 403)
    assert f"is not authorized to perform: eks:DescribeCluster on resource: {arn} because" in text
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document(allow("eks:DescribeCluster", arn)))
    client.describe_cluster(name="epinio")
