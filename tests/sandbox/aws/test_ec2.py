"""EC2's DescribeInstances: what was planted; moto's own instances would all need an image and a network."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any
from urllib.error import HTTPError

import pytest

from sandbox.aws import StandIn
from tests.sandbox.aws import planted_nodes
from tests.sandbox.aws.fixtures import ISSUER, Clock, allow, document, keys_of, new_account, refusal
from tests.sandbox.aws.planted_nodes import INSTANCE, PROFILE, ROLE, instance, profile_arn

ABSENT, SECOND = "i-00000000000000000", "i-0b1b2c3d4e5f60718"


@pytest.fixture
def ec2(aws: StandIn, account: str) -> Any:
    """Of an account with a cluster, a role and its instance profile."""
    planted_nodes.cluster(aws, account, issuer=ISSUER)
    planted_nodes.nodes(aws, account, roles=[ROLE], instance_profiles=[PROFILE])
    return aws.client("ec2", account)


def described(ec2: Any, **parameters: Any) -> list[Any]:
    reservations = ec2.describe_instances(**parameters)["Reservations"]
    return [each for reservation in reservations for each in reservation["Instances"]]


def ids(ec2: Any, **parameters: Any) -> list[str]:
    return [each["InstanceId"] for each in described(ec2, **parameters)]


def by_id(*values: str) -> list[dict[str, Any]]:
    return [{"Name": "instance-id", "Values": list(values)}]


def many(account: str, count: int) -> list[dict[str, Any]]:
    return [instance(account, f"i-{number:017x}") for number in range(1, count + 1)]


def test_an_instance(aws: StandIn, ec2: Any, iam: Any, account: str) -> None:
    """botocore's EC2 model: members of Instance; what is not planted is as in a node group of AL2023."""
    planted: dict[str, Any] = {
        "Placement": {"AvailabilityZone": "us-east-1b"},
        "PrivateDnsName": "ip-10-0-1-10.ec2.internal",
        "MetadataOptions": {"HttpPutResponseHopLimit": 2},
        "Architecture": "arm64",
        "Tags": [{"Key": "Name", "Value": "a<b> & c"}],
    }
    planted_nodes.nodes(aws, account, instances=[instance(account, **planted)])
    (found,) = described(ec2, InstanceIds=[INSTANCE])
    profile = iam.get_instance_profile(InstanceProfileName=PROFILE["name"])["InstanceProfile"]
    assert found["IamInstanceProfile"] == {"Arn": profile["Arn"], "Id": profile["InstanceProfileId"]}
    assert found["State"] == {"Code": 16, "Name": "running"}
    assert found["Tags"] == planted["Tags"]
    assert found["Placement"]["AvailabilityZone"] == "us-east-1b"
    assert (found["PrivateDnsName"], found["Architecture"]) == ("ip-10-0-1-10.ec2.internal", "arm64")
    options = found["MetadataOptions"]
    assert (options["HttpTokens"], options["HttpPutResponseHopLimit"], options["HttpEndpoint"]) == (
        "required",
        2,
        "enabled",
    )
    planted_nodes.nodes(aws, account, instances=[{"InstanceId": INSTANCE}])
    (bare,) = described(ec2)
    assert "IamInstanceProfile" not in bare
    assert bare["MetadataOptions"]["HttpPutResponseHopLimit"] == 1


def test_by_filter_what_is_unknown_is_nothing(aws: StandIn, ec2: Any, account: str) -> None:
    """EC2 API Reference, "Filter": any of the values, all of the filters."""
    stopped = {"State": {"Name": "stopped"}}
    planted_nodes.nodes(aws, account, instances=[instance(account), instance(account, SECOND, **stopped)])
    assert ids(ec2, Filters=by_id(INSTANCE, ABSENT, "nonsense")) == [INSTANCE]
    assert ids(ec2, Filters=by_id(ABSENT)) == []
    assert ids(ec2, Filters=by_id(INSTANCE, SECOND)) == [INSTANCE, SECOND]
    running = {"Name": "instance-state-name", "Values": ["running"]}
    assert ids(ec2, Filters=[*by_id(INSTANCE, SECOND), running]) == [INSTANCE]
    assert ids(ec2) == [INSTANCE, SECOND]


def test_by_identifier_what_is_unknown_is_an_error(aws: StandIn, ec2: Any, account: str) -> None:
    """aws/aws-sdk-java#911, oliverlloyd/jmeter-ec2#36."""
    planted_nodes.nodes(aws, account, instances=[instance(account)])
    assert ids(ec2, InstanceIds=[INSTANCE]) == [INSTANCE]
    one = refusal(ec2.describe_instances, InstanceIds=[INSTANCE, ABSENT])
    assert one == ("InvalidInstanceID.NotFound", 400, f"The instance ID '{ABSENT}' does not exist")
    two = refusal(ec2.describe_instances, InstanceIds=[ABSENT, SECOND])
    assert two == ("InvalidInstanceID.NotFound", 400, f"The instance IDs '{ABSENT}, {SECOND}' do not exist")
    wrong = refusal(ec2.describe_instances, InstanceIds=["i-1"])
    assert wrong == ("InvalidInstanceID.Malformed", 400, 'Invalid id: "i-1"')


def test_terminated_instances_stay_visible(aws: StandIn, ec2: Any, account: str) -> None:
    """botocore's EC2 model: "Recently terminated instances might appear in the returned results"."""
    planted_nodes.nodes(aws, account, instances=[instance(account)])
    launched = described(ec2)[0]["LaunchTime"]
    planted_nodes.nodes(aws, account, instances=[instance(account, State={"Name": "terminated"})])
    (found,) = described(ec2, InstanceIds=[INSTANCE])
    assert (found["State"], found["LaunchTime"]) == ({"Code": 48, "Name": "terminated"}, launched)
    planted_nodes.remove(aws, account, "instances", INSTANCE)
    assert ids(ec2) == []


def test_pages(aws: StandIn, ec2: Any, account: str) -> None:
    """EC2 API Reference, "Query requests"; aws/aws-sdk-ruby#2575, yuuki/grabeni#7."""
    planted_nodes.nodes(aws, account, instances=many(account, 12))
    pages = ec2.get_paginator("describe_instances").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Reservations"]) for page in pages] == [5, 5, 2]
    small = refusal(ec2.describe_instances, MaxResults=4)
    text = "Value ( 4 ) for parameter maxResults is invalid. Expecting a value greater than 5."
    assert small == ("InvalidParameterValue", 400, text)
    assert refusal(ec2.describe_instances, NextToken="x")[0] == "InvalidParameterValue"
    both = refusal(ec2.describe_instances, MaxResults=5, InstanceIds=[INSTANCE])
    text = "The parameter instancesSet cannot be used with the parameter maxResults"
    assert both == ("InvalidParameterCombination", 400, text)


def test_a_thousand_instances_in_five_calls(aws: StandIn, ec2: Any, account: str) -> None:
    """gjbae1212/gossm#47: at most 200 values. The time is generous: it is one second on an idle machine."""
    planted = many(account, 1000)
    planted_nodes.nodes(aws, account, instances=planted)
    wanted = [each["InstanceId"] for each in planted]
    begun = time.monotonic()
    found = [each for start in range(0, 1000, 200) for each in ids(ec2, Filters=by_id(*wanted[start : start + 200]))]
    assert time.monotonic() - begun < 10
    assert found == wanted
    text = "The maximum number of filter values specified on a single call is 200"
    assert refusal(ec2.describe_instances, Filters=by_id(*wanted[:201])) == ("FilterLimitExceeded", 400, text)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("describe_instances", {"Filters": [{"Name": "tag:Name", "Values": ["x"]}]}),
        ("describe_instances", {"Filters": [{"Name": "instance-id", "Values": ["i-*"]}]}),
        ("describe_instances", {"DryRun": True}),
        ("describe_instance_types", {}),
        ("modify_instance_metadata_options", {"InstanceId": INSTANCE, "HttpPutResponseHopLimit": 2}),
    ],
)
def test_what_is_not_there_is_not_an_empty_list(ec2: Any, call: str, arguments: dict[str, Any]) -> None:
    assert refusal(getattr(ec2, call), **arguments)[:2] == ("StandInNotImplemented", 501)


def test_instances_are_of_their_account_region_and_cluster(aws: StandIn, ec2: Any, account: str) -> None:
    planted_nodes.nodes(aws, account, instances=[instance(account)])
    assert ids(aws.client("ec2", account, region="eu-west-1")) == []
    assert ids(aws.client("ec2", new_account())) == []
    assert ids(ec2) == [INSTANCE]
    aws.control("clusters", {"account": account, "region": "us-east-1", "name": "second"})
    second = {"account": account, "region": "us-east-1", "cluster": "second"}
    with pytest.raises(HTTPError) as caught:
        aws.control("nodes", {**second, "instances": [instance(account)]})
    caught.value.close()
    planted_nodes.cluster(aws, account, issuer=f"{ISSUER}2")
    assert ids(ec2) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"InstanceId": "i-1"},
        {"InstanceId": INSTANCE, "Hops": 1},
        {"InstanceId": INSTANCE, "State": {"Name": "asleep"}},
        {"InstanceId": INSTANCE, "MetadataOptions": {"HttpPutResponseHopLimit": "2"}},
        {"InstanceId": INSTANCE, "MetadataOptions": {"HttpEndpoint": "on"}},
        {"InstanceId": INSTANCE, "IamInstanceProfile": {"Arn": profile_arn("111122223333", "missing")}},
    ],
)
def test_what_ec2_could_not_show_is_not_planted(aws: StandIn, ec2: Any, account: str, wrong: dict[str, Any]) -> None:
    """botocore's EC2 model: members, types and enumerations; a profile exists when an instance is launched with it."""
    with pytest.raises(HTTPError) as caught:
        planted_nodes.nodes(aws, account, instances=[wrong])
    assert caught.value.code == 400
    caught.value.close()
    assert ids(ec2) == []


def test_rights(aws: StandIn, ec2: Any, iam: Any, account: str) -> None:
    """hashicorp/terraform-provider-aws#4664 for code and form; Service Authorization Reference: no resource types."""
    iam.create_user(UserName="u")
    client = aws.client("ec2", account, credentials=keys_of(iam.create_access_key(UserName="u")))
    code, status, text = refusal(client.describe_instances)
    assert (code, status) == ("UnauthorizedOperation", 403)
    assert text.startswith("You are not authorized to perform this operation. User: ")
    assert "because no identity-based policy allows the ec2:DescribeInstances action" in text
    for resource, allowed in ((f"arn:aws:ec2:us-east-1:{account}:instance/*", False), ("*", True)):
        right = document(allow("ec2:DescribeInstances", resource))
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=right)
        if allowed:
            client.describe_instances()
        else:
            assert refusal(client.describe_instances)[0] == "UnauthorizedOperation"


def test_credentials_that_are_not_valid(aws: StandIn, ec2: Any, sts: Any, iam: Any, account: str, clock: Clock) -> None:
    """EC2 API Reference, "Error codes for the Amazon EC2 API": AuthFailure, RequestExpired."""
    nobody = {"aws_access_key_id": "AKIANOBODYNOBODY0000", "aws_secret_access_key": "x" * 40}
    assert refusal(aws.client("ec2", account, credentials=nobody).describe_instances)[:2] == ("AuthFailure", 401)
    secret = {**aws.credentials(account), "aws_secret_access_key": "x" * 40}
    assert refusal(aws.client("ec2", account, credentials=secret).describe_instances)[0] == "AuthFailure"
    planted_nodes.nodes(aws, account, instances=[instance(account)])
    place = {"account": account, "region": "us-east-1", "instance_id": INSTANCE}
    handed = aws.control("instance-credentials", place)
    session = {
        "aws_access_key_id": handed["access_key_id"],
        "aws_secret_access_key": handed["secret_access_key"],
        "aws_session_token": handed["session_token"],
    }
    client = aws.client("ec2", account, credentials=session)
    assert ids(client) == [INSTANCE]
    clock.advance(6 * 3600)
    assert refusal(client.describe_instances)[:2] == ("RequestExpired", 400)
