"""STS: who calls, and whom roles trust."""

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
    allow,
    deny,
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


def test_an_administrator_is_a_user(sts: Any, account: str) -> None:
    identity = sts.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == (account, f"arn:aws:iam::{account}:user/operator")


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


def test_assume_role_by_name_by_account_and_across_accounts(aws: StandIn, iam: Any, account: str) -> None:
    """IAM User Guide, "Policy evaluation logic"; AWS gives no reason in this message."""
    iam.create_user(UserName="plain")
    plain = aws.client("sts", account, credentials=keys_of(iam.create_access_key(UserName="plain")))
    user = f"arn:aws:iam::{account}:user/plain"
    named = iam.create_role(RoleName="named", AssumeRolePolicyDocument=trust({"AWS": user}))["Role"]["Arn"]
    by_account = iam.create_role(RoleName="by-account", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    plain.assume_role(RoleArn=named, RoleSessionName="pod")
    arguments = {"RoleArn": by_account, "RoleSessionName": "pod"}
    assert refusal(plain.assume_role, **arguments) == (
        "AccessDenied",
        403,
        f"User: {user} is not authorized to perform: sts:AssumeRole on resource: {by_account}",
    )
    iam.put_user_policy(
        UserName="plain", PolicyName="assume", PolicyDocument=document(allow("sts:AssumeRole", by_account))
    )
    plain.assume_role(**arguments)
    stranger = aws.client("sts", new_account())
    assert refusal(stranger.assume_role, RoleArn=named, RoleSessionName="pod")[0] == "AccessDenied"
    missing = {"RoleArn": f"{named}-none", "RoleSessionName": "pod"}
    assert refusal(plain.assume_role, **missing)[0] == "AccessDenied"


def test_an_external_id_must_be_sent(iam: Any, sts: Any, account: str) -> None:
    """Stock moto lets a call without one pass."""
    condition = {"StringEquals": {"sts:ExternalId": "secret"}}
    text = trust({"AWS": account}, Condition=condition)
    arn = iam.create_role(RoleName="external", AssumeRolePolicyDocument=text)["Role"]["Arn"]
    assert refusal(sts.assume_role, RoleArn=arn, RoleSessionName="pod")[0] == "AccessDenied"
    sts.assume_role(RoleArn=arn, RoleSessionName="pod", ExternalId="secret")


def test_chained_sessions_last_an_hour_at_most(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    """botocore's STS model: role chaining."""
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account}), MaxSessionDuration=7200)[
        "Role"
    ]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(allow("sts:AssumeRole", arn)))
    first = sts.assume_role(RoleArn=arn, RoleSessionName="pod", DurationSeconds=7200)
    chained = aws.client("sts", account, credentials=keys_of(first))
    assert (
        refusal(chained.assume_role, RoleArn=arn, RoleSessionName="next", DurationSeconds=7200)[0] == "ValidationError"
    )
    chained.assume_role(RoleArn=arn, RoleSessionName="next")


def test_a_session_of_a_deleted_role_may_nothing_even_if_it_is_made_again(
    aws: StandIn, iam: Any, sts: Any, account: str
) -> None:
    def make() -> str:
        arn: str = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
        iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(allow("s3:*")))
        return arn

    session = aws.client("s3", account, credentials=keys_of(sts.assume_role(RoleArn=make(), RoleSessionName="pod")))
    session.list_buckets()
    iam.delete_role_policy(RoleName="r", PolicyName="p")
    iam.delete_role(RoleName="r")
    assert refusal(session.list_buckets)[0] == "AccessDenied"
    make()
    assert refusal(session.list_buckets)[0] == "AccessDenied"


def test_session_policies_restrict(aws: StandIn, iam: Any, sts: Any, account: str) -> None:
    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document(allow("*")))
    managed = iam.create_policy(PolicyName="p", PolicyDocument=document(allow("s3:*"), deny("s3:CreateBucket")))
    for restriction in ({"Policy": document(allow("iam:*"))}, {"PolicyArns": [{"arn": managed["Policy"]["Arn"]}]}):
        answer = sts.assume_role(RoleArn=arn, RoleSessionName="pod", **restriction)
        keys = keys_of(answer)
        may_list = "Policy" in restriction
        refused = (
            aws.client("s3", account, credentials=keys).list_buckets
            if may_list
            else aws.client("iam", account, credentials=keys).list_roles
        )
        assert "because no session policy allows" in refusal(refused)[2]
    broken = {"RoleArn": arn, "RoleSessionName": "pod", "Policy": "{}"}
    assert refusal(sts.assume_role, **broken)[0] == "MalformedPolicyDocument"


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
