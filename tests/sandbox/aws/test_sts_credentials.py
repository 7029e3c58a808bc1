"""STS: who calls, and keys that are not valid."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import keys_of, refusal, trust


def test_an_administrator_is_a_user(sts: Any, account: str) -> None:
    identity = sts.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:user/operator")


def test_keys_that_nobody_has(aws: StandIn, account: str) -> None:
    """General knowledge of AWS's answers by service."""
    keys = {"aws_access_key_id": "AKIAUNKNOWNUNKNOWN12", "aws_secret_access_key": "x" * 40}

    def client(service: str) -> Any:
        return aws.client(service, account, credentials=keys)

    assert refusal(client("sts").get_caller_identity)[:2] == ("InvalidClientTokenId", 403)
    assert refusal(client("iam").list_roles)[:2] == ("InvalidClientTokenId", 403)
    assert refusal(client("s3").list_buckets)[:2] == ("InvalidAccessKeyId", 403)
    assert refusal(client("eks").describe_cluster, name="c")[:2] == ("UnrecognizedClientException", 403)


def test_a_wrong_secret_and_a_wrong_session_token(aws: StandIn, sts: Any, iam: Any, account: str) -> None:
    wrong = aws.credentials(account) | {"aws_secret_access_key": "y" * 40}
    assert refusal(aws.client("sts", account, credentials=wrong).get_caller_identity)[0] == "SignatureDoesNotMatch"
    assert refusal(aws.client("s3", account, credentials=wrong).list_buckets)[0] == "SignatureDoesNotMatch"
    describe = aws.client("eks", account, credentials=wrong).describe_cluster
    assert refusal(describe, name="c")[0] == "InvalidSignatureException"
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    keys = keys_of(sts.assume_role(RoleArn=arn, RoleSessionName="pod")) | {"aws_session_token": "z" * 40}
    assert refusal(aws.client("sts", account, credentials=keys).get_caller_identity)[0] == "InvalidClientTokenId"
    assert refusal(aws.client("s3", account, credentials=keys).list_buckets)[:2] == ("InvalidToken", 400)


def test_inactive_keys(aws: StandIn, iam: Any, account: str) -> None:
    iam.create_user(UserName="u")
    keys = keys_of(iam.create_access_key(UserName="u"))
    client = aws.client("sts", account, credentials=keys)
    client.get_caller_identity()
    iam.update_access_key(UserName="u", AccessKeyId=keys["aws_access_key_id"], Status="Inactive")
    assert refusal(client.get_caller_identity)[0] == "InvalidClientTokenId"


def test_other_calls_of_sts_are_not_there(sts: Any) -> None:
    assert refusal(sts.get_session_token)[:2] == ("StandInNotImplemented", 501)
