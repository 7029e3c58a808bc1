"""What a service account may assume, and what Epinio may do with its bucket."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import buckets, policies, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

OWNER = wiring("arn:aws-us-gov:eks:us-gov-west-1:123456789012:cluster/one/epinio")
ISSUER = "https://oidc.eks.us-gov-west-1.amazonaws.com/id/ABC"


def test_the_statement_names_one_account_of_one_cluster() -> None:
    host = "oidc.eks.us-gov-west-1.amazonaws.com/id/ABC"
    assert trust.statement(OWNER, ISSUER, "epinio-server") == {
        "Sid": "EpinioAwsIrsa",
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws-us-gov:iam::123456789012:oidc-provider/{host}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{host}:aud": "sts.amazonaws.com",
                f"{host}:sub": "system:serviceaccount:epinio:epinio-server",
            }
        },
    }


@pytest.mark.parametrize("account", ["*", "epinio-*", "epinio-server:x", ""])
def test_wildcards_are_refused(account: str) -> None:
    with pytest.raises(Refused, match="service account"):
        trust.statement(OWNER, ISSUER, account)


@pytest.mark.parametrize(
    "issuer",
    [
        "",
        "oidc.test/id/A",
        "http://oidc.test/id/A",
        "https://oidc.test:443/id/A",
        "https://oidc.test/id?A",
        "https://oidc.test/id/A/",
        "https://oidc.test/id#A",
        "https://u@oidc.test/id",
        "https:///id",
        "https://oidc.test/id/A\n",
        "https://oidc.test/" + "a" * 255,
    ],
)
def test_issuers_that_iam_does_not_take(issuer: str) -> None:
    with pytest.raises(Refused, match="epinio_cluster_name"):
        trust.check_issuer(issuer)


@pytest.mark.parametrize("issuer", [ISSUER, "https://oidc-eks.eu-central-1.api.aws/id/0123", "https://oidc.test"])
def test_issuers_that_iam_takes(issuer: str) -> None:
    trust.check_issuer(issuer)


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ({"Principal": {"Service": "ec2.amazonaws.com"}}, ["ec2.amazonaws.com", "without a Sid"]),
        ({"Sid": "X", "Principal": "*", "Condition": {"Bool": {"a": "b"}}}, ["*", "Bool", "statement X"]),
        ({"Sid": "Y", "NotPrincipal": {"AWS": "z"}}, ["z", "statement Y"]),
        ({}, ["nobody"]),
    ],
)
def test_a_statement_in_words(statement: dict[str, Any], words: list[str]) -> None:
    assert all(word in trust.described(statement) for word in words)


def _grants(document: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    return [
        (action, statement["Resource"], statement.get("Condition"))
        for statement in document["Statement"]
        for action in statement["Action"]
    ]


def test_the_profiles_grant_what_the_design_lists() -> None:
    arn, owned = "arn:aws-us-gov:s3:::sources", {"StringEquals": {"aws:ResourceAccount": "123456789012"}}
    on_objects = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
    assert _grants(policies.profile_document("server", OWNER, "sources")) == [
        ("s3:GetBucketLocation", arn, owned),
        ("s3:ListBucket", arn, owned),
        *((action, f"{arn}/*", owned) for action in on_objects),
    ]
    assert _grants(policies.profile_document("staging", OWNER, "sources")) == [("s3:GetObject", f"{arn}/*", owned)]
    documented = _grants(policies.profile_document("documented", OWNER, ""))
    assert {action for action, _resource, _condition in documented} == {
        "s3:ListBucket",
        "s3:PutObject",
        "s3:GetObject",
        "s3:GetBucketLocation",
        "s3:ListAllMyBuckets",
        "s3:CreateBucket",
        "s3:DeleteObject",
        "sts:AssumeRole",
    }
    assert {(resource, condition) for _action, resource, condition in documented} == {("*", None)}


@pytest.mark.parametrize("profile", ["server", "staging"])
@pytest.mark.parametrize("bucket", ["*", ""])
def test_a_profile_needs_a_bucket_name(profile: str, bucket: str) -> None:
    with pytest.raises(Refused, match="epinio_bucket"):
        policies.profile_document(profile, OWNER, bucket)


def test_the_documented_policy_takes_no_bucket() -> None:
    with pytest.raises(Refused, match="leave bucket out"):
        policies.profile_document("documented", OWNER, "sources")


def test_the_bucket_policy_refuses_what_has_no_tls() -> None:
    statement = buckets.tls_only("aws-cn", "sources")
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == ["arn:aws-cn:s3:::sources", "arn:aws-cn:s3:::sources/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
