"""Which documents IAM and S3 take, and how IAM gives a trust policy back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.aws import trust as trusts
from sandbox.aws.errors import Refused
from sandbox.aws.policies import validation
from tests.sandbox.aws.fixtures import allow, document, irsa_trust, trust

ROOT = {"AWS": "arn:aws:iam::111122223333:root"}
BUCKET = "arn:aws:s3:::sources"


def _code_and_text(check: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        check(*arguments)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("{not json", "MalformedPolicyDocument", "invalid Json"),
        ("{}", "MalformedPolicyDocument", "Syntax errors in policy."),
        ("[]", "MalformedPolicyDocument", "Syntax errors in policy."),
        (document(), "MalformedPolicyDocument", "Syntax errors in policy."),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "MalformedPolicyDocument", "field Principal"),
        (document({"Effect": "Allow", "Principal": ROOT}), "MalformedPolicyDocument", "field Action"),
        (trust(ROOT, Resource="*"), "MalformedPolicyDocument", "Has prohibited field Resource"),
        (trust(ROOT, "s3:GetObject"), "MalformedPolicyDocument", "may only specify STS AssumeRole actions"),
        (trust(ROOT, Sid="not-allowed"), "MalformedPolicyDocument", "must be alpha-numeric"),
        (trust(ROOT, Effect="allow"), "MalformedPolicyDocument", "Syntax errors in policy."),
        (trust({"Somebody": "x"}), "MalformedPolicyDocument", "Syntax errors in policy."),
        (trust({"Federated": "nonsense"}), "MalformedPolicyDocument", "Federated principals must be valid domain"),
        (trust({"AWS": "arn:aws:iam::111122223333:role/no"}), "MalformedPolicyDocument", "Invalid principal in policy"),
        (trust(ROOT, Condition={"StringAlmost": {"a": "b"}}), "MalformedPolicyDocument", "Invalid Condition type"),
        (trust(ROOT, Condition={"StringEquals": {"a:b": "x" * 2048}}), "LimitExceeded", "ACLSizePerRole: 2048"),
    ],
)
def test_trust_policies_that_iam_refuses(text: str, code: str, message: str) -> None:
    """Sources: terraform-provider-aws#8905, terraform-aws-iam#202, kubeflow/dashboard#29; some texts unverified."""
    found = _code_and_text(validation.check_trust_policy, text, lambda arn: arn == ROOT["AWS"])
    assert found[0] == code
    assert message in found[1]


@pytest.mark.parametrize(
    "text",
    [
        irsa_trust("111122223333"),
        trust(ROOT),
        trust("*"),
        trust({"Service": "ec2.amazonaws.com"}),
        trust({"Federated": "cognito-identity.amazonaws.com"}, "sts:AssumeRoleWithWebIdentity"),
        trust(ROOT, Sid="Epinio1"),
        document({"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole"}, version="2008-10-17"),
        document({"Effect": "Allow", "Principal": ROOT, "Action": "sts:AssumeRole"}, version=None),
        " " * 4000 + trust(ROOT),
    ],
)
def test_trust_policies_that_iam_takes(text: str) -> None:
    """Blanks do not count towards the size; moto's false alarm about the version is gone."""
    validation.check_trust_policy(text, lambda arn: arn == ROOT["AWS"])


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (document(allow("s3:GetObject", f"{BUCKET}/{'x' * 6144}")), "LimitExceeded", "PolicySize: 6144"),
        (document(allow("s3:GetObject", Principal="*")), "MalformedPolicyDocument", "should not specify a principal"),
        (document(allow("s3:GetObject", Sid="a b")), "MalformedPolicyDocument", "must be alpha-numeric"),
        (document(allow("s3:GetObject", "arn:aws-cn:s3:::x")), "MalformedPolicyDocument", 'Partition "aws-cn"'),
    ],
)
def test_identity_policies_that_iam_refuses(text: str, code: str, message: str) -> None:
    """Sources: IAM quotas page for the size; the other texts are known, not verified."""
    found = _code_and_text(validation.check_identity_policy, text, "aws")
    assert found[0] == code
    assert message in found[1]


def test_size_is_counted_without_blanks() -> None:
    validation.check_identity_policy(document(allow("s3:GetObject")) + " " * 7000, "aws")


@pytest.mark.parametrize(
    "statement",
    [
        allow("s3:*"),
        {"Effect": "Allow", "Principal": "*", "Action": "s3:*"},
        {"Effect": "Perhaps", "Principal": "*", "Action": "s3:*", "Resource": BUCKET},
        allow("s3:*", "arn:aws:s3:::other/*", Principal="*"),
        allow("s3:*", f"{BUCKET}-2", Principal="*"),
    ],
)
def test_bucket_policies_that_s3_refuses(statement: dict[str, Any]) -> None:
    code, _ = _code_and_text(validation.check_bucket_policy, document(statement), BUCKET)
    assert code == "MalformedPolicy"


def test_iam_gives_a_trust_policy_back_in_another_spelling() -> None:
    """Sources: aws-controllers-k8s/community#2142 and #2875: `sub` before `aud`, other order, no lists of one."""
    statement = {
        "Action": ["sts:AssumeRole"],
        "Condition": {"StringEquals": {"o:aud": ["sts.amazonaws.com"], "o:sub": ["a", "b"]}},
        "Principal": {"AWS": "111122223333"},
        "Effect": "Allow",
    }
    returned = trusts.reordered(json.dumps({"Version": "2012-10-17", "Statement": statement}), "aws")
    assert returned == (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},'
        '"Action":"sts:AssumeRole","Condition":{"StringEquals":{"o:sub":["b","a"],"o:aud":"sts.amazonaws.com"}}}]}'
    )
