"""What others have in account and cluster: how it is planted, and what boto3 and the Kubernetes client say of it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import stand_in
from sandbox.people import NAMESPACE
from sandbox.pods import RUN_SECONDS
from tests.scenarios.world import World

ANNOTATION = "eks.amazonaws.com/role-arn"
FOREIGN_ROLE = "arn:aws:iam::123456789012:role/somebodys"
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
EC2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
CLOUDFORMATION = {"aws:cloudformation:stack-name": "eksctl-epinio-addon-iamserviceaccount-epinio"}

Statement = Mapping[str, Any]


def document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def mark(wiring: str) -> dict[str, str]:
    """The tags of an object that this collection made for that wiring."""
    return {"epinio.aws/managed-by": "epinio.aws", "epinio.aws/wiring": wiring}


def server_rights(world: World, bucket: str = "") -> list[Statement]:
    """What Epinio's server needs in the bucket, and no more, in statements without a Sid."""
    arn = f"arn:aws:s3:::{bucket or world.bucket}"
    condition = {"StringEquals": {"aws:ResourceAccount": world.account}}
    objects = ["s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    return [
        {
            "Effect": "Allow",
            "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
            "Resource": arn,
            "Condition": condition,
        },
        {"Effect": "Allow", "Action": objects, "Resource": f"{arn}/*", "Condition": condition},
    ]


def trust(world: World, account: str = "epinio-server") -> Statement:
    """The statement that lets a service account of the cluster in, without a Sid."""
    host = world.cluster.settings.issuer.removeprefix("https://")
    claims = {f"{host}:aud": "sts.amazonaws.com", f"{host}:sub": f"system:serviceaccount:{NAMESPACE}:{account}"}
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{world.account}:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }


def create_policy(world: World, name: str, *statements: Statement, tags: Mapping[str, str] | None = None) -> str:
    """A policy with these statements; its ARN."""
    answer = world.iam.create_policy(PolicyName=name, PolicyDocument=document(*statements), Tags=pairs(tags or {}))
    return str(answer["Policy"]["Arn"])


def create_role(
    world: World,
    name: str,
    *statements: Statement,
    policies: tuple[str, ...] = (),
    tags: Mapping[str, str] | None = None,
) -> str:
    """A role with these statements in its trust policy and these policies attached; its ARN."""
    answer = world.iam.create_role(
        RoleName=name, AssumeRolePolicyDocument=document(*statements), Tags=pairs(tags or {})
    )
    for arn in policies:
        world.iam.attach_role_policy(RoleName=name, PolicyArn=arn)
    return str(answer["Role"]["Arn"])


def of_stack(world: World, arn: str) -> None:
    """The tags of a CloudFormation stack's role or policy, which only CloudFormation itself sets."""
    world.stand_in.control("reserved-tags", {"account": world.account, "arn": arn, "tags": CLOUDFORMATION})


def create_account(world: World, name: str, maker: str, **metadata: Mapping[str, str]) -> None:
    """A service account with these labels and annotations, made by that program."""
    body = {"metadata": {"name": name, **metadata}}
    world.core.create_namespaced_service_account(NAMESPACE, body, field_manager=maker)


def annotate(world: World, account: str, value: str | None) -> None:
    body = {"metadata": {"annotations": {ANNOTATION: value}}}
    world.core.patch_namespaced_service_account(account, NAMESPACE, body, field_manager="somebody")


def associate(world: World, account: str) -> Callable[[], None]:
    """A Pod Identity association of a service account with somebody's role; how to take it away again."""
    place = {"account": world.account, "region": "us-east-1", "cluster": "epinio", "namespace": NAMESPACE}
    association = {**place, "service_account": account, "role_arn": world.arn("role", "somebodys")}
    world.stand_in.control("pod-identity-associations", association)

    def undo() -> None:
        # The stand-in forgets associations with their cluster only.
        world.stand_in.control(f"clusters/{world.account}/us-east-1/epinio", {}, "DELETE")
        stand_in.register_cluster(world.cluster.folder, world.cluster.settings)

    return undo


def job(name: str, account: str) -> dict[str, Any]:
    """A Job that runs for ten minutes with that service account."""
    pod = {
        "metadata": {"annotations": {RUN_SECONDS: "600"}},
        "spec": {
            "serviceAccountName": account,
            "containers": [{"name": "work", "image": "registry.example.test/worker:1"}],
            "restartPolicy": "Never",
        },
    }
    return {"metadata": {"name": name}, "spec": {"template": pod}}


def role(world: World, name: str) -> dict[str, Any]:
    """All that IAM says about a role."""
    found = world.iam.get_role(RoleName=name)["Role"]
    profiles = world.iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"]
    return {
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        "trust": found["AssumeRolePolicyDocument"],
        "boundary": found.get("PermissionsBoundary"),
        "policies": {
            one["PolicyArn"] for one in world.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        },
        "inline": world.iam.list_role_policies(RoleName=name)["PolicyNames"],
        "profiles": [one["InstanceProfileName"] for one in profiles],
    }


def policy(world: World, arn: str) -> dict[str, Any]:
    """All that IAM says about a policy: `uses` are those who have it attached, `bounds` whose boundary it is."""
    tags = world.iam.list_policy_tags(PolicyArn=arn)["Tags"]
    versions = world.iam.list_policy_versions(PolicyArn=arn)["Versions"]
    return {
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
        "versions": {
            one["VersionId"]: world.iam.get_policy_version(PolicyArn=arn, VersionId=one["VersionId"])["PolicyVersion"][
                "Document"
            ]
            for one in versions
        },
        "uses": _entities(world, arn, "PermissionsPolicy"),
        "bounds": _entities(world, arn, "PermissionsBoundary"),
    }


def _entities(world: World, arn: str, usage: str) -> set[str]:
    found = world.iam.list_entities_for_policy(PolicyArn=arn, PolicyUsageFilter=usage)
    names = {"PolicyRoles": "RoleName", "PolicyUsers": "UserName", "PolicyGroups": "GroupName"}
    return {one[name] for kind, name in names.items() for one in found[kind]}
