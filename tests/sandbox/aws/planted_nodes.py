"""Nodes that the stand-in's tests plant: a cluster, roles, instance profiles, instances."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import StandIn

REGION = "us-east-1"
INSTANCE = "i-0a1b2c3d4e5f60718"
ROLE = {"name": "nodes", "service": "ec2.amazonaws.com", "path": "/team/", "policies": ["AmazonEKSWorkerNodePolicy"]}
PROFILE = {"name": "eks-0001", "role": "nodes"}


def cluster(aws: StandIn, account: str, **settings: Any) -> None:
    """The cluster `epinio`, made or changed."""
    aws.control("clusters", {"account": account, "region": REGION, "name": "epinio", **settings})


def nodes(aws: StandIn, account: str, **lists: Any) -> None:
    """What is known of the cluster's nodes."""
    aws.control("nodes", {"account": account, "region": REGION, "cluster": "epinio", **lists})


def remove(aws: StandIn, account: str, kind: str, name: str) -> None:
    """One of them is gone."""
    aws.control(f"nodes/{account}/{REGION}/epinio/{kind}/{name}", {}, "DELETE")


def profile_arn(account: str, name: str = PROFILE["name"]) -> str:
    """Of an instance profile without path."""
    return f"arn:aws:iam::{account}:instance-profile/{name}"


def instance(account: str, instance_id: str = INSTANCE, **members: Any) -> dict[str, Any]:
    """An instance with the profile."""
    return {"InstanceId": instance_id, "IamInstanceProfile": {"Arn": profile_arn(account)}, **members}
