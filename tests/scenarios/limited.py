"""Somebody with few rights, in the account, in the cluster or in the bucket."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client

from tests.scenarios.world import World

NAME = "limited"
_API = "rbac.authorization.k8s.io"


def kubeconfig_of(world: World, folder: Path, name: str, rules: Mapping[str, list[dict[str, Any]]]) -> Path:
    """The kubeconfig of a new service account with rights by namespace; under "" those of the whole cluster."""
    authorization = client.RbacAuthorizationV1Api(world.people.api)
    world.core.create_namespaced_service_account("default", {"metadata": {"name": name}})
    for namespace, granted in rules.items():
        kind = "Role" if namespace else "ClusterRole"
        role = {"metadata": {"name": name}, "rules": granted}
        binding = {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": _API, "kind": kind, "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": "default"}],
        }
        if namespace:
            authorization.create_namespaced_role(namespace, role)
            authorization.create_namespaced_role_binding(namespace, binding)
        else:
            authorization.create_cluster_role(role)
            authorization.create_cluster_role_binding(binding)
    token = world.core.create_namespaced_service_account_token(name, "default", {"spec": {"audiences": None}})
    content = json.loads(world.cluster.kubeconfig.read_text(encoding="utf-8"))
    content["users"][0]["user"] = {"token": token.status.token}
    path = folder / name
    path.touch(mode=0o600)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def withdraw(world: World, name: str, namespace: str) -> None:
    """Take the rights in one namespace from that service account."""
    authorization = client.RbacAuthorizationV1Api(world.people.api)
    authorization.delete_namespaced_role_binding(name, namespace)
    authorization.delete_namespaced_role(name, namespace)


def user(world: World, actions: Iterable[str]) -> str:
    """The ARN of a new IAM user who may do this to everything, and who runs the playbooks from now on."""
    statement = {"Effect": "Allow", "Action": sorted(actions), "Resource": "*"}
    made = world.iam.create_policy(PolicyName=NAME, PolicyDocument=policy(statement))["Policy"]["Arn"]
    arn: str = world.iam.create_user(UserName=NAME)["User"]["Arn"]
    world.iam.attach_user_policy(UserName=NAME, PolicyArn=made)
    key = world.iam.create_access_key(UserName=NAME)["AccessKey"]
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    world.environment = {**world.environment, **keys}
    return arn


@contextmanager
def denied(world: World, condition: Mapping[str, Any]) -> Iterator[None]:
    """A bucket policy that denies uploads to everybody in the account, as far as the condition holds."""
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": f"arn:aws:iam::{world.account}:root"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{world.bucket}/*",
        **({"Condition": condition} if condition else {}),
    }
    world.s3.put_bucket_policy(Bucket=world.bucket, Policy=policy(deny))
    try:
        yield
    finally:
        world.s3.delete_bucket_policy(Bucket=world.bucket)


def policy(statement: Mapping[str, Any]) -> str:
    """A policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
