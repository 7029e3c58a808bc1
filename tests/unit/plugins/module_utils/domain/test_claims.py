"""Whether a trust policy admits a token."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.claims import Claims, refusals

HOST = "oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{HOST}"
TOKEN = Claims(f"https://{HOST}", "sts.amazonaws.com", "system:serviceaccount:epinio:epinio-server")


def trust(**changed: Any) -> dict[str, Any]:
    statement = {
        "Sid": "Ours",
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{HOST}:aud": TOKEN.audience, f"{HOST}:sub": TOKEN.subject}},
    }
    return {"Version": "2012-10-17", "Statement": [{**statement, **changed}]}


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"Principal": {"Federated": [PROVIDER, "arn:aws:iam::1:oidc-provider/other"]}},
        {"Action": ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]},
        {"Condition": {"StringLike": {f"{HOST}:sub": "system:serviceaccount:epinio:*"}}},
        {"Condition": {}},
        # Not an operator of IRSA's: AWS decides.
        {"Condition": {"StringEqualsIgnoreCase": {f"{HOST}:sub": TOKEN.subject}}},
    ],
)
def test_admits(changed: dict[str, Any]) -> None:
    assert refusals(trust(**changed), PROVIDER, TOKEN) == []


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"Principal": {"Federated": "arn:aws:iam::1:oidc-provider/other"}}, "the token's is"),
        ({"Principal": "*"}, "no identity provider"),
        ({"Principal": {"AWS": "*"}}, "no identity provider"),
        (
            {"Condition": {"StringEquals": {f"{HOST}:sub": "system:serviceaccount:other:epinio-server"}}},
            "must be system",
        ),
        ({"Condition": {"StringEquals": {f"{HOST}:aud": "sts.amazonaws.com.cn"}}}, "the token says sts.amazonaws.com"),
        ({"Condition": {"StringLike": {f"{HOST}:sub": "system:serviceaccount:apps:*"}}}, "apps"),
        ({"Condition": {"StringEquals": {"oidc.other/id/1:sub": TOKEN.subject}}}, "the token says nothing"),
        ({"Effect": "Deny"}, "no statement allows"),
        ({"Action": "sts:AssumeRole"}, "no statement allows"),
    ],
)
def test_says_what_differs(changed: dict[str, Any], reason: str) -> None:
    assert reason in "; ".join(refusals(trust(**changed), PROVIDER, TOKEN))


def test_one_statement_that_admits_is_enough() -> None:
    both = {"Statement": [*trust(Effect="Deny")["Statement"], *trust()["Statement"]]}
    assert refusals(both, PROVIDER, TOKEN) == []
