"""STS: service accounts that become roles, whom roles trust, how long a session lasts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import (
    AUDIENCE,
    ISSUER,
    Clock,
    document,
    irsa_trust,
    key_set,
    keys_of,
    new_account,
    refusal,
    token,
    trust,
)

SERVER = "system:serviceaccount:epinio:epinio-server"


def _cluster(aws: StandIn, account: str) -> None:
    aws.control(
        "clusters", {"account": account, "region": "us-east-1", "name": "c", "issuer": ISSUER, "jwks": key_set()}
    )


@pytest.fixture
def role(aws: StandIn, iam: Any, account: str) -> str:
    """A role for Epinio's server, with cluster and provider."""
    _cluster(aws, account)
    iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])
    arn: str = iam.create_role(RoleName="server", AssumeRolePolicyDocument=irsa_trust(account))["Role"]["Arn"]
    return arn


def _assume(sts: Any, role: str, text: str, **arguments: Any) -> tuple[str, int, str]:
    return refusal(
        sts.assume_role_with_web_identity, RoleArn=role, RoleSessionName="pod", WebIdentityToken=text, **arguments
    )


def test_a_service_account_becomes_its_role(aws: StandIn, sts: Any, role: str, account: str, clock: Clock) -> None:
    """botocore's STS model: what the answer holds."""
    answer = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="pod", WebIdentityToken=token(expires=clock() + 600)
    )
    assert answer["SubjectFromWebIdentityToken"] == SERVER
    assert answer["Audience"] == AUDIENCE
    assert answer["Provider"].endswith(ISSUER.removeprefix("https://"))
    assert answer["Credentials"]["Expiration"].timestamp() == clock() + 3600
    identity = aws.client("sts", account, credentials=keys_of(answer)).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/server/pod"
    assert identity["UserId"] == answer["AssumedRoleUser"]["AssumedRoleId"]
    assert identity["UserId"].startswith("AROA")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ({"subject": "system:serviceaccount:epinio:default"}, "AccessDenied", "Not authorized to perform sts:Assume"),
        ({"subject": "system:serviceaccount:other:epinio-server"}, "AccessDenied", "Not authorized to perform"),
        ({"aud": "somebody-else"}, "InvalidIdentityToken", "Incorrect token audience"),
        ({"iss": "https://oidc.example.com/id/2"}, "InvalidIdentityToken", "No OpenIDConnect provider found in your"),
        ({"key": "stranger"}, "InvalidIdentityToken", "signature"),
        ({"expires": -1}, "ExpiredTokenException", "Token expired: current date/time"),
    ],
)
def test_tokens_that_do_not_become_the_role(
    sts: Any, role: str, clock: Clock, arguments: dict[str, Any], code: str, text: str
) -> None:
    """Codes: botocore's STS model. Texts: terraform-aws-eks#1704 (audience), awslabs/aws-orbit-workbench#771."""
    lifetime = arguments.pop("expires", 600)
    found = _assume(sts, role, token(expires=clock() + lifetime, **arguments))
    assert found[0] == code
    assert text in found[2]
    assert found[1] == (403 if code == "AccessDenied" else 400)


def test_a_token_that_comes_late_has_expired(aws: StandIn, sts: Any, role: str, clock: Clock) -> None:
    aws.control("late-tokens", {"seconds": 600})
    late = _assume(sts, role, token(expires=clock() + 600))
    aws.control("late-tokens", {"seconds": 0})
    assert late[0] == "ExpiredTokenException"


def test_no_provider_a_missing_role_and_another_account(aws: StandIn, sts: Any, role: str, clock: Clock) -> None:
    """The provider must be in the role's account; a role that is not there is not told from one that does not trust."""
    text = token(expires=clock() + 600)
    assert _assume(sts, f"{role}-none", text)[:2] == ("AccessDenied", 403)
    elsewhere = new_account()
    aws.client("iam", elsewhere).create_role(RoleName="server", AssumeRolePolicyDocument=irsa_trust(elsewhere))
    found = _assume(sts, f"arn:aws:iam::{elsewhere}:role/server", text)
    assert found[0] == "InvalidIdentityToken"
    assert found[2] == f"No OpenIDConnect provider found in your account for {ISSUER}"


def test_an_issuer_without_keys(sts: Any, iam: Any, account: str, clock: Clock) -> None:
    """awslabs/aws-sdk-rust#827."""
    issuer = "https://oidc.example.com/id/3"
    iam.create_open_id_connect_provider(Url=issuer, ClientIDList=[AUDIENCE])
    text = token(expires=clock() + 600, iss=issuer)
    assert "Couldn't retrieve verification key" in _assume(sts, f"arn:aws:iam::{account}:role/none", text)[2]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringLike": {"sub": "system:serviceaccount:epinio:*"}}, True),
        ({"StringLike": {"sub": "system:serviceaccount:other:*"}}, False),
        ({"StringEquals": {"sub": [SERVER, "another"]}}, True),
        ({"StringEquals": {"sub": "system:serviceaccount:epinio:*"}}, False),
        ({"StringNotEquals": {"sub": SERVER}}, False),
        ({"StringEquals": {"aud": "another"}}, False),
        ({}, True),
    ],
)
def test_conditions_of_trust(
    sts: Any, iam: Any, role: str, clock: Clock, condition: dict[str, Any], expected: bool
) -> None:
    name = ISSUER.removeprefix("https://")
    full = {word: {f"{name}:{key}": value for key, value in keys.items()} for word, keys in condition.items()}
    provider = f"arn:aws:iam::{role.split(':')[4]}:oidc-provider/{name}"
    text = trust({"Federated": provider}, "sts:AssumeRoleWithWebIdentity", Condition=full)
    iam.update_assume_role_policy(RoleName="server", PolicyDocument=text)
    arguments = {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": token(expires=clock() + 600)}
    if expected:
        sts.assume_role_with_web_identity(**arguments)
    else:
        assert refusal(sts.assume_role_with_web_identity, **arguments)[0] == "AccessDenied"


def test_a_deny_in_the_trust_policy_wins(sts: Any, iam: Any, role: str, clock: Clock) -> None:
    statements = json.loads(irsa_trust(role.split(":")[4]))["Statement"]
    denied = statements[0] | {"Effect": "Deny", "Condition": {}}
    iam.update_assume_role_policy(RoleName="server", PolicyDocument=document(*statements, denied))
    assert _assume(sts, role, token(expires=clock() + 600))[0] == "AccessDenied"


def test_how_long_a_session_may_last(sts: Any, iam: Any, role: str, clock: Clock) -> None:
    text = token(expires=clock() + 600)
    long = {"DurationSeconds": 7200}
    code, status, message = _assume(sts, role, text, **long)
    assert (code, status) == ("ValidationError", 400)
    assert message == "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    iam.update_role(RoleName="server", Description="", MaxSessionDuration=7200)
    sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="pod", WebIdentityToken=text, **long)


def test_trust_takes_effect_later(aws: StandIn, sts: Any, iam: Any, account: str, clock: Clock) -> None:
    """Everything at once: first the provider is unknown, then the role trusts, then no longer."""
    _cluster(aws, account)
    aws.control("delays", {"visible_after": 2, "effective_after": 3})
    iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])
    role = iam.create_role(RoleName="server", AssumeRolePolicyDocument=irsa_trust(account))["Role"]["Arn"]
    text = token(expires=clock() + 600)
    assert _assume(sts, role, text)[0] == "InvalidIdentityToken"
    clock.advance(3)
    arguments = {"RoleArn": role, "RoleSessionName": "pod", "WebIdentityToken": text}
    sts.assume_role_with_web_identity(**arguments)
    other = irsa_trust(account, "system:serviceaccount:epinio:other")
    iam.update_assume_role_policy(RoleName="server", PolicyDocument=other)
    read = iam.get_role(RoleName="server")["Role"]["AssumeRolePolicyDocument"]
    assert "other" in json.dumps(read)
    clock.advance(2.9)
    sts.assume_role_with_web_identity(**arguments)
    clock.advance(0.1)
    assert refusal(sts.assume_role_with_web_identity, **arguments)[0] == "AccessDenied"


def test_expired_sessions(aws: StandIn, sts: Any, role: str, account: str, clock: Clock) -> None:
    """S3 says 400 ExpiredToken, IAM and STS say 403; the session's own clock decides, not the token's."""
    answer = sts.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="pod", WebIdentityToken=token(expires=clock() + 600), DurationSeconds=900
    )
    keys = keys_of(answer)
    clock.advance(899)
    aws.client("sts", account, credentials=keys).get_caller_identity()
    clock.advance(1)
    assert refusal(aws.client("sts", account, credentials=keys).get_caller_identity)[:2] == ("ExpiredToken", 403)
    assert refusal(aws.client("s3", account, credentials=keys).list_buckets) == (
        "ExpiredToken",
        400,
        "The provided token has expired.",
    )
    describe = aws.client("eks", account, credentials=keys).describe_cluster
    assert refusal(describe, name="c")[:2] == ("ExpiredTokenException", 403)
