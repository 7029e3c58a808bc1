"""Trust policies of IAM as AWS reads and returns them and moto does not."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.aws.fixtures import document, irsa_trust, refusal, trust
from tests.sandbox.aws.iam_objects import create_role


@pytest.mark.parametrize("text", ["{", "{}", trust({"AWS": "arn:aws:iam::100000000000:role/none"})])
def test_the_trust_policy_is_read_when_a_role_is_made_and_when_it_changes(iam: Any, account: str, text: str) -> None:
    """terraform-provider-aws#8905: Invalid principal in policy."""
    create = {"RoleName": "new", "AssumeRolePolicyDocument": text}
    assert refusal(iam.create_role, **create)[:2] == ("MalformedPolicyDocument", 400)
    assert refusal(iam.get_role, RoleName="new")[0] == "NoSuchEntity"
    create_role(iam, account)
    update = {"RoleName": "server", "PolicyDocument": text}
    assert refusal(iam.update_assume_role_policy, **update)[0] == "MalformedPolicyDocument"


def test_a_role_of_the_account_is_a_principal_by_its_exact_arn(iam: Any, account: str) -> None:
    arn = create_role(iam, account, Path="/team/")
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust({"AWS": arn}))
    wrong = {"RoleName": "third", "AssumeRolePolicyDocument": trust({"AWS": arn.replace("/team", "")})}
    assert "Invalid principal" in refusal(iam.create_role, **wrong)[2]


def test_a_trust_policy_comes_back_in_another_spelling(iam: Any, account: str) -> None:
    """aws-controllers-k8s/community#2142 and #2875."""
    sent = json.loads(irsa_trust(account))
    created = iam.create_role(RoleName="server", AssumeRolePolicyDocument=json.dumps(sent))["Role"]
    condition = list(created["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["StringEquals"])
    assert [key.rsplit(":", 1)[1] for key in condition] == ["sub", "aud"]
    assert created["AssumeRolePolicyDocument"]["Statement"] == sent["Statement"]
    assert iam.get_role(RoleName="server")["Role"]["AssumeRolePolicyDocument"] == created["AssumeRolePolicyDocument"]


def test_a_trust_policy_of_2008_may_be_updated(iam: Any, account: str) -> None:
    """moto wants Version 2012-10-17 there; IAM takes both versions in any policy."""
    create_role(iam, account)
    old = document({"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}, version="2008-10-17")
    iam.update_assume_role_policy(RoleName="server", PolicyDocument=old)
    found = iam.get_role(RoleName="server")["Role"]["AssumeRolePolicyDocument"]
    assert found["Version"] == "2008-10-17"
    assert found["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}
