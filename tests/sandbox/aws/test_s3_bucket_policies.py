"""S3: bucket policies, other accounts, and conditions of the network."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import allow, deny, document, new_account, refusal
from tests.sandbox.aws.iam_objects import role_client


def test_another_accounts_bucket_needs_both_sides(aws: StandIn, s3: Any, bucket: str, iam: Any) -> None:
    """IAM User Guide, cross-account policy evaluation; S3 gives another account's caller no reason."""
    other = new_account()
    stranger = aws.client("s3", other)
    assert refusal(stranger.put_object, Bucket=bucket, Key="k", Body=b"") == ("AccessDenied", 403, "Access Denied")
    arn = f"arn:aws:s3:::{bucket}"
    s3.put_bucket_policy(Bucket=bucket, Policy=document(allow("s3:PutObject", f"{arn}/*", Principal={"AWS": other})))
    stranger.put_object(Bucket=bucket, Key="k", Body=b"")
    assert refusal(stranger.get_object, Bucket=bucket, Key="k")[0] == "AccessDenied"
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_bucket_policy_is_enough_in_its_account(
    aws: StandIn, s3: Any, iam: Any, sts: Any, account: str, bucket: str
) -> None:
    client = role_client(aws, iam, sts, account, "r", document(allow("s3:ListAllMyBuckets")))
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    principal = {"AWS": f"arn:aws:iam::{account}:role/r"}
    text = document(allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Principal=principal))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    client.list_objects_v2(Bucket=bucket)
    s3.delete_bucket_policy(Bucket=bucket)
    assert refusal(client.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"


def test_a_bucket_policy_denies(s3: Any, server: Any, bucket: str) -> None:
    text = document(deny("s3:PutObject", f"arn:aws:s3:::{bucket}/*", Principal="*"))
    s3.put_bucket_policy(Bucket=bucket, Policy=text)
    expected = "with an explicit deny in a resource-based policy"
    assert refusal(server.put_object, Bucket=bucket, Key="k", Body=b"")[2].endswith(expected)
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"")[2].endswith(expected)


def _network_deny(bucket: str, operator: str, key: str, value: str) -> str:
    arn = f"arn:aws:s3:::{bucket}"
    condition = {operator: {key: value}}
    return document(deny("s3:GetObject", [arn, f"{arn}/*"], Principal="*", Condition=condition))


def test_conditions_of_the_network(aws: StandIn, s3: Any, bucket: str, account: str) -> None:
    """IAM User Guide, "Global condition keys": aws:SourceVpce is there only for calls through an endpoint."""
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    arguments = {"Bucket": bucket, "Key": "k"}
    s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "StringNotEquals", "aws:SourceVpce", "vpce-1"))
    assert refusal(s3.get_object, **arguments)[0] == "AccessDenied"
    aws.control("networks", {"account": account, "source_vpce": "vpce-1", "source_vpc": "vpc-1"})
    s3.get_object(**arguments)
    aws.control("networks", {"account": account})
    s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "IpAddress", "aws:SourceIp", "127.0.0.0/8"))
    assert refusal(s3.get_object, **arguments)[0] == "AccessDenied"
    aws.control("networks", {"account": account, "source_ip": "203.0.113.1"})
    s3.get_object(**arguments)


@pytest.mark.parametrize("plain", [False, True])
def test_loopback_counts_as_tls_unless_it_is_said_to_be_plain(account: str, plain: bool) -> None:
    with StandIn(visible_after=0, effective_after=0, plain=plain) as aws:
        s3 = aws.client("s3", account)
        bucket = f"tls-{account}"
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_policy(Bucket=bucket, Policy=_network_deny(bucket, "Bool", "aws:SecureTransport", "false"))
        call = {"Bucket": bucket, "Key": "k"}
        assert refusal(s3.get_object, **call)[0] == ("AccessDenied" if plain else "NoSuchKey")


def test_the_accounts_of_resources_and_callers(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    """IAM User Guide, "Global condition keys": aws:ResourceAccount; unknown to moto."""
    other = new_account()
    foreign = aws.client("s3", other)
    foreign.create_bucket(Bucket=f"foreign-{other}")
    text = document(allow("s3:*", f"arn:aws:s3:::foreign-{other}", Principal={"AWS": account}))
    foreign.put_bucket_policy(Bucket=f"foreign-{other}", Policy=text)
    own = {"StringEquals": {"aws:ResourceAccount": account}}
    client = role_client(aws, iam, sts, account, "r", document(allow("s3:*", Condition=own)))
    assert refusal(client.list_objects_v2, Bucket=f"foreign-{other}")[0] == "AccessDenied"
    aws.client("s3", account).list_objects_v2(Bucket=f"foreign-{other}")
