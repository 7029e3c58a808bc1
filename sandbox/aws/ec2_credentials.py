"""What EC2 gives an instance's metadata service: credentials of the role in its profile.

Sources: EC2 User Guide, "Retrieve security credentials from instance metadata" (six hours in its examples; the session
is named after the instance) and, for the codes of what fails, IAM User Guide, "Troubleshoot IAM and Amazon EC2".
Not here: that an instance keeps the credentials that it has when its profile changes.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from typing import Any

from sandbox.aws import hosts, moto_internals, moto_profiles, sts
from sandbox.aws.errors import Refused
from sandbox.aws.policies.evaluation import Request
from sandbox.aws.policies.principals import Principal
from sandbox.aws.sessions import Role
from sandbox.aws.world import World

SECONDS = 6 * 3600
SERVICE = Principal("", "ec2.amazonaws.com", kind="Service")
RUNNING = ("pending", "running", "shutting-down", "stopping")


def instance(world: World, account: str, region: str, instance_id: str) -> dict[str, Any]:
    """The instance as DescribeInstances shows it. `Refused` if there is none."""
    found = world.instances.find(account, region, instance_id)
    if found is None:
        raise Refused("NoSuchInstance", f"No instance {instance_id} in {region} of {account}", 404)
    return found


def handed_out(world: World, account: str, region: str, instance_id: str) -> dict[str, str]:
    """A new session of the instance's role, evaluated with its policies like any other; times as in ISO 8601.

    - `role_name`, `access_key_id`, `secret_access_key`, `session_token`, `expiration`, `last_updated`

    `Refused`: `NoSuchInstance`, `NoInstanceProfile` (its metadata service has no `iam/` then),
    `InstanceProfileNotFound` (the profile is gone, or has no role), `AssumeRoleUnauthorizedAccess` (the role is gone or
    does not trust EC2).
    """
    shown = instance(world, account, region, instance_id)
    if shown["State"]["Name"] not in RUNNING:
        raise Refused("NoSuchInstance", f"{instance_id} does not run: {shown['State']['Name']}", 404)
    arn = shown.get("IamInstanceProfile", {}).get("Arn")
    if arn is None:
        raise Refused("NoInstanceProfile", f"{instance_id} has no instance profile", 404)
    partition = hosts.partition(region)
    profile = moto_profiles.instance_profile(moto_internals.iam(account, partition), arn.rsplit("/", 1)[-1])
    if profile is None or profile.role is None:
        raise Refused("InstanceProfileNotFound", f"{arn} is gone, or has no role", 404)
    entity = world.entity_in_effect(account, partition, "role", profile.role)
    if entity is None or not sts.trusts(entity, Request("sts:AssumeRole", entity.arn), SERVICE):
        raise Refused("AssumeRoleUnauthorizedAccess", f"EC2 cannot assume the role {profile.role} of {arn}", 403)
    role = Role(account, partition, entity.name, entity.id, entity.arn)
    session = world.sessions.start(role, instance_id, SECONDS, ())
    return {
        "role_name": entity.name,
        "access_key_id": session.access_key_id,
        "secret_access_key": session.secret,
        "session_token": session.token,
        "expiration": _time(session.expires),
        "last_updated": _time(session.issued),
    }


def _time(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
