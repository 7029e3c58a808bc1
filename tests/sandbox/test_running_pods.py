"""Pods of the AWS CLI's image, run by a sandbox: with the real CLI, against the stand-in, by AWS's own host names."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.aws import StandIn
from sandbox.cluster import Cluster
from tests.sandbox.aws.fixtures import new_account, trust
from tests.sandbox.jobs import HOME, RUN, Jobs
from tests.sandbox.kubectl import until
from tests.sandbox.listeners import LOOPBACK, listeners
from tests.scenarios import leaks

pytestmark = pytest.mark.live
BUCKET = "bucket-of-pods"
PLANTED = "planted-value-4711"


class Site:
    """A cluster, its account, and a role for the service account `app` that may write to the bucket."""

    def __init__(self, aws: StandIn, folder: Path) -> None:
        self.aws, self.account = aws, new_account()
        self.cluster = Cluster.new(folder, aws_url=aws.url, charts_url=aws.url, account=self.account)

    def wire(self) -> None:
        iam, s3 = (self.aws.client(service, self.account) for service in ("iam", "s3"))
        issuer = self.cluster.settings.issuer
        provider = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["sts.amazonaws.com"])
        trusted = trust({"Federated": provider["OpenIDConnectProviderArn"]}, "sts:AssumeRoleWithWebIdentity")
        arn = iam.create_role(RoleName="app", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
        statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="app", PolicyName="write", PolicyDocument=document)
        s3.create_bucket(Bucket=BUCKET)
        self.jobs = Jobs(self.cluster)
        self.jobs.kubectl.account("app", role_arn=arn)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("pods")
    with StandIn(folder / "aws.jsonl", visible_after=0, effective_after=0) as aws:
        running = Site(aws, folder / "cluster")
        with running.cluster:
            running.wire()
            yield running


def test_a_job_with_web_identity_asks_and_writes_by_aws_s_own_names(site: Site) -> None:
    script = f"""
        mkdir "$HOME/.aws"
        printf '[default]\\ns3 =\\n addressing_style=virtual\\n use_dualstack_endpoint=true\\n' > "$HOME/.aws/config"
        echo content > "$HOME/file"
        aws s3api put-object --bucket {BUCKET} --key by/pod --body "$HOME/file" &&
        aws sts get-caller-identity --query Arn --output text > "$RUN"
    """
    site.jobs.start("wired", script, "app")
    end = site.jobs.end("wired")
    assert (end["exitCode"], end["reason"]) == (0, "Completed"), site.jobs.output("wired")
    assert end["message"].startswith(f"arn:aws:sts::{site.account}:assumed-role/app/")
    until(10, lambda: site.jobs.has("wired", "Complete"))
    stored = site.aws.client("s3", site.account).get_object(Bucket=BUCKET, Key="by/pod")
    assert stored["Body"].read() == b"content\n"
    seen = [
        (call["action"], call["host"], call["addressing"])
        for call in site.aws.log.entries()
        if "/app/" in call["caller"]
    ]
    assert seen == [
        ("s3:PutObject", f"{BUCKET}.s3.dualstack.us-east-1.amazonaws.com", "virtual"),
        ("sts:GetCallerIdentity", "sts.us-east-1.amazonaws.com", ""),
    ]


def test_a_home_that_cannot_be_written_to_breaks_web_identity(site: Site) -> None:
    container = {"env": [RUN], "volumeMounts": []}
    site.jobs.start("homeless", 'aws sts get-caller-identity 2> "$RUN"', "app", container=container)
    end = site.jobs.end("homeless")
    assert end["exitCode"] != 0
    assert ".aws" in end["message"]
    until(10, lambda: site.jobs.has("homeless", "Failed"))


def test_a_pod_without_credentials_finds_none(site: Site) -> None:
    policy = {"terminationMessagePolicy": "FallbackToLogsOnError"}
    site.jobs.start("bare", "AWS_EC2_METADATA_DISABLED=true aws sts get-caller-identity", container=policy)
    end = site.jobs.end("bare")
    assert end["exitCode"] != 0
    assert "Unable to locate credentials" in end["message"]


def test_other_hosts_are_refused(site: Site) -> None:
    variables = [*HOME["env"], {"name": "AWS_MAX_ATTEMPTS", "value": "1"}]
    script = "aws s3 ls --no-sign-request --endpoint-url https://no.example.test"
    site.jobs.start("outward", script, container={"env": variables})
    end = site.jobs.end("outward")
    assert end["exitCode"] != 0
    assert "no.example.test" in (site.cluster.folder / "log" / "supervisor.log").read_text()


def test_a_deadline_ends_the_process(site: Site) -> None:
    site.jobs.start("long", 'echo $$ > "$HOME/pid"; exec sleep 600', activeDeadlineSeconds=4)
    site.jobs.wait_until_running("long")
    record = site.jobs.process()
    assert {address for found in listeners(site.cluster.folder).values() for address, _ in found} <= set(LOOPBACK)
    until(30, lambda: site.jobs.has("long", "Failed"))
    until(10, lambda: not record.alive())


def test_deletion_ends_the_process_and_removes_its_files(site: Site) -> None:
    site.jobs.start("deleted", "trap '' TERM; while :; do sleep 0.1; done")
    site.jobs.wait_until_running("deleted")
    folder = site.jobs.folder("deleted")
    record = site.jobs.process()
    assert record.alive()
    site.jobs.kubectl("delete", "job", "deleted", "--cascade=foreground", "--timeout=25s")
    until(10, lambda: not record.alive())
    until(10, lambda: not folder.exists())


def test_an_image_that_cannot_be_pulled(site: Site) -> None:
    site.jobs.start("pulling", "true", container={"image": "amazon/aws-cli:does-not-exist"})
    seen: set[str] = set()

    def backs_off() -> bool:
        seen.update(state["waiting"]["reason"] for state in site.jobs.states("pulling"))
        return "ImagePullBackOff" in seen

    until(20, backs_off)
    assert seen <= {"ErrImagePull", "ImagePullBackOff"}


def test_no_token_and_no_secret_in_the_logs(site: Site) -> None:
    site.jobs.kubectl.apply({"kind": "Secret", "metadata": {"name": "planted"}, "stringData": {"k": PLANTED}})
    reference = {"secretKeyRef": {"name": "planted", "key": "k"}}
    script = (
        'test "$K" = planted-value-$N && cp "$AWS_WEB_IDENTITY_TOKEN_FILE" "$HOME/token" && aws sts get-caller-identity'
    )
    environment = [*HOME["env"], {"name": "K", "valueFrom": reference}, {"name": "N", "value": "4711"}]
    site.jobs.start("secret", script, "app", container={"env": environment})
    assert site.jobs.end("secret")["exitCode"] == 0, site.jobs.output("secret")
    folder = site.cluster.folder
    logs = leaks.files(folder / "log")
    logs.update({str(path): path.read_bytes() for path in (folder / "audit.jsonl", folder.parent / "aws.jsonl")})
    assert leaks.leaks({"planted": PLANTED}, logs) == []
    assert leaks.tokens(logs) == []


def test_a_crash_of_the_supervisor_leaves_nothing_running(site: Site) -> None:
    """The last test: it ends the sandbox."""
    site.jobs.start("crashed", "sleep 600")
    site.jobs.wait_until_running("crashed")
    supervisor, *others = processes.records(site.cluster.folder)
    assert site.jobs.process() in others
    kill(supervisor.pid)
    for record in others:
        assert processes.gone(record, 20), record
    site.cluster.stop()
    assert processes.records(site.cluster.folder) == []


def kill(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    assert select.select([descriptor], [], [], 20)[0]
    os.close(descriptor)
