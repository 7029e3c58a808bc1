"""The table of what others have beside a wiring, and what is said of it when wiring and when tearing down."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.people import NAMESPACE
from tests.scenarios import foreign
from tests.scenarios.foreign import EC2, EVERYTHING, document, pairs
from tests.scenarios.world import SERVER_POLICY, SERVER_ROLE, STAGING_POLICY, STAGING_ROLE, World

QUEUES = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
TEAM = {"team": "apps"}


@dataclass(frozen=True)
class Row:
    """A foreign object: how it comes to be, how it is read, and words of what each direction says of it, if anything.

    It is planted first where a wiring uses it, else beside a wiring that is there.
    """

    plant: Callable[[World], Any]
    read: Callable[[World], Any]
    wired: str = ""
    torn: str = ""
    used: bool = False


def role(name: str, part: str) -> Callable[[World], Any]:
    return lambda world: foreign.role(world, name)[part]


def policy(name: str, part: str) -> Callable[[World], Any]:
    return lambda world: foreign.policy(world, world.arn("policy", name))[part]


def provider(world: World) -> None:
    issuer = world.cluster.settings.issuer
    world.iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["theirs"], Tags=pairs(TEAM))


def read_provider(world: World) -> Any:
    arn = foreign.trust(world)["Principal"]["Federated"]
    found = world.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return found["Tags"], "theirs" in found["ClientIDList"]


def bucket(world: World) -> None:
    world.s3.create_bucket(Bucket=world.bucket)
    world.s3.put_bucket_tagging(Bucket=world.bucket, Tagging={"TagSet": pairs(TEAM)})


def equal_policy(world: World) -> None:
    find, keep = foreign.server_rights(world)
    foreign.create_policy(world, SERVER_POLICY, {"Sid": "Theirs", **find}, keep, tags=TEAM)


def role_of_stack(world: World) -> None:
    policies = (world.arn("policy", SERVER_POLICY),)
    foreign.of_stack(world, foreign.create_role(world, SERVER_ROLE, foreign.trust(world), policies=policies))


def statement(world: World) -> None:
    found = world.iam.get_role(RoleName=STAGING_ROLE)["Role"]["AssumeRolePolicyDocument"]
    ours = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    world.iam.update_assume_role_policy(RoleName=STAGING_ROLE, PolicyDocument=document(*ours, EC2))


def other_statements(world: World) -> Any:
    found = foreign.role(world, STAGING_ROLE)["trust"]["Statement"]
    return [one for one in (found if isinstance(found, list) else [found]) if one.get("Sid") != "EpinioAwsIrsa"]


def theirs_on_ours(world: World) -> None:
    arn = foreign.create_policy(world, "queues", QUEUES)
    world.iam.attach_role_policy(RoleName=STAGING_ROLE, PolicyArn=arn)


def profile(world: World) -> None:
    world.iam.create_instance_profile(InstanceProfileName="nodes")
    world.iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName=STAGING_ROLE)


def boundary(world: World) -> None:
    arn = foreign.create_policy(world, "boundary", EVERYTHING)
    world.iam.put_role_permissions_boundary(RoleName=STAGING_ROLE, PermissionsBoundary=arn)


def used_by(kind: str) -> Callable[[World], None]:
    """Somebody's role, user or group with our policy attached."""

    def plant(world: World) -> None:
        trust = {"AssumeRolePolicyDocument": document(EC2)} if kind == "role" else {}
        name = {f"{kind.capitalize()}Name": f"a-{kind}"}
        getattr(world.iam, f"create_{kind}")(**name, **trust)
        getattr(world.iam, f"attach_{kind}_policy")(**name, PolicyArn=world.arn("policy", STAGING_POLICY))

    return plant


def still_used_by(kind: str) -> Callable[[World], bool]:
    return lambda world: f"a-{kind}" in foreign.policy(world, world.arn("policy", STAGING_POLICY))["uses"]


def labels(world: World) -> None:
    world.core.patch_namespaced_service_account("epinio-server", NAMESPACE, {"metadata": {"labels": TEAM}})


OURS = f"Role {STAGING_ROLE}: "
UNMARKED = "was not made by this collection"
ROWS: Mapping[str, Row] = {
    "provider": Row(
        provider, read_provider, f"{UNMARKED}; it is used as it is", f"it {UNMARKED} and is the", used=True
    ),
    "bucket": Row(bucket, lambda w: w.s3.get_bucket_tagging(Bucket=w.bucket)["TagSet"], "", "Left: bucket", used=True),
    "policy-equal-but-for-its-sid": Row(
        equal_policy,
        lambda world: foreign.policy(world, world.arn("policy", SERVER_POLICY)),
        f"Policy {SERVER_POLICY} {UNMARKED}; it says what is wanted",
        f"Left: policy {SERVER_POLICY}: it {UNMARKED}",
        used=True,
    ),
    "role-of-a-stack-equal-but-for-its-sid": Row(
        role_of_stack,
        lambda world: foreign.role(world, SERVER_ROLE),
        f"Role {SERVER_ROLE} {UNMARKED}; it is what is wanted",
        f"Left: role {SERVER_ROLE}: it {UNMARKED}; CloudFormation or eksctl owns it",
        used=True,
    ),
    "statement-in-our-trust": Row(
        statement, other_statements, f"{OURS}a trust statement that is not ours is kept", "ec2.amazonaws.com"
    ),
    "policy-on-our-role": Row(
        theirs_on_ours,
        lambda world: world.arn("policy", "queues") in foreign.role(world, STAGING_ROLE)["policies"],
        "policy/queues is attached besides ours and is kept",
        "policy/queues is attached",
    ),
    "inline-policy-of-our-role": Row(
        lambda w: w.iam.put_role_policy(RoleName=STAGING_ROLE, PolicyName="more", PolicyDocument=document(QUEUES)),
        role(STAGING_ROLE, "inline"),
        torn="it has the inline policy more",
    ),
    "instance-profile-of-our-role": Row(profile, role(STAGING_ROLE, "profiles"), torn="in the instance profile nodes"),
    "boundary-of-our-role": Row(boundary, role(STAGING_ROLE, "boundary"), "policy/boundary is not ours and is kept"),
    "tags-of-our-role": Row(
        lambda world: world.iam.tag_role(RoleName=STAGING_ROLE, Tags=pairs(TEAM)),
        role(STAGING_ROLE, "tags"),
        f"{OURS}tags that are not ours are kept: team",
    ),
    "tags-of-our-policy": Row(
        lambda world: world.iam.tag_policy(PolicyArn=world.arn("policy", STAGING_POLICY), Tags=pairs(TEAM)),
        policy(STAGING_POLICY, "tags"),
    ),
    "version-of-our-policy": Row(
        lambda world: world.iam.create_policy_version(
            PolicyArn=world.arn("policy", STAGING_POLICY), PolicyDocument=document(QUEUES)
        ),
        policy(STAGING_POLICY, "versions"),
    ),
    **{
        f"our-policy-on-another-{kind}": Row(used_by(kind), still_used_by(kind), torn=f"{kind} a-{kind}")
        for kind in ("role", "user", "group")
    },
    "our-policy-as-a-boundary": Row(
        lambda w: w.iam.create_user(UserName="bound", PermissionsBoundary=w.arn("policy", STAGING_POLICY)),
        policy(STAGING_POLICY, "bounds"),
        torn="it is the permissions boundary of user bound",
    ),
    "label-of-the-server's-account": Row(
        labels, lambda w: w.core.read_namespaced_service_account("epinio-server", NAMESPACE).metadata.labels["team"]
    ),
}
