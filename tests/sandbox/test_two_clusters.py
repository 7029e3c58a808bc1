"""Two clusters in one account of one stand-in, and one that is made anew under the same name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from tests.sandbox.aws.fixtures import new_account, refusal, trust
from tests.sandbox.kubectl import Kubectl

pytestmark = pytest.mark.live
ANNOTATED = "arn:aws:iam::111122223333:role/app"
REGIONAL = {"AWS_STS_REGIONAL_ENDPOINTS": "regional", "AWS_DEFAULT_REGION": "us-east-1", "AWS_REGION": "us-east-1"}
BY_ANNOTATION = {
    "AWS_ROLE_ARN": ANNOTATED,
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
}
BY_ASSOCIATION = {
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": (
        "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token"
    ),
}


class Site:
    """One account, and what is in it for each cluster: a provider, and a role that trusts it."""

    def __init__(self, aws: StandIn, folder: Path) -> None:
        self.aws, self.folder, self.account = aws, folder, new_account()
        self.eks, self.iam, self.sts = (aws.client(service, self.account) for service in ("eks", "iam", "sts"))

    def cluster(self, folder: str, name: str) -> Cluster:
        url = self.aws.url
        return Cluster.new(self.folder / folder, aws_url=url, charts_url=url, account=self.account, name=name)

    def wire(self, role: str, issuer: str) -> str:
        provider = self.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
        trusted = trust({"Federated": provider["OpenIDConnectProviderArn"]}, "sts:AssumeRoleWithWebIdentity")
        arn: str = self.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
        return arn

    def request(self, role: str, token: str) -> dict[str, str]:
        return {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with StandIn(tmp_path / "aws.jsonl", visible_after=0, effective_after=0) as aws:
        yield Site(aws, tmp_path)


def token(cluster: Cluster) -> str:
    return Kubectl(cluster)("create", "token", "default", "--audience=sts.amazonaws.com").strip()


def environment(kubectl: Kubectl) -> dict[str, str]:
    """The variables of a new pod of an account with an annotation."""
    kubectl.account("app", role_arn=ANNOTATED)
    kubectl.pod("new", serviceAccountName="app")
    container = kubectl.get("pod", "new")["spec"]["containers"][0]
    return {variable["name"]: variable["value"] for variable in container["env"]}


def told_apart(one: Any, other: Any) -> bool:
    """Whether two answers of DescribeCluster are of clusters with other issuers and authorities."""
    return all(one[part] != other[part] for part in ("identity", "certificateAuthority"))


def test_two_clusters_share_an_account_and_one_comes_back_as_another(site: Site) -> None:
    first, second = site.cluster("first", "epinio"), site.cluster("second", "second")
    with first, second:
        shown = {name: site.eks.describe_cluster(name=name)["cluster"] for name in ("epinio", "second")}
        assert told_apart(*shown.values())
        roles = [site.wire(name, here.settings.issuer) for name, here in (("one", first), ("two", second))]
        tokens = [token(first), token(second)]
        for role, own, other in zip(roles, tokens, reversed(tokens), strict=True):
            site.sts.assume_role_with_web_identity(**site.request(role, own))
            assert refusal(site.sts.assume_role_with_web_identity, **site.request(role, other))[0] == "AccessDenied"
        agents = site.iam.create_role(
            RoleName="agents",
            AssumeRolePolicyDocument=trust({"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"]),
        )["Role"]["Arn"]
        account = {"namespace": "default", "serviceAccount": "app"}
        site.eks.create_pod_identity_association(clusterName="second", roleArn=agents, **account)
        time.sleep(1.2)
        associated = Kubectl(second)
        assert environment(associated) == REGIONAL | BY_ASSOCIATION
        assert associated.get("pod", "new")["metadata"]["labels"]["eks.amazonaws.com/pod-identity"] == "enabled"
        assert environment(Kubectl(first)) == REGIONAL | BY_ANNOTATION
    with site.cluster("again", "epinio") as again:
        anew = site.eks.describe_cluster(name="epinio")["cluster"]
        assert anew["arn"] == shown["epinio"]["arn"]
        assert told_apart(anew, shown["epinio"])
        # Nobody publishes the keys of the former issuer any more.
        gone = refusal(site.sts.assume_role_with_web_identity, **site.request(roles[0], tokens[0]))
        assert gone[0] == "InvalidIdentityToken"
        renewed = site.wire("three", again.settings.issuer)
        site.sts.assume_role_with_web_identity(**site.request(renewed, token(again)))
