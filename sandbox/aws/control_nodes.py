"""The control endpoint's part about nodes: what EKS, EC2 and IAM know of them, and what instances are given.

- `POST nodes`: of one cluster, as if it had always been so. Lists, all optional: `roles` (`name`, `service`; `path`,
  `policies`: names of AWS's own), `instance_profiles` (`name`, `role`; `path`), and `node_groups`, `access_entries`,
  `fargate_profiles`, `instances` as their describing calls show them, incomplete. Roles and profiles that are there
  stay as they are; all else is replaced.
- `DELETE nodes/<account>/<region>/<cluster>/<list>/<name>`: one of the last four
- `GET instances/<account>/<region>/<instance id>`: as DescribeInstances shows it
- `POST instance-credentials`: `account`, `region`, `instance_id`; see `ec2_credentials`
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sandbox.aws import answers, control_bodies, ec2_credentials, ec2_instances, eks_nodes, hosts, moto_internals
from sandbox.aws import moto_profiles as profiles
from sandbox.aws.answers import Answer
from sandbox.aws.control_bodies import Body
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused
from sandbox.aws.world import World

LISTS = ("roles", "instance_profiles", *eks_nodes.KINDS, "instances")


def plant(world: World, body: Body) -> Body:
    """Makes all of it. What AWS could not show is refused before anything is made."""
    control_bodies.taken(body, ("account", "region", "cluster"), LISTS)
    key = control_bodies.cluster(world, body)
    _check(body)
    with world.lock(key.account):
        _plant_roles(world, key, body.get("roles", []), body.get("instance_profiles", []))
    now = world.clock()
    for name, kind in eks_nodes.KINDS.items():
        for given in body.get(name, []):
            world.node_objects.put(key, kind, given, now)
    for given in body.get("instances", []):
        world.instances.put(key, _with_profile(key, given), now)
    return {}


def _check(body: Body) -> None:
    for name, kind in eks_nodes.KINDS.items():
        for given in body.get(name, []):
            eks_nodes.checked(kind, given)
    for given in body.get("instances", []):
        ec2_instances.checked(given)
    for given in body.get("roles", []):
        control_bodies.taken(given, ("name", "service"), ("path", "policies"))
    for given in body.get("instance_profiles", []):
        control_bodies.taken(given, ("name", "role"), ("path",))


def _plant_roles(world: World, key: ClusterKey, roles: list[Body], instance_profiles: list[Body]) -> None:
    partition = hosts.partition(key.region)
    backend = moto_internals.iam(key.account, partition)
    for each in roles:
        try:
            profiles.plant_role(
                backend, each["name"], each.get("path", "/"), _trust(each["service"]), each.get("policies", [])
            )
        except KeyError as unknown:
            raise Refused("BadControl", f"AWS has no policy {unknown}") from None
        world.record_entity(key.account, partition, "role", each["name"], at_once=True)
    for each in instance_profiles:
        if moto_internals.role(backend, each["role"]) is None:
            raise Refused("BadControl", f"No such role: {each['role']}")
        profiles.plant_instance_profile(backend, each["name"], each.get("path", "/"), each["role"])


def _trust(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _with_profile(key: ClusterKey, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The instance with the identifier of its profile, which exists when an instance is made."""
    arn: str = given.get("IamInstanceProfile", {}).get("Arn", "")
    if not arn:
        return given
    backend = moto_internals.iam(key.account, hosts.partition(key.region))
    found = profiles.instance_profile(backend, arn.rsplit("/", 1)[-1])
    if found is None or found.arn != arn:
        raise Refused("BadControl", f"No such instance profile: {arn}")
    return {**given, "IamInstanceProfile": {"Arn": arn, "Id": found.id}}


def delete(world: World, rest: str) -> Answer:
    """Removes a node group, an access entry, a Fargate profile or an instance."""
    account, region, cluster, kind, name = control_bodies.place(rest, ("account", "region", "cluster", "list", "name"))
    if kind == "instances":
        found = world.instances.delete(account, region, name)
    else:
        known = eks_nodes.KINDS.get(kind)
        found = known is not None and world.node_objects.delete(ClusterKey(account, region, cluster), known, name)
    if not found:
        raise Refused("UnknownControl", f"Nothing to delete: {rest}", 404)
    return answers.as_json({})


def instance(world: World, rest: str) -> Answer:
    """An instance as DescribeInstances shows it; 404 if there is none."""
    account, region, instance_id = control_bodies.place(rest, ("account", "region", "instance id"))
    return answers.as_json(ec2_credentials.instance(world, account, region, instance_id))


def credentials(world: World, body: Body) -> Body:
    """Credentials of an instance's role."""
    control_bodies.taken(body, ("account", "region", "instance_id"))
    return ec2_credentials.handed_out(world, body["account"], body["region"], body["instance_id"])
