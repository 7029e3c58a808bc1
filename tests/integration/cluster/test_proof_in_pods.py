"""The proof from inside pods that are really run: with the AWS CLI, the webhook's token and the names of AWS."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from sandbox import stand_in
from sandbox.aws.consistency import Delays
from sandbox.forward_proxy import AWAY
from sandbox.supervisor import PROXY
from tests.integration.cluster.meddler import taking_mounts
from tests.integration.cluster.test_proof_job import scripts
from tests.integration.cluster.workloads import Workloads

pytestmark = pytest.mark.live

IMAGE = "amazon/aws-cli:2.13.26"
SERVER, STAGING, NODE_ROLE = "epinio-server", "epinio-staging", "epinio-nodes"
WRITING = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
OBJECTS = {SERVER: WRITING, STAGING: ["s3:GetObject"], NODE_ROLE: WRITING}


@dataclass(frozen=True)
class Wired:
    """A namespace whose two accounts have roles of the cluster's account, and a bucket."""

    workloads: Workloads

    @classmethod
    def made(cls, workloads: Workloads) -> Wired:
        wired = cls(workloads)
        wired.client("s3").create_bucket(Bucket=wired.bucket)
        wired.client("iam").create_open_id_connect_provider(Url=wired.issuer, ClientIDList=["sts.amazonaws.com"])
        scripts(workloads, IMAGE)
        for name in (SERVER, STAGING):
            wired.role(name)
            workloads.account(name, wired.role_arn(name))
        return wired

    def remove(self) -> None:
        self.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=self.provider)

    @property
    def account(self) -> str:
        return self.workloads.cluster.settings.account

    @property
    def issuer(self) -> str:
        return self.workloads.cluster.settings.issuer

    @property
    def provider(self) -> str:
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.issuer.removeprefix('https://')}"

    @property
    def bucket(self) -> str:
        return f"sources-{self.workloads.namespace}"

    def role_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.account}:role/{self.role_name(name)}"

    def role_name(self, name: str) -> str:
        """The node's role is the whole cluster's."""
        return name if name == NODE_ROLE else f"{name}-{self.workloads.namespace}"

    def client(self, service: str) -> Any:
        variables = self.workloads.cluster.variables()
        return boto3.client(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def role(self, name: str) -> None:
        host = self.issuer.removeprefix("https://")
        subject = f"system:serviceaccount:{self.workloads.namespace}:{name}"
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": self.provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": {f"{host}:sub": subject, f"{host}:aud": "sts.amazonaws.com"}},
        }
        self.client("iam").create_role(RoleName=self.role_name(name), AssumeRolePolicyDocument=document(trust))
        self.permit(name, OBJECTS[name])

    def permit(self, name: str, actions: list[str]) -> None:
        bucket = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{self.bucket}"}
        objects = {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{self.bucket}/*"}
        statements = [objects] if name == STAGING else [bucket, objects]
        policy = document(*statements)
        self.client("iam").put_role_policy(RoleName=self.role_name(name), PolicyName="s3", PolicyDocument=policy)

    def check(self, **changes: Any) -> Any:
        """The module's answer; no Job, no pod and no object is left."""
        given = {
            "from": "cluster",
            "issuer": self.issuer,
            "server_service_account": SERVER,
            "server_role_arn": self.role_arn(SERVER),
            "server_version": "1.13.9",
            "staging_service_account": STAGING,
            "staging_role_arn": self.role_arn(STAGING),
            "bucket": self.bucket,
            "associated_accounts": [],
            "negative": True,
            "patience": 60,
            **changes,
        }
        result = self.workloads.run("epinio_access_check", **given)
        namespace = self.workloads.namespace
        assert self.workloads.batch.list_namespaced_job(namespace).items == []
        assert self.workloads.core.list_namespaced_pod(namespace).items == []
        assert "Contents" not in self.client("s3").list_objects_v2(Bucket=self.bucket)
        return result

    def hosts(self, role: str) -> set[str]:
        """The hosts of S3 that sessions of a role asked, as the wire shows them."""
        lines = (self.workloads.cluster.folder / "aws.jsonl").read_text(encoding="utf-8").splitlines()
        calls = [json.loads(line) for line in lines]
        return {
            call["host"] for call in calls if call["action"].startswith("s3:") and role in json.dumps(call["caller"])
        }


def settle() -> None:
    """Wait until IAM's changes count."""
    time.sleep(Delays.effective_after + 0.5)


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture
def wired(workloads: Workloads) -> Any:
    made = Wired.made(workloads)
    yield made
    made.remove()


def test_both_accounts_are_proven_from_inside_on_the_hosts_of_their_clients(wired: Wired) -> None:
    result = wired.check()
    assert not result.get("failed"), result["msg"]
    proof = result["answers"]["proof"]
    assert (proof["verdict"], proof["runners"]) == ("proven", ["cluster"])
    callers = {(one["identity"], one["caller"].split("/")[1]) for one in proof["probes"]}
    names = {name: wired.role_name(name) for name in (SERVER, STAGING)}
    assert callers == {("server", names[SERVER]), ("staging", names[STAGING])}
    assert wired.hosts(names[SERVER]) == {f"{wired.bucket}.s3.dualstack.us-east-1.amazonaws.com"}
    assert wired.hosts(names[STAGING]) == {"s3.us-east-1.amazonaws.com"}


def test_stagings_pod_reads_what_the_controller_wrote(wired: Wired) -> None:
    """The server's account has no role yet, as before the switch of the release."""
    wired.workloads.annotate(SERVER, None)
    result = wired.check(**{"from": "both", "cluster_identities": ["staging"]})
    assert not result.get("failed"), result["msg"]
    proof = result["answers"]["proof"]
    assert (proof["verdict"], proof["runners"]) == ("proven", ["controller", "cluster"])
    assert {one["identity"] for one in proof["probes"] if one["runner"] == "cluster"} == {"staging"}


def test_a_denied_upload_disproves_it_and_names_the_action(wired: Wired) -> None:
    wired.permit(SERVER, ["s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"])
    settle()
    result = wired.check(patience=5, cluster_identities=["server"])
    assert result["msg"].startswith("Disproven: PutObject of the server role")
    assert f"The role {wired.role_arn(SERVER)} needs s3:PutObject" in result["msg"]


def test_a_trust_that_does_not_admit_the_pod_is_named(wired: Wired) -> None:
    role = wired.role_name(SERVER)
    nobody = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    wired.client("iam").update_assume_role_policy(RoleName=role, PolicyDocument=document(nobody))
    settle()
    result = wired.check(patience=5, cluster_identities=["server"])
    assert result["msg"].startswith("Disproven: A pod of service account")
    assert "AccessDenied" in result["msg"]
    assert f"The trust policy of {wired.role_arn(SERVER)} must admit" in result["msg"]


def test_a_token_that_its_node_does_not_renew_is_named(wired: Wired) -> None:
    settings = wired.workloads.cluster.settings
    stand_in.late_tokens(settings, 24 * 3600.0)
    result = wired.check(patience=5, cluster_identities=["server"])
    stand_in.late_tokens(settings, 0)
    assert result["msg"].startswith("Disproven: A pod of service account"), result["msg"]
    assert "The token in the pod has expired, so its node does not renew it" in result["msg"]


def test_a_token_that_is_not_mounted_is_named(wired: Wired) -> None:
    with taking_mounts(wired.workloads.cluster, wired.workloads.core.api_client):
        result = wired.check(patience=5, cluster_identities=["server"])
    assert result.get("failed")
    assert "has no volume for the token /var/run/secrets/eks.amazonaws.com/serviceaccount/token" in result["msg"]


def test_an_sts_out_of_reach_decides_nothing_and_is_named(wired: Wired) -> None:
    away = wired.workloads.cluster.folder / PROXY / AWAY
    away.parent.mkdir(exist_ok=True)
    away.write_text("sts.us-east-1.amazonaws.com\n", encoding="utf-8")
    result = wired.check(cluster_identities=["server"])
    away.unlink()
    assert result["msg"].startswith("Inconclusive: A pod of service account"), result["msg"]
    assert f"could not act with the role {wired.role_arn(SERVER)}: Unreachable: " in result["msg"]
    assert "Look at what is between pods and AWS: NAT gateway, VPC endpoints" in result["msg"]


def test_a_pod_with_the_role_of_its_node_though_its_account_is_annotated(wired: Wired) -> None:
    (node,) = [one.metadata.name for one in wired.workloads.core.list_node().items]
    wired.permit(NODE_ROLE, OBJECTS[NODE_ROLE])
    nodes = [{"name": NODE_ROLE, "arn": wired.role_arn(NODE_ROLE), "nodes": [node]}]
    result = wired.check(node_roles=nodes, issuer=None, server_role_arn=None, staging_role_arn=None)
    wired.client("iam").delete_role_policy(RoleName=NODE_ROLE, PolicyName="s3")
    assert not result.get("failed"), result["msg"]
    proof = result["answers"]["proof"]
    assert (proof["verdict"], proof["runners"]) == ("proven", ["cluster"])
    (caller,) = {one["caller"] for one in proof["probes"]}
    assert caller.startswith(f"arn:aws:sts::{wired.account}:assumed-role/{NODE_ROLE}/i-")
    assert wired.hosts(NODE_ROLE) == {
        f"{wired.bucket}.s3.dualstack.us-east-1.amazonaws.com",
        "s3.us-east-1.amazonaws.com",
    }
