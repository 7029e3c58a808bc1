"""Which statements are the same to IAM, and which only look alike."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents

ACCOUNT, ROOT = "123456789012", "arn:aws:iam::123456789012:root"
ARN = "arn:aws:s3:::b/*"


def when(**condition: Any) -> dict[str, Any]:
    return {"Condition": condition}


SAME: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "an action's name": ({"Action": "s3:GetObject"}, {"Action": "s3:getObject"}),
    "an action's service": ({"Action": "s3:GetObject"}, {"Action": ["S3:GETOBJECT"]}),
    "two spellings of an action": ({"Action": ["s3:GetObject", "s3:getobject"]}, {"Action": "s3:GetObject"}),
    "NotAction": ({"NotAction": "s3:GetObject"}, {"NotAction": ["s3:getObject"]}),
    "wildcards of actions": ({"Action": "s3:Get*"}, {"Action": "s3:get*"}),
    "Effect": ({"Effect": "Allow"}, {"Effect": "allow"}),
    "no conditions": ({"Condition": {}}, {}),
    "an operator": (when(StringEquals={"a:b": "c"}), when(stringequals={"a:b": ["c"]})),
    "an operator with a quantifier": (when(**{"ForAnyValue:StringLike": {"a:b": "c"}}),
                                      when(**{"foranyvalue:stringlike": {"a:b": "c"}})),
    "a condition's key": (when(StringEquals={"aws:SourceVpc": "v"}), when(StringEquals={"AWS:sourcevpc": "v"})),
    "operators in two spellings": (when(StringEquals={"a": "1", "b": "2"}),
                                   when(StringEquals={"a": "1"}, stringequals={"b": "2"})),
    "a boolean": (when(Bool={"aws:SecureTransport": False}), when(Bool={"aws:SecureTransport": "false"})),
    "a number": (when(NumericEquals={"s3:max-keys": 10}), when(NumericEquals={"s3:max-keys": ["10"]})),
    "values in order": (when(StringLike={"a": ["x", "y"]}), when(StringLike={"a": ["y", "x", "y"]})),
    "resources in order": ({"Resource": [ARN, "x"]}, {"Resource": ["x", ARN, ARN]}),
    "NotResource": ({"NotResource": ARN}, {"NotResource": [ARN]}),
    "everybody": ({"Principal": "*"}, {"Principal": {"AWS": ["*"]}}),
    "nobody but": ({"NotPrincipal": "*"}, {"NotPrincipal": {"AWS": "*"}}),
    "an account": ({"Principal": {"AWS": ACCOUNT}}, {"Principal": {"AWS": [ROOT]}}),
    "an account twice": ({"Principal": {"AWS": [ACCOUNT, ROOT]}}, {"Principal": {"AWS": ROOT}}),
}  # fmt: skip

OTHER: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "another action": ({"Action": "s3:GetObject"}, {"Action": "s3:GetObjects"}),
    "a wildcard is not expanded": ({"Action": ["s3:GetObject", "s3:*"]}, {"Action": "s3:*"}),
    "Action and NotAction": ({"Action": "s3:GetObject"}, {"NotAction": "s3:GetObject"}),
    "no action": ({"Action": []}, {}),
    "Effect": ({"Effect": "Allow"}, {"Effect": "Deny"}),
    "case of a resource": ({"Resource": ARN}, {"Resource": ARN.upper()}),
    "case of a key's object": ({"Resource": "arn:aws:s3:::b/A"}, {"Resource": "arn:aws:s3:::b/a"}),
    "Resource and NotResource": ({"Resource": ARN}, {"NotResource": ARN}),
    "case of a value": (when(StringEquals={"a": "x"}), when(StringEquals={"a": "X"})),
    "another operator": (when(StringEquals={"a": "x"}), when(StringLike={"a": "x"})),
    "IfExists": (when(StringEquals={"a": "x"}), when(StringEqualsIfExists={"a": "x"})),
    "a quantifier": (when(StringLike={"a": "x"}), when(**{"ForAllValues:StringLike": {"a": "x"}})),
    "two spellings of a key, which must both hold": (
        when(StringEquals={"aws:a": "x", "AWS:A": "y"}), when(StringEquals={"aws:a": ["x", "y"]})
    ),
    "a key under another operator": (when(StringEquals={"a": "x"}, StringLike={"b": "y"}),
                                     when(StringEquals={"b": "y"}, StringLike={"a": "x"})),
    "no value, which never holds": (when(StringEquals={"a": []}), {}),
    "an operator without keys": (when(StringEquals={}), {}),
    "a boolean of another word": (when(Bool={"a": True}), when(Bool={"a": "1"})),
    "everybody and a service": ({"Principal": "*"}, {"Principal": {"Service": "*"}}),
    "Principal and NotPrincipal": ({"Principal": "*"}, {"NotPrincipal": "*"}),
    "a user and its account": ({"Principal": {"AWS": ROOT}}, {"Principal": {"AWS": ROOT.replace("root", "user/a")}}),
    "case of a role": ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/a"}},
                       {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/A"}}),
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=list(SAME))
def test_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert documents.statement_equal(one, other)
    assert documents.equal({"Statement": one}, {"Statement": [other]})


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=list(OTHER))
def test_not_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert not documents.statement_equal(one, other)
    assert not documents.equal_but_for_names({"Statement": one}, {"Statement": other})


def test_a_statement_that_is_there_twice() -> None:
    one, again = {"Sid": "A", "Effect": "Allow", "Action": "s3:a"}, {"Effect": "Allow", "Action": "s3:A"}
    assert documents.equal_but_for_names({"Statement": [one, again]}, {"Statement": one})
    assert not documents.equal({"Statement": [one, again]}, {"Statement": one})
