"""What is left of a wiring, read with boto3, the Kubernetes client and helm."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox import release
from sandbox.people import NAMESPACE
from tests.scenarios.world import (
    SERVER_POLICY,
    SERVER_ROLE,
    STAGING_ACCOUNT,
    STAGING_POLICY,
    STAGING_ROLE,
    World,
    environment_of,
)

MARK, ROLE = "epinio.aws/managed-by", "eks.amazonaws.com/role-arn"
CREDENTIALS = ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


def left(world: World) -> list[str]:
    """What of ours is left anywhere but in the provider and the bucket, which stay."""
    return [*in_aws(world), *in_kubernetes(world)]


def in_aws(world: World, suffix: str = "") -> Iterator[str]:
    """The roles and policies of the account with our names or our mark."""
    names = {f"{name}{suffix}" for name in (SERVER_ROLE, STAGING_ROLE, SERVER_POLICY, STAGING_POLICY)}
    for role in world.iam.get_paginator("list_roles").paginate().search("Roles"):
        tags = world.iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
        if role["RoleName"] in names or marked(tags):
            yield f"role {role['RoleName']}"
    for policy in world.iam.get_paginator("list_policies").paginate(Scope="Local").search("Policies"):
        if policy["PolicyName"] in names or marked(world.iam.list_policy_tags(PolicyArn=policy["Arn"])["Tags"]):
            yield f"policy {policy['PolicyName']}"


def in_kubernetes(world: World) -> Iterator[str]:
    """Marked objects of the release's namespace, roles on its accounts, and pods with credentials of a role."""
    for account in world.core.list_namespaced_service_account(NAMESPACE).items:
        if MARK in (account.metadata.labels or {}):
            yield f"service account {account.metadata.name}"
    yield from (f"annotation of service account {name}" for name in roles_of_accounts(world))
    for secret in world.core.list_namespaced_secret(NAMESPACE, label_selector=MARK).items:
        yield f"Secret {secret.metadata.name}"
    for pod in world.server_pods():
        yield from (f"{name} of pod {pod.metadata.name}" for name in environment_of(pod) if name in CREDENTIALS)


def roles_of_accounts(world: World) -> dict[str, str]:
    """The service accounts of the release's namespace that have roles, with these."""
    accounts = world.core.list_namespaced_service_account(NAMESPACE).items
    marks = {one.metadata.name: one.metadata.annotations or {} for one in accounts}
    return {name: found[ROLE] for name, found in marks.items() if ROLE in found}


def in_release(world: World) -> list[str]:
    """What Epinio still has of a wiring whose roles, and whose account for staging jobs, stay."""
    return [one for one in in_kubernetes(world) if not one.endswith(f"service account {STAGING_ACCOUNT}")]


def forget_what_stays(world: World) -> None:
    """Provider and bucket gone, so that the next run makes them."""
    for provider in world.iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
        world.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
    world.s3.delete_bucket(Bucket=world.bucket)


def marked(tags: list[dict[str, str]]) -> bool:
    return any(tag["Key"] == MARK for tag in tags)


def state(world: World) -> dict[str, Any]:
    """What has to be as before: the release's values and chart, users and dex, and the store in the cluster."""
    # Not `helm list`: Helm 4 has no `--all`, without which Helm 3 leaves out what failed.
    found = world.helm("get", "metadata", release.NAME, "--output", "json")
    return {
        "values": world.values(),
        "chart": f"{found['chart']}-{found['version']}",
        "status": found["status"],
        "people": world.people.state(),
        "stores": [one.metadata.name for one in world.apps.list_namespaced_stateful_set(NAMESPACE).items],
    }
