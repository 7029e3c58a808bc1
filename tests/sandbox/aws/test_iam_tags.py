"""Tags of IAM as AWS checks and merges them and moto does not.

IAM User Guide, "Tags for AWS Identity and Access Management resources".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import irsa_trust, refusal
from tests.sandbox.aws.iam_objects import POLICY, create_policy, create_role


def _tags(**pairs: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def test_keys_of_a_role_are_one_whatever_case(iam: Any, account: str) -> None:
    create_role(iam, account, Tags=_tags(Department="finance", team="a"))
    iam.tag_role(RoleName="server", Tags=_tags(department="hr"))
    found = {tag["Key"].lower(): tag["Value"] for tag in iam.get_role(RoleName="server")["Role"]["Tags"]}
    assert found == {"department": "hr", "team": "a"}
    assert len(iam.list_role_tags(RoleName="server")["Tags"]) == 2
    assert refusal(iam.tag_role, RoleName="server", Tags=_tags(x="1", X="2"))[0] == "InvalidInput"
    iam.untag_role(RoleName="server", TagKeys=["DEPARTMENT"])
    assert iam.get_role(RoleName="server")["Role"]["Tags"] == _tags(team="a")


def test_keys_of_a_policy_differ_by_case(iam: Any) -> None:
    arn = create_policy(iam)
    iam.tag_policy(PolicyArn=arn, Tags=_tags(Costcenter="1234"))
    iam.tag_policy(PolicyArn=arn, Tags=_tags(costcenter="5678"))
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == _tags(Costcenter="1234", costcenter="5678")
    assert iam.list_policy_tags(PolicyArn=arn)["Tags"] == _tags(Costcenter="1234", costcenter="5678")
    iam.untag_policy(PolicyArn=arn, TagKeys=["costcenter"])
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Tags"] == _tags(Costcenter="1234")


def test_there_are_fifty_tags_at_most(iam: Any, account: str) -> None:
    arn = create_policy(iam)
    create_role(iam, account)
    many = _tags(**{f"key{number}": "x" for number in range(50)})
    for call, named in ((iam.tag_role, {"RoleName": "server"}), (iam.tag_policy, {"PolicyArn": arn})):
        call(**named, Tags=many)
        call(**named, Tags=many[:1])
        assert refusal(call, **named, Tags=_tags(more="x"))[:2] == ("LimitExceeded", 409)


def test_keys_of_awss_own_are_refused(iam: Any, account: str) -> None:
    arn = create_policy(iam)
    create_role(iam, account)
    own = [{"Key": "AWS:cloudformation:stack-name", "Value": "s"}]
    assert refusal(iam.tag_role, RoleName="server", Tags=own)[:2] == ("InvalidInput", 400)
    assert refusal(iam.untag_policy, PolicyArn=arn, TagKeys=["aws:x"])[0] == "InvalidInput"
    assert refusal(iam.create_policy, PolicyName="p", PolicyDocument=POLICY, Tags=own)[0] == "InvalidInput"
    create = {"RoleName": "r", "AssumeRolePolicyDocument": irsa_trust(account)}
    assert refusal(iam.create_role, **create, Tags=own)[0] == "InvalidInput"


def test_awss_own_are_planted_by_control(aws: StandIn, iam: Any, account: str) -> None:
    policy = create_policy(iam)
    role = create_role(iam, account)
    own = {"aws:cloudformation:stack-name": "s"}
    for arn in (policy, role):
        aws.control("reserved-tags", {"account": account, "arn": arn, "tags": own})
    assert iam.get_role(RoleName="server")["Role"]["Tags"] == _tags(**own)
    assert iam.get_policy(PolicyArn=policy)["Policy"]["Tags"] == _tags(**own)
