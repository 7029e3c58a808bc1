"""An answer of AWS without a member that every such answer has is not AWS's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_members import lacking, root

TAGS = [{"Key": "team", "Value": ""}, {"Key": "stage", "Value": "prod"}]
POLICY = {"DefaultVersionId": "v1"}
CREDENTIALS = {"AccessKeyId": "a", "SecretAccessKey": "b", "SessionToken": "c"}


@pytest.mark.parametrize(
    ("operation", "answer", "told"),
    [
        ("DescribeCluster", {"cluster": {"arn": "a", "status": "ACTIVE"}}, ""),
        ("DescribeCluster", {}, "it lacks cluster.arn"),
        ("DescribeCluster", {"cluster": {"arn": "", "status": "ACTIVE"}}, "it lacks cluster.arn"),
        ("ListNodegroups", {"nodegroups": []}, ""),
        ("ListNodegroups", {"nodegroups": None}, "it lacks nodegroups"),
        ("GetPolicy", {"Policy": POLICY}, ""),
        ("GetPolicy", {"Policy": {**POLICY, "Tags": TAGS}}, ""),
        ("GetPolicy", {"Policy": {**POLICY, "Tags": [*TAGS, {"Value": "v"}]}}, "it lacks Policy.Tags.Key"),
        ("GetPolicy", {"Policy": {**POLICY, "Tags": [{"Key": "k"}]}}, "it lacks Policy.Tags.Value"),
        ("GetBucketTagging", {"TagSet": TAGS}, ""),
        ("DescribeInstances", {"Reservations": []}, ""),
        (
            "DescribeInstances",
            {"Reservations": [{"Instances": [{"InstanceId": "i"}]}]},
            "it lacks Reservations.Instances.State.Name",
        ),
        ("DeletePolicy", {}, ""),
        ("AssumeRole", {}, "it lacks Credentials.AccessKeyId"),
        ("AssumeRole", {"Credentials": CREDENTIALS}, "it lacks Credentials.Expiration"),
        ("AssumeRole", {"Credentials": {**CREDENTIALS, "Expiration": "x"}}, ""),
        ("GetRoleCredentials", {"roleCredentials": {"accessKeyId": "a"}}, "it lacks roleCredentials.secretAccessKey"),
        ("CreateToken", {"accessToken": "a"}, "it lacks expiresIn"),
    ],
)
def test_the_first_member_that_is_missing_is_told(operation: str, answer: dict[str, Any], told: str) -> None:
    assert lacking(operation, answer) == told


@pytest.mark.parametrize(
    ("protocol", "operation", "name"),
    [
        ("query", "GetRole", "GetRoleResponse"),
        ("ec2", "DescribeInstances", "DescribeInstancesResponse"),
        ("rest-xml", "GetBucketTagging", "Tagging"),
        ("rest-xml", "HeadBucket", ""),
    ],
)
def test_the_root_of_an_answer(protocol: str, operation: str, name: str) -> None:
    assert root(protocol, operation) == name
