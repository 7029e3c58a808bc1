"""What pods get from the metadata service of their node, with the real CLI, by the node's kind and settings."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import node_kinds
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from tests.sandbox.aws.fixtures import new_account
from tests.sandbox.jobs import Jobs

pytestmark = pytest.mark.live
REGION, ROLE, BUCKET = "us-east-1", "epinio-nodes", "bucket-of-nodes"
NODES = {
    "open": node_kinds.managed(REGION, 0, ROLE),
    "near": node_kinds.managed(REGION, 1, ROLE, "near", hop_limit=1),
    "near-old": node_kinds.managed(REGION, 2, ROLE, "near-old", hop_limit=1, tokens="optional"),
    "closed": node_kinds.managed(REGION, 3, ROLE, "closed", endpoint=False),
    "fargate": node_kinds.fargate(REGION, 4, "epinio-fargate"),
}
WHO = 'aws sts get-caller-identity --query Arn --output text > "$RUN"'


class Site:
    """A cluster with a node of each kind, whose role may write to the bucket."""

    def __init__(self, cluster: Cluster, aws: StandIn, account: str) -> None:
        self.jobs, self.account = Jobs(cluster), account
        iam, self.s3 = (aws.client(service, account) for service in ("iam", "s3"))
        self.s3.create_bucket(Bucket=BUCKET)
        statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName=ROLE, PolicyName="write", PolicyDocument=document)

    def ended(self, node: str, name: str, script: str, **spec: Any) -> dict[str, Any]:
        """How a pod on that node ends; its output is its message if it says nothing itself."""
        pinned = {"nodeSelector": {"kubernetes.io/hostname": NODES[node].name}, "tolerations": [{"operator": "Exists"}]}
        policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
        self.jobs.start(name, script, pod={**pinned, **spec}, container=policy)
        return self.jobs.end(name)

    def session(self, node: str) -> str:
        return f"arn:aws:sts::{self.account}:assumed-role/{ROLE}/{NODES[node].instance_id}\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("nodes")
    with StandIn(folder / "aws.jsonl", visible_after=0, effective_after=0) as aws:
        account = new_account()
        cluster = Cluster.new(
            folder / "cluster", aws_url=aws.url, charts_url=aws.url, account=account, nodes=list(NODES.values())
        )
        with cluster:
            yield Site(cluster, aws, account)


def test_the_node_s_role_answers_and_its_policies_decide(site: Site) -> None:
    put = f"echo content > file && aws s3api put-object --bucket {BUCKET} --key by/pod --body file > answer"
    end = site.ended("open", "open", f"{put} && {WHO} && aws s3 ls s3://{BUCKET}")
    assert end["message"] == site.session("open")
    assert "AccessDenied" in site.jobs.output("open")
    assert end["exitCode"] != 0
    assert site.s3.get_object(Bucket=BUCKET, Key="by/pod")["Body"].read() == b"content\n"


@pytest.mark.parametrize("node", ["near", "closed", "fargate"])
def test_no_credentials_reach_the_pod(site: Site, node: str) -> None:
    end = site.ended(node, f"no-{node}", "aws sts get-caller-identity")
    assert end["exitCode"] != 0
    assert "Unable to locate credentials" in end["message"]


def test_in_the_host_s_network_one_hop_is_enough(site: Site) -> None:
    assert site.ended("near", "near-host", WHO, hostNetwork=True)["message"] == site.session("near")


def test_where_no_token_is_required_the_first_version_of_the_service_answers(site: Site) -> None:
    assert site.ended("near-old", "near-old", WHO)["message"] == site.session("near-old")
