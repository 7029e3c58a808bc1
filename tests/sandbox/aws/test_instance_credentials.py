"""Credentials of a node's role, as EC2 gives them to an instance's metadata service."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws import planted_nodes
from tests.sandbox.aws.fixtures import ISSUER, Clock, allow, document, keys_of, refusal, trust
from tests.sandbox.aws.planted_nodes import INSTANCE, PROFILE, ROLE, instance

EC2 = trust({"Service": "ec2.amazonaws.com"})
BARE = "i-00000000000000001"


@pytest.fixture(autouse=True)
def node(aws: StandIn, account: str) -> None:
    """An instance with a profile and a role, and one without."""
    planted_nodes.cluster(aws, account, issuer=ISSUER)
    instances = [instance(account), {"InstanceId": BARE}]
    planted_nodes.nodes(aws, account, roles=[ROLE], instance_profiles=[PROFILE], instances=instances)


def place(account: str, instance_id: str = INSTANCE) -> dict[str, str]:
    return {"account": account, "region": "us-east-1", "instance_id": instance_id}


def handed_out(aws: StandIn, account: str) -> dict[str, str]:
    found: dict[str, str] = aws.control("instance-credentials", place(account))
    return found


def keys(handed: dict[str, str]) -> dict[str, str]:
    names = ("access_key_id", "secret_access_key", "session_token")
    return {f"aws_{name}": handed[name] for name in names}


def complaint(aws: StandIn, account: str, instance_id: str = INSTANCE) -> tuple[int, str]:
    with pytest.raises(HTTPError) as caught:
        aws.control("instance-credentials", place(account, instance_id))
    with caught.value as error:
        return error.code, json.load(error)["__type"]


def test_a_session_of_the_role_named_after_the_instance(aws: StandIn, account: str) -> None:
    """EC2 User Guide, "Retrieve security credentials from instance metadata": six hours in its examples."""
    handed = handed_out(aws, account)
    assert handed["role_name"] == "nodes"
    assert handed["access_key_id"].startswith("ASIA")
    assert (handed["last_updated"], handed["expiration"]) == ("2027-01-15T08:00:00Z", "2027-01-15T14:00:00Z")
    identity = aws.client("sts", account, credentials=keys(handed)).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{account}:assumed-role/nodes/{INSTANCE}"
    assert identity["UserId"].startswith("AROA")


def test_its_rights_are_the_roles(aws: StandIn, iam: Any, account: str, bucket: str) -> None:
    s3 = aws.client("s3", account, credentials=keys(handed_out(aws, account)))
    denied = refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"")
    assert denied[0] == "AccessDenied"
    assert f"assumed-role/nodes/{INSTANCE} is not authorized to perform: s3:PutObject" in denied[2]
    policy = iam.create_policy(
        PolicyName="p", PolicyDocument=document(allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    )
    iam.attach_role_policy(RoleName="nodes", PolicyArn=policy["Policy"]["Arn"])
    s3.put_object(Bucket=bucket, Key="k", Body=b"")


def test_each_request_gets_a_session_that_ends(aws: StandIn, account: str, clock: Clock) -> None:
    first, second = handed_out(aws, account), handed_out(aws, account)
    assert first["access_key_id"] != second["access_key_id"]
    clock.advance(6 * 3600)
    sts = aws.client("sts", account, credentials=keys(first))
    assert refusal(sts.get_caller_identity)[0] == "ExpiredToken"


def _no_role(iam: Any) -> None:
    iam.remove_role_from_instance_profile(InstanceProfileName=PROFILE["name"], RoleName="nodes")


def _no_profile(iam: Any) -> None:
    _no_role(iam)
    iam.delete_instance_profile(InstanceProfileName=PROFILE["name"])


def _no_trust(iam: Any) -> None:
    iam.update_assume_role_policy(RoleName="nodes", PolicyDocument=trust({"Service": "eks.amazonaws.com"}))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_no_role, (404, "InstanceProfileNotFound")),
        (_no_profile, (404, "InstanceProfileNotFound")),
        (_no_trust, (403, "AssumeRoleUnauthorizedAccess")),
    ],
)
def test_why_there_are_none(
    aws: StandIn, iam: Any, account: str, change: Callable[[Any], None], expected: tuple[int, str]
) -> None:
    """IAM User Guide, "Troubleshoot IAM and Amazon EC2": the codes of `iam/info`."""
    change(iam)
    assert complaint(aws, account) == expected


def test_instances_without_profile_or_life(aws: StandIn, account: str) -> None:
    assert complaint(aws, account, BARE) == (404, "NoInstanceProfile")
    assert complaint(aws, account, "i-00000000000000009") == (404, "NoSuchInstance")
    planted_nodes.nodes(aws, account, instances=[instance(account, State={"Name": "terminated"})])
    assert complaint(aws, account) == (404, "NoSuchInstance")


def test_a_role_that_was_just_made(aws: StandIn, iam: Any, account: str, clock: Clock) -> None:
    """IAM User Guide, "Changes that I make are not always immediately visible"."""
    aws.control("delays", {"effective_after": 3})
    iam.create_role(RoleName="new", AssumeRolePolicyDocument=EC2)
    _no_role(iam)
    iam.add_role_to_instance_profile(InstanceProfileName=PROFILE["name"], RoleName="new")
    assert complaint(aws, account) == (403, "AssumeRoleUnauthorizedAccess")
    clock.advance(3.1)
    assert handed_out(aws, account)["role_name"] == "new"


def test_what_a_metadata_service_needs_of_an_instance(aws: StandIn, account: str) -> None:
    """The shape is DescribeInstances's."""
    found = aws.control(f"instances/{account}/us-east-1/{INSTANCE}", {}, "GET")
    assert found["IamInstanceProfile"]["Arn"] == planted_nodes.profile_arn(account)
    assert found["MetadataOptions"]["HttpTokens"] == "required"
    with pytest.raises(HTTPError) as caught:
        aws.control(f"instances/{account}/us-east-1/i-00000000000000009", {}, "GET")
    assert caught.value.code == 404
    caught.value.close()


def test_a_planted_role_is_left_as_it_is(aws: StandIn, iam: Any, account: str) -> None:
    """A sandbox that starts again plants again; what was attached meanwhile stays."""
    worker = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    own = iam.create_policy(PolicyName="p", PolicyDocument=document(allow("s3:GetObject")))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="nodes", PolicyArn=own)
    planted_nodes.nodes(aws, account, roles=[{**ROLE, "policies": []}], instance_profiles=[PROFILE])
    attached = iam.list_attached_role_policies(RoleName="nodes")["AttachedPolicies"]
    assert {each["PolicyArn"] for each in attached} == {worker, own}
    assert iam.get_role(RoleName="nodes")["Role"]["Arn"] == f"arn:aws:iam::{account}:role/team/nodes"
    assert "eks:DescribeCluster" in str(iam.get_policy_version(PolicyArn=worker, VersionId="v3"))


def test_the_planted_policy_counts(aws: StandIn, iam: Any, account: str) -> None:
    eks = aws.client("eks", account, credentials=keys(handed_out(aws, account)))
    assert eks.describe_cluster(name="epinio")["cluster"]["name"] == "epinio"
    assert refusal(eks.list_nodegroups, clusterName="epinio")[0] == "AccessDeniedException"
    user = iam.create_user(UserName="u")["User"]["UserName"]
    theirs = aws.client("eks", account, credentials=keys_of(iam.create_access_key(UserName=user)))
    assert refusal(theirs.describe_cluster, name="epinio")[0] == "AccessDeniedException"


def test_a_role_that_another_stand_in_of_this_process_has_planted(aws: StandIn, account: str, clock: Clock) -> None:
    """moto keeps accounts for as long as the process lives; each stand-in knows by itself what is in effect."""
    with StandIn(visible_after=2, effective_after=3, clock=clock) as other:
        planted_nodes.cluster(other, account, issuer=ISSUER)
        planted_nodes.nodes(other, account, roles=[ROLE], instance_profiles=[PROFILE], instances=[instance(account)])
        assert handed_out(other, account)["role_name"] == "nodes"
