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
        {"Action": "STS:assumerolewithwebidentity"},
        {"Action": "sts:AssumeRole*"},
        {"Effect": "allow"},
        {"Condition": {"stringequals": {f"{HOST.upper()}:SUB": TOKEN.subject}}},
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
        ({"Condition": {"stringequals": {f"{HOST}:aud": "x"}}}, "the token says sts.amazonaws.com"),
        ({"Effect": "Deny"}, "statement Ours denies it: {"),
        ({"Effect": "Deny", "Principal": "*", "Condition": {}}, "statement Ours denies it: {"),
        ({"Effect": "Deny", "Action": "sts:AssumeRole"}, "no statement allows"),
        ({"Action": "sts:AssumeRole"}, 'it allows "sts:AssumeRole", which is not sts:AssumeRoleWithWebIdentity'),
        ({"Action": ["sts:AssumeRole", "sts:TagSession"]}, 'it allows ["sts:AssumeRole", "sts:TagSession"], which'),
        ({"Sid": "", "Action": "sts:AssumeRole"}, "a statement without a Sid: it allows"),
    ],
)
def test_says_what_differs(changed: dict[str, Any], reason: str) -> None:
    assert reason in "; ".join(refusals(trust(**changed), PROVIDER, TOKEN))


def test_one_statement_that_admits_is_enough() -> None:
    both = {"Statement": [*trust(Action="sts:AssumeRole")["Statement"], *trust()["Statement"]]}
    assert refusals(both, PROVIDER, TOKEN) == []


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({}, True),
        ({"Principal": "*"}, True),
        ({"Action": "sts:*", "Condition": {}}, True),
        ({"Principal": {"Federated": "arn:aws:iam::1:oidc-provider/other"}}, False),
        ({"Action": "sts:AssumeRole"}, False),
        ({"Condition": {"StringEquals": {f"{HOST}:sub": "other"}}}, False),
        # Whether it holds is for AWS to decide.
        ({"Condition": {"StringNotEquals": {f"{HOST}:sub": TOKEN.subject}}}, False),
    ],
)
def test_a_deny_that_holds_is_the_reason_whatever_is_allowed(changed: dict[str, Any], refused: bool) -> None:
    both = {"Statement": [*trust()["Statement"], *trust(Effect="Deny", **changed)["Statement"]]}
    assert bool(refusals(both, PROVIDER, TOKEN)) is refused


def test_not_action() -> None:
    (statement,) = trust()["Statement"]
    del statement["Action"]
    assert refusals({"Statement": {**statement, "NotAction": "sts:AssumeRole"}}, PROVIDER, TOKEN) == []
    (reason,) = refusals({"Statement": {**statement, "NotAction": "sts:assumerole*"}}, PROVIDER, TOKEN)
    assert 'it allows all but "sts:assumerole*"' in reason
    (reason,) = refusals({"Statement": statement}, PROVIDER, TOKEN)
    assert "it allows all but nothing" not in reason
