"""What the stand-in's tests make in IAM: policies, roles, callers with few rights."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn
from tests.sandbox.aws.fixtures import allow, document, irsa_trust, keys_of, trust

POLICY = document(allow("s3:GetObject", "arn:aws:s3:::sources/*"))


def create_policy(iam: Any, name: str = "sources", text: str = POLICY) -> str:
    """The ARN of a new managed policy."""
    arn: str = iam.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"]
    return arn


def create_role(iam: Any, account: str, name: str = "server", **elements: Any) -> str:
    """The ARN of a new role that trusts Epinio's server."""
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=irsa_trust(account), **elements)["Role"]["Arn"]
    return arn


def role_client(aws: StandIn, iam: Any, sts: Any, account: str, name: str, rights: str) -> Any:
    """An S3 client with the session of a new role that has these rights; its policy has the role's name."""
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust({"AWS": account}))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=create_policy(iam, name, rights))
    keys = keys_of(sts.assume_role(RoleArn=role, RoleSessionName="pod"))
    return aws.client("s3", account, credentials=keys)
