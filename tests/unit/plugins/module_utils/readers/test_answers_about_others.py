"""An answer of AWS about another object than the one that was asked for is not AWS's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.plugins.module_utils.aws_transport import Answer, json_answer
from tests.unit.plugins.module_utils.readers.aws_answers import EKS, XML
from tests.unit.plugins.module_utils.readers.test_foreign_aws_answers import check, good, instead

OF_OTHERS: dict[str, tuple[str, str, str]] = {
    "eks.read_cluster": ("DescribeCluster", "cluster/one", "cluster/other"),
    "eks.read_node_groups": ("DescribeNodegroup", '"nodegroupName": "a"', '"nodegroupName": "other"'),
    "eks.read_fargate_profiles": (
        "DescribeFargateProfile",
        '"fargateProfileName": "a"',
        '"fargateProfileName": "other"',
    ),
    "eks.read_role_entries": ("DescribeAccessEntry", "role/one", "role/other"),
    "iam.read_policy": ("GetPolicy", "policy/one", "policy/other"),
    "iam.read_policy_to_remove": ("GetPolicy", "policy/one", "policy/other"),
    "iam.check_boundary": ("GetPolicy", "policy/one", "policy/other"),
    "iam.read_role": ("GetRole", "<RoleName>one", "<RoleName>other"),
    "iam.read_role_to_remove": ("GetRole", "<RoleName>one", "<RoleName>other"),
    "iam.read_named_role": ("GetRole", "<RoleName>one", "<RoleName>other"),
    "iam.read_profile_role": (
        "GetInstanceProfile",
        "<InstanceProfile>",
        "<InstanceProfile><InstanceProfileName>other</InstanceProfileName>",
    ),
}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_an_answer_about_another_object(name: str) -> None:
    operation, mine, others = OF_OTHERS[name]
    answer = good(operation)
    assert mine.encode() in answer.body
    text = check(name, instead(operation, replace(answer, body=answer.body.replace(mine.encode(), others.encode()))))
    assert text.startswith("Could not read ")
    assert "(it is about " in text
    assert "other). Check AWS_ENDPOINT_URL" in text


def test_an_arn_that_is_none() -> None:
    answer = json_answer({"cluster": {**EKS["DescribeCluster"]["cluster"], "arn": "foo"}})
    text = check("eks.read_cluster", lambda _operation: answer)
    assert text.startswith("Could not read EKS cluster one: the answer is not EKS's ('foo' is not the ARN of an EKS")


def test_a_name_in_another_case() -> None:
    """IAM takes it, and answers with the role's own."""
    body = XML["GetRole"].replace("<RoleName>one", "<RoleName>One").encode()
    assert check("iam.read_role", instead("GetRole", Answer(body))) == ""
