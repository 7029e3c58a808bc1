"""The server as a whole: end to end, its log, its control endpoint, many callers at once, as a command."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import (
    AUDIENCE,
    ISSUER,
    Clock,
    allow,
    document,
    irsa_trust,
    key_set,
    new_account,
    refusal,
    token,
)

REPOSITORY = Path(__file__).resolve().parents[3]


def test_irsa_end_to_end_with_the_stock_credential_chain(
    aws: StandIn, iam: Any, bucket: str, account: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the pod identity webhook gives a pod is all that boto3 needs: a role's ARN and a token file."""
    clock.now = time.time()
    aws.control(
        "clusters", {"account": account, "region": "us-east-1", "name": "c", "issuer": ISSUER, "jwks": key_set()}
    )
    iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])
    role = iam.create_role(RoleName="server", AssumeRolePolicyDocument=irsa_trust(account))["Role"]["Arn"]
    rights = document(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    policy = iam.create_policy(PolicyName="server", PolicyDocument=rights)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="server", PolicyArn=policy)
    token_file = tmp_path / "token"
    token_file.write_text(token(expires=clock() + 600))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    environment = {
        "AWS_ROLE_ARN": role,
        "AWS_WEB_IDENTITY_TOKEN_FILE": str(token_file),
        "AWS_ROLE_SESSION_NAME": "epinio-server",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    s3 = boto3.session.Session().client("s3", config=Config(s3={"addressing_style": "path"}))
    s3.put_object(Bucket=bucket, Key="blob", Body=b"sources")
    assert "s3:GetObject" in refusal(s3.get_object, Bucket=bucket, Key="blob")[2]
    entries = [each for each in aws.log.entries() if "assumed-role/server" in each["caller"]]
    assert [each["action"] for each in entries] == ["s3:PutObject", "s3:GetObject"]


def test_the_log(aws: StandIn, iam: Any, s3: Any, bucket: str, account: str, tmp_path: Path) -> None:
    refusal(iam.get_role, RoleName="none")
    iam.create_user(UserName="u")
    secret = iam.create_access_key(UserName="u")["AccessKey"]["SecretAccessKey"]
    s3.put_bucket_policy(Bucket=bucket, Policy=document(allow("s3:*", f"arn:aws:s3:::{bucket}", Principal="*")))
    s3.put_object(Bucket=bucket, Key="k", Body=b"the object's own bytes")
    lines = [json.loads(line) for line in (tmp_path / "aws.jsonl").read_text().splitlines()]
    assert lines == aws.log.entries()
    by_action = {each["action"]: each for each in lines}
    missing = by_action["iam:GetRole"]
    assert (missing["status"], missing["error"], missing["account"]) == (404, "NoSuchEntity", account)
    assert missing["parameters"] == {"RoleName": "none"}
    assert missing["caller"] == f"arn:aws:iam::{account}:user/operator"
    assert "s3:*" in by_action["s3:PutBucketPolicy"]["parameters"]["Body"]
    assert by_action["s3:PutObject"]["parameters"] == {"Bucket": bucket, "Key": "k"}
    text = (tmp_path / "aws.jsonl").read_text()
    assert secret not in text
    assert "own bytes" not in text
    with urlopen(f"{aws.url}/_ctl/log", timeout=10) as response:
        assert json.load(response)["entries"] == aws.log.entries()


def test_tokens_and_session_policies_are_masked(aws: StandIn, sts: Any, account: str, clock: Clock) -> None:
    text = token(expires=clock() + 600)
    refusal(
        sts.assume_role_with_web_identity,
        RoleArn=f"arn:aws:iam::{account}:role/none",
        RoleSessionName="pod",
        WebIdentityToken=text,
        Policy=document(allow("s3:GetObject")),
    )
    entry = aws.log.entries()[-1]
    assert entry["parameters"]["WebIdentityToken"] == entry["parameters"]["Policy"] == "***"
    assert (entry["account"], entry["caller"], entry["error"]) == (account, "", "InvalidIdentityToken")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("accounts", {}),
        ("accounts", {"account": "12"}),
        ("accounts", {"account": "111122223333", "name": "x"}),
        ("clusters", {"account": "111122223333", "region": "us-east-1"}),
        ("clusters", {"account": "111122223333", "region": "us-east-1", "name": "c", "oidc": "x"}),
        ("pod-identity-associations", {"account": "111122223333"}),
        ("nodes", {"account": "111122223333", "region": "us-east-1", "cluster": "missing"}),
        ("instance-credentials", {"account": "111122223333", "region": "us-east-1"}),
        ("delays", {"visible": 1}),
        ("delays", {"visible_after": -1}),
        ("nothing", {}),
    ],
)
def test_control_requests_that_mean_nothing(aws: StandIn, name: str, body: dict[str, str]) -> None:
    """No option is accepted and ignored."""
    with pytest.raises(HTTPError) as caught:
        aws.control(name, body)
    assert caught.value.code == (404 if name == "nothing" else 400)
    caught.value.close()


def test_an_administrator_is_made_once(aws: StandIn, account: str) -> None:
    first, second = aws.credentials(account), aws.credentials(account)
    assert first == second
    assert len(first["aws_access_key_id"]) >= 16
    assert len(first["aws_secret_access_key"]) >= 16


def _at_once(calls: Sequence[Callable[[], Any]]) -> list[str]:
    """Runs all at the same time; "done" or the code of the refusal of each."""
    results = ["unfinished"] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        barrier.wait(10)
        try:
            calls[index]()
            results[index] = "done"
        except Exception as error:  # noqa: BLE001 - whatever goes wrong in a thread must reach the test
            results[index] = getattr(error, "response", {}).get("Error", {}).get("Code", repr(error))

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_one_of_many_makes_a_role(iam: Any, account: str) -> None:
    create = {"RoleName": "server", "AssumeRolePolicyDocument": irsa_trust(account)}
    results = _at_once([lambda: iam.create_role(**create)] * 12)
    assert sorted(results) == ["EntityAlreadyExists"] * 11 + ["done"]


def test_accounts_at_once(aws: StandIn) -> None:
    """Scenarios share the process."""

    def work(account: str) -> None:
        client = aws.client("iam", account)
        for number in range(5):
            client.create_role(RoleName=f"role-{number}", AssumeRolePolicyDocument=irsa_trust(account))
            client.get_role(RoleName=f"role-{number}")
        assert len(client.list_roles()["Roles"]) == 5

    accounts = [new_account() for _ in range(6)]
    assert _at_once([functools.partial(work, account) for account in accounts]) == ["done"] * 6


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _health(port: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urlopen(f"http://127.0.0.1:{port}/_ctl/health", timeout=5) as response:
                return bool(response.status == 200)
        except URLError:
            time.sleep(0.1)
    return False


def test_as_a_command(tmp_path: Path) -> None:
    port, log = _free_port(), tmp_path / "aws.jsonl"
    command = [sys.executable, "-m", "sandbox.aws", "--port", str(port), "--log", str(log), "--visible-after", "0"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE)
    try:
        assert _health(port, 30)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
        assert (process.returncode, errors, log.read_text()) == (0, b"", "")
    finally:
        process.kill()
        process.wait(10)
