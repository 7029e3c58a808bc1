"""IAM's names, paths and accounts, and how it names what is not there."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import irsa_trust, new_account, refusal, trust
from tests.sandbox.aws.iam_objects import POLICY, create_policy, create_role


@pytest.mark.parametrize("name", ["Server", "SERVER"])
def test_names_are_unique_whatever_case_and_path(iam: Any, account: str, name: str) -> None:
    """botocore's IAM model: "not distinguished by case", unique within the account."""
    create_role(iam, account)
    create = {"RoleName": name, "Path": "/x/", "AssumeRolePolicyDocument": irsa_trust(account)}
    assert refusal(iam.create_role, **create)[:2] == ("EntityAlreadyExists", 409)
    create_policy(iam, "server")
    again = {"PolicyName": name, "Path": "/x/", "PolicyDocument": POLICY}
    assert refusal(iam.create_policy, **again)[:2] == ("EntityAlreadyExists", 409)


@pytest.mark.parametrize(("name", "path"), [("a b", "/"), ("x" * 129, "/"), ("x", "no-slashes"), ("x*", "/")])
def test_names_and_paths_are_held_against_the_model(iam: Any, name: str, path: str) -> None:
    """botocore's IAM model: policyNameType, policyPathType."""
    create = {"PolicyName": name, "Path": path, "PolicyDocument": POLICY}
    assert refusal(iam.create_policy, **create)[:2] == ("ValidationError", 400)


def test_what_is_missing_is_named_as_iam_names_it(iam: Any) -> None:
    """NoSuchEntity texts as in public issues; moto speaks of the policy when the role is missing."""
    arn = create_policy(iam)
    expected = ("NoSuchEntity", 404, "The role with name none cannot be found.")
    assert refusal(iam.get_role, RoleName="none") == expected
    assert refusal(iam.attach_role_policy, RoleName="none", PolicyArn=arn) == expected
    assert refusal(iam.list_instance_profiles_for_role, RoleName="none") == expected
    assert refusal(iam.update_assume_role_policy, RoleName="none", PolicyDocument="{}") == expected


def test_what_is_not_there_is_not_a_404(iam: Any) -> None:
    arguments = {"PolicySourceArn": "arn:aws:iam::111122223333:role/x", "ActionNames": ["s3:GetObject"]}
    assert refusal(iam.simulate_principal_policy, **arguments)[:2] == ("StandInNotImplemented", 501)


def test_accounts_and_partitions_are_separate(aws: StandIn, iam: Any, account: str) -> None:
    create_role(iam, account)
    other = aws.client("iam", new_account())
    assert other.list_roles()["Roles"] == []
    china = new_account()
    chinese = aws.client("iam", china, region="cn-north-1", partition="aws-cn")
    arn = chinese.create_role(
        RoleName="server", AssumeRolePolicyDocument=trust({"AWS": f"arn:aws-cn:iam::{china}:root"})
    )["Role"]["Arn"]
    assert arn == f"arn:aws-cn:iam::{china}:role/server"
    # The keys of one partition are unknown in another.
    wrong = aws.client("iam", china, credentials=aws.credentials(china, "aws-cn"))
    assert refusal(wrong.list_roles)[0] == "InvalidClientTokenId"
