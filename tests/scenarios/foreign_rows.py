"""The table of what others have beside a wiring, and what is said of it when wiring and when tearing down."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.node_pools import NODES
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


def used_by(kind: str, name: str) -> Callable[[World], None]:
    """Somebody's role, user or group with our policy of this name attached."""

    def plant(world: World) -> None:
        trust = {"AssumeRolePolicyDocument": document(EC2)} if kind == "role" else {}
        entity = {f"{kind.capitalize()}Name": f"a-{kind}"}
        getattr(world.iam, f"create_{kind}")(**entity, **trust)
        getattr(world.iam, f"attach_{kind}_policy")(**entity, PolicyArn=world.arn("policy", name))

    return plant


def still_used_by(kind: str, name: str) -> Callable[[World], bool]:
    return lambda world: f"a-{kind}" in foreign.policy(world, world.arn("policy", name))["uses"]


def leave_policy(name: str) -> Callable[[World], None]:
    """Nobody else uses our policy of this name any more."""

    def leave(world: World) -> None:
        ours = {"PolicyArn": world.arn("policy", name)}
        for kind in ("role", "user", "group"):
            entity = {f"{kind.capitalize()}Name": f"a-{kind}"}
            getattr(world.iam, f"detach_{kind}_policy")(**entity, **ours)
            getattr(world.iam, f"delete_{kind}")(**entity)
        world.iam.delete_user_permissions_boundary(UserName="bound")
        world.iam.delete_user(UserName="bound")

    return leave


def leave_role(world: World) -> None:
    """Nobody else uses the role of the staging jobs any more, so that it can go."""
    world.iam.detach_role_policy(RoleName=STAGING_ROLE, PolicyArn=world.arn("policy", "queues"))
    world.iam.delete_role_policy(RoleName=STAGING_ROLE, PolicyName="more")
    world.iam.remove_role_from_instance_profile(RoleName=STAGING_ROLE, InstanceProfileName="nodes")
    world.iam.delete_role(RoleName=STAGING_ROLE)


def theirs_of_nodes(world: World) -> None:
    """What somebody gave the nodes' role besides."""
    arn = foreign.create_policy(world, "logs", QUEUES)
    world.iam.attach_role_policy(RoleName=NODES, PolicyArn=arn)
    world.iam.put_role_policy(RoleName=NODES, PolicyName="more", PolicyDocument=document(QUEUES))
    world.iam.tag_role(RoleName=NODES, Tags=pairs(TEAM))


def read_nodes(world: World) -> Any:
    found = foreign.role(world, NODES)
    return {**found, "policies": found["policies"] - {world.arn("policy", SERVER_POLICY)}}


def labels(world: World) -> None:
    world.core.patch_namespaced_service_account("epinio-server", NAMESPACE, {"metadata": {"labels": TEAM}})


OURS = f"Role {STAGING_ROLE}: "
UNMARKED = "was not made by this collection"
SHARED: Mapping[str, Row] = {
    "bucket": Row(bucket, lambda w: w.s3.get_bucket_tagging(Bucket=w.bucket)["TagSet"], "", "Left: bucket", used=True),
    "label-of-the-server's-account": Row(
        labels, lambda w: w.core.read_namespaced_service_account("epinio-server", NAMESPACE).metadata.labels["team"]
    ),
}


def of_policy(name: str) -> dict[str, Row]:
    """What others do with a policy of ours."""
    return {
        "tags-of-our-policy": Row(
            lambda world: world.iam.tag_policy(PolicyArn=world.arn("policy", name), Tags=pairs(TEAM)),
            policy(name, "tags"),
        ),
        "version-of-our-policy": Row(
            lambda world: world.iam.create_policy_version(
                PolicyArn=world.arn("policy", name), PolicyDocument=document(QUEUES)
            ),
            policy(name, "versions"),
        ),
        **{
            f"our-policy-on-another-{kind}": Row(
                used_by(kind, name), still_used_by(kind, name), torn=f"{kind} a-{kind}"
            )
            for kind in ("role", "user", "group")
        },
        "our-policy-as-a-boundary": Row(
            lambda w: w.iam.create_user(UserName="bound", PermissionsBoundary=w.arn("policy", name)),
            policy(name, "bounds"),
            torn="it is the permissions boundary of user bound",
        ),
    }


IRSA: Mapping[str, Row] = {
    "provider": Row(
        provider, read_provider, f"{UNMARKED}; it is used as it is", f"it {UNMARKED} and is the", used=True
    ),
    **SHARED,
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
    **of_policy(STAGING_POLICY),
}
INSTANCE_PROFILE: Mapping[str, Row] = {
    **SHARED,
    "what-else-the-nodes'-role-has": Row(theirs_of_nodes, read_nodes),
    **of_policy(SERVER_POLICY),
}
# By the name of the mode.
ROWS: Mapping[str, Mapping[str, Row]] = {"irsa": IRSA, "instance_profile": INSTANCE_PROFILE}
