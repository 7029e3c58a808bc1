"""STS: AssumeRole, and what its sessions may do."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import allow, deny, document, keys_of, new_account, refusal, trust


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
