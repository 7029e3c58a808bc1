"""Managed policies of IAM as AWS keeps them and moto does not: versions, attachments, documents."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.aws.fixtures import allow, document, refusal
from tests.sandbox.aws.iam_objects import POLICY, create_policy, create_role


def test_a_policy_that_is_attached_cannot_be_deleted(iam: Any, account: str) -> None:
    """rebuy-de/aws-nuke#1. A boundary counts as well: gruntwork-io/cloud-nuke#972."""
    arn = create_policy(iam)
    create_role(iam, account, PermissionsBoundary=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn) == (
        "DeleteConflict",
        409,
        "Cannot delete a policy attached to entities.",
    )
    iam.delete_role_permissions_boundary(RoleName="server")
    iam.attach_role_policy(RoleName="server", PolicyArn=arn)
    assert refusal(iam.delete_policy, PolicyArn=arn)[0] == "DeleteConflict"
    iam.detach_role_policy(RoleName="server", PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
    assert refusal(iam.get_policy, PolicyArn=arn)[:2] == ("NoSuchEntity", 404)


def test_a_policy_with_versions_cannot_be_deleted(iam: Any) -> None:
    """99designs/iamy#22."""
    arn = create_policy(iam)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    assert "more than one version" in refusal(iam.delete_policy, PolicyArn=arn)[2]
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (document(allow("s3:GetObject", "arn:aws:s3:::" + "x" * 6200)), "LimitExceeded"),
        (document(allow("s3:GetObject", Principal="*")), "MalformedPolicyDocument"),
        (document(allow("s3:GetObject", "arn:aws-cn:s3:::x")), "MalformedPolicyDocument"),
        ("{", "MalformedPolicyDocument"),
    ],
)
def test_documents_are_checked_for_policies_versions_and_inline(iam: Any, account: str, text: str, code: str) -> None:
    """IAM quotas page: 6144 characters without blanks."""
    arn = create_policy(iam)
    create_role(iam, account)
    assert refusal(iam.create_policy, PolicyName="new", PolicyDocument=text)[0] == code
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=text)[0] == code
    assert refusal(iam.put_role_policy, RoleName="server", PolicyName="in", PolicyDocument=text)[0] == code


def test_lists_of_versions_have_no_documents_and_start_with_the_newest(iam: Any) -> None:
    """botocore's IAM model: the document "is returned in the response to GetPolicyVersion" only."""
    arn = create_policy(iam)
    created = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY, SetAsDefault=True)["PolicyVersion"]
    assert "Document" not in created
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(each["VersionId"], each["IsDefaultVersion"]) for each in versions] == [("v2", True), ("v1", False)]
    assert not any("Document" in each for each in versions)
    assert iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"] == json.loads(POLICY)


def test_lists_of_versions_have_pages(iam: Any) -> None:
    arn = create_policy(iam)
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)
    first = iam.list_policy_versions(PolicyArn=arn, MaxItems=3)
    assert first["IsTruncated"]
    rest = iam.list_policy_versions(PolicyArn=arn, MaxItems=3, Marker=first["Marker"])
    assert not rest["IsTruncated"]
    names = [each["VersionId"] for each in first["Versions"] + rest["Versions"]]
    assert names == ["v5", "v4", "v3", "v2", "v1"]
    assert refusal(iam.create_policy_version, PolicyArn=arn, PolicyDocument=POLICY)[0] == "LimitExceeded"


def test_setting_the_default_version_once_more_changes_nothing(iam: Any) -> None:
    """moto then has no default version at all."""
    arn = create_policy(iam)
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    assert iam.list_policy_versions(PolicyArn=arn)["Versions"][0]["IsDefaultVersion"]
    assert refusal(iam.set_default_policy_version, PolicyArn=arn, VersionId="v7")[0] == "NoSuchEntity"


def test_a_policy_is_dated_by_its_newest_version(iam: Any) -> None:
    """botocore's IAM model of UpdateDate; moto's date never moves."""
    arn = create_policy(iam)
    made = iam.get_policy(PolicyArn=arn)["Policy"]["UpdateDate"]
    version = iam.create_policy_version(PolicyArn=arn, PolicyDocument=POLICY)["PolicyVersion"]
    assert iam.get_policy(PolicyArn=arn)["Policy"]["UpdateDate"] == version["CreateDate"] > made
