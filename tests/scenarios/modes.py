"""The ways of wiring: all that a scenario about each of them has to tell apart."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import release
from sandbox.node_pools import NODES
from sandbox.people import NAMESPACE
from tests.scenarios.epinio_states import kept_secrets, upgrade, wired_values
from tests.scenarios.world import (
    SERVER_POLICY,
    SERVER_ROLE,
    STAGING_ACCOUNT,
    STAGING_POLICY,
    STAGING_ROLE,
    World,
)

Drift = Callable[[World], Any]


@dataclass(frozen=True)
class Mode:
    """A way of wiring.

    - `name`: its playbook's; `teardown_<name>` takes it back
    - `server_role`: name of the role that is given to the server's pods, empty if they have their node's
    - `users`: names of the roles that have the server's policy
    - `accounts`: names of the roles that it gives to service accounts, by account
    - `things`: how many things of ours `leftovers.left` finds once it is wired
    - `stays`: kinds of what the teardown leaves
    - `asked`: what a run that changes nothing asks AWS, without the calls of the proof
    - `probes`: names of the proof's Jobs, without what makes them unique
    - `drifts`: what somebody changes about a wiring
    - `repairs`: the operations of the run that follows, by task, but for those of the release
    """

    name: str
    server_role: str
    users: frozenset[str]
    accounts: Mapping[str, str]
    things: int
    stays: tuple[str, ...]
    asked: Counter[str]
    probes: frozenset[str]
    drifts: tuple[Drift, ...]
    repairs: Mapping[str, list[str]]

    def wired_values(self, world: World, values: Mapping[str, Any]) -> dict[str, Any]:
        """What becomes of the values of a release."""
        ours = wired_values(world, "minio")
        wired = {**values, **{key: ours[key] for key in ("s3", "minio", "s3gw")}}
        if not self.accounts:
            return wired
        server = values.get("server", {})
        staging = {**server.get("stagingWorkloads", {}), "serviceAccountName": ours["staging"]}
        return {
            **wired,
            "server": {**server, "stagingWorkloads": staging},
            "serviceAccount": {"annotations": ours["annotations"]},
        }


def _detach_from(role: str) -> Drift:
    return lambda world: world.iam.detach_role_policy(RoleName=role, PolicyArn=world.arn("policy", SERVER_POLICY))


def _edit_document(policy: str) -> Drift:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return lambda world: world.iam.create_policy_version(
        PolicyArn=world.arn("policy", policy), PolicyDocument=document, SetAsDefault=True
    )


def _edit_trust(world: World) -> None:
    trust = world.iam.get_role(RoleName=STAGING_ROLE)["Role"]["AssumeRolePolicyDocument"]
    text = json.dumps(trust).replace(STAGING_ACCOUNT, "somebody-else")
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=text)


def _untag(world: World) -> None:
    world.iam.untag_policy(PolicyArn=world.arn("policy", SERVER_POLICY), TagKeys=["team"])


def _delete_account(world: World) -> None:
    world.core.delete_namespaced_service_account(STAGING_ACCOUNT, NAMESPACE)


def _lose_note(world: World) -> None:
    """Which roles have the policy is noted no more."""
    secret = world.core.read_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    record = json.loads(base64.b64decode(secret.data["record"]))
    assert list(record["attachments"]) == [world.arn("policy", SERVER_POLICY)]
    body = {"stringData": {"record": json.dumps({**record, "attachments": {}})}}
    world.core.patch_namespaced_secret("epinio-aws-wiring", NAMESPACE, body)


def _drop_value(world: World) -> None:
    """The way back is to what somebody gave a key last, so this drift leaves it as it was before: not there."""
    values = world.values()
    del values["s3"]["bucket"]
    with kept_secrets(world):
        upgrade(world, release.DEFAULT_VERSION, values)


_OF_BUCKET = {"s3:HeadBucket": 1, "s3:GetBucketTagging": 1, "s3:GetPublicAccessBlock": 1, "s3:GetBucketPolicy": 1}
IRSA = Mode(
    name="irsa",
    server_role=SERVER_ROLE,
    users=frozenset({SERVER_ROLE}),
    accounts={"epinio-server": SERVER_ROLE, STAGING_ACCOUNT: STAGING_ROLE},
    # Two roles and their policies; the staging account; two annotations; the record; what is injected into the pod.
    things=10,
    stays=("OIDC provider", "bucket"),
    asked=Counter(
        {
            "eks:DescribeCluster": 1,
            "iam:GetOpenIDConnectProvider": 1,
            **_OF_BUCKET,
            "iam:GetPolicy": 2,
            "iam:GetPolicyVersion": 2,
            "iam:GetRole": 2,
            "iam:ListAttachedRolePolicies": 2,
        }
    ),
    probes=frozenset({"epinio-aws-probe-server", "epinio-aws-probe-staging"}),
    drifts=(
        _detach_from(SERVER_ROLE),
        _edit_document(STAGING_POLICY),
        _edit_trust,
        _untag,
        _delete_account,
        _drop_value,
    ),
    repairs={
        "Policy of the server": ["iam.tag_policy"],
        "Policy of the staging jobs": ["iam.replace_default_version"],
        "Role of the server": ["iam.attach_role_policy"],
        "Role of the staging jobs": ["iam.update_assume_role_policy"],
        "Service account of the staging jobs": ["kubernetes.create_service_account"],
    },
)
INSTANCE_PROFILE = Mode(
    name="instance_profile",
    server_role="",
    users=frozenset({NODES}),
    accounts={},
    # The policy and the record.
    things=2,
    stays=("bucket",),
    asked=Counter(
        {
            "eks:DescribeCluster": 1,
            "eks:ListNodegroups": 1,
            "eks:DescribeNodegroup": 1,
            "eks:ListAccessEntries": 1,
            "eks:DescribeAccessEntry": 1,
            "ec2:DescribeInstances": 1,
            "iam:GetInstanceProfile": 1,
            **_OF_BUCKET,
            "iam:GetPolicy": 1,
            "iam:GetPolicyVersion": 1,
            "iam:ListEntitiesForPolicy": 1,
        }
    ),
    probes=frozenset({"epinio-aws-probe-node"}),
    drifts=(_detach_from(NODES), _edit_document(SERVER_POLICY), _untag, _lose_note, _drop_value),
    repairs={
        "Note of the attachments": ["record.note_attachments"],
        "Policy of the nodes": ["iam.tag_policy", "iam.replace_default_version", "iam.attach_role_policy"],
    },
)
MODES: Mapping[str, Mode] = {mode.name: mode for mode in (IRSA, INSTANCE_PROFILE)}
