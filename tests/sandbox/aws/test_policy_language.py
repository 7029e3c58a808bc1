"""The evaluator by tables. Source of every row: IAM User Guide, "IAM JSON policy element reference"."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from sandbox.aws.policies import conditions, evaluation, patterns, principals
from sandbox.aws.policies.documents import statements
from sandbox.aws.policies.evaluation import BOUNDARY, IDENTITY, RESOURCE, SESSION, Denied, Policies, Request
from sandbox.aws.policies.principals import Grant, Principal
from tests.sandbox.aws.fixtures import allow, deny, document

USER = Principal("111122223333", "arn:aws:iam::111122223333:user/ann")
ROLE_ARN = "arn:aws:iam::111122223333:role/team/server"
SESSION_OF_ROLE = Principal("111122223333", "arn:aws:sts::111122223333:assumed-role/server/s", ROLE_ARN)
OBJECT = "arn:aws:s3:::bucket/key"
ISSUER_KEY = "oidc.eks/id/ABC:sub"


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("*", "anything:at/all", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/b/c", True),
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b", False),
        ("arn:aws:s3:::b", "arn:aws:s3:::bb", False),
        ("k?y", "key", True),
        ("k?y", "ky", False),
        ("a.c", "abc", False),
        ("Key", "key", False),
        ("a[b]", "a[b]", True),
    ],
)
def test_wildcards(pattern: str, value: str, expected: bool) -> None:
    assert patterns.matches(pattern, value) is expected


@pytest.mark.parametrize(
    ("pattern", "value", "expected"),
    [
        ("home/${aws:username}/*", "home/ann/x", True),
        ("home/${aws:username}/*", "home/bob/x", False),
        ("home/${aws:PrincipalTag/team}/*", "home//x", False),
        ("home/${aws:PrincipalTag/team, 'all'}/*", "home/all/x", True),
        ("a${*}b", "a*b", True),
        ("a${*}b", "axb", False),
        ("${aws:userid}", "a*b", True),
        ("${aws:userid}", "axb", False),
    ],
)
def test_variables_are_text_and_not_wildcards(pattern: str, value: str, expected: bool) -> None:
    context = {"aws:username": ("ann",), "aws:userid": ("a*b",)}
    assert patterns.matches_with_variables(pattern, value, context) is expected


CONTEXT = {
    "aws:sourceip": ("10.0.0.7",),
    "aws:securetransport": ("true",),
    "aws:currenttime": ("2026-01-01T00:00:00+00:00",),
    "s3:max-keys": ("10",),
    "aws:tagkeys": ("team", "cost"),
    ISSUER_KEY.lower(): ("system:serviceaccount:epinio:server",),
    "aws:principalarn": (ROLE_ARN,),
    "aws:username": ("ann",),
}


@pytest.mark.parametrize(
    ("operator", "key", "values", "expected"),
    [
        ("StringEquals", ISSUER_KEY, "system:serviceaccount:epinio:server", True),
        ("StringEquals", ISSUER_KEY.upper(), "system:serviceaccount:epinio:server", True),
        ("StringEquals", ISSUER_KEY, "system:serviceaccount:epinio:*", False),
        ("StringEquals", ISSUER_KEY, ["other", "system:serviceaccount:epinio:server"], True),
        ("stringequals", "aws:username", "ann", True),
        ("StringEquals", "aws:username", "${aws:username}", True),
        ("StringEqualsIgnoreCase", "aws:username", "ANN", True),
        ("StringNotEquals", "aws:username", "bob", True),
        ("StringNotEquals", "aws:username", ["ann", "bob"], False),
        ("StringLike", ISSUER_KEY, "system:serviceaccount:epinio:*", True),
        ("StringLike", ISSUER_KEY, "system:serviceaccount:other:*", False),
        ("StringNotLike", ISSUER_KEY, "system:serviceaccount:epinio:*", False),
        ("NumericLessThanEquals", "s3:max-keys", "10", True),
        ("NumericGreaterThan", "s3:max-keys", 10, False),
        ("NumericEquals", "aws:username", "1", False),
        ("DateLessThan", "aws:CurrentTime", "2027-01-01T00:00:00Z", True),
        ("DateGreaterThan", "aws:CurrentTime", "2027-01-01T00:00:00Z", False),
        ("Bool", "aws:SecureTransport", False, False),
        ("Bool", "aws:SecureTransport", "true", True),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8", True),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8", False),
        ("IpAddress", "aws:SourceIp", "nonsense", False),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/team/*", True),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::*:role/other", False),
        ("ArnLike", "aws:PrincipalArn", "arn:*", False),
        # A key that the request lacks.
        ("StringEquals", "aws:SourceVpce", "vpce-1", False),
        ("StringEqualsIfExists", "aws:SourceVpce", "vpce-1", True),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1", True),
        ("Null", "aws:SourceVpce", "true", True),
        ("Null", "aws:username", "true", False),
        ("Null", "aws:username", False, True),
        # Keys with several values.
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team", "cost", "more"], True),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], False),
        ("ForAnyValue:StringEquals", "aws:TagKeys", ["team"], True),
        ("ForAllValues:StringEquals", "aws:SourceVpce", ["vpce-1"], True),
        ("ForAnyValue:StringEquals", "aws:SourceVpce", ["vpce-1"], False),
        # An operator that does not exist.
        ("StringAlmost", "aws:username", "ann", False),
        ("Sometimes:StringEquals", "aws:username", "ann", False),
    ],
)
def test_conditions(operator: str, key: str, values: Any, expected: bool) -> None:
    statement = allow("*", Condition={operator: {key: values}})
    (parsed,) = statements(document(statement))
    assert conditions.hold(parsed.conditions, CONTEXT) is expected


def test_all_operators_and_all_keys_must_hold() -> None:
    both = {"StringEquals": {"aws:username": "ann"}, "Bool": {"aws:SecureTransport": "false"}}
    (parsed,) = statements(document(allow("*", Condition=both)))
    assert not conditions.hold(parsed.conditions, CONTEXT)


@pytest.mark.parametrize(
    ("principal", "caller", "expected"),
    [
        ("*", USER, Grant.ROLE),
        ({"AWS": "*"}, USER, Grant.ROLE),
        ({"AWS": USER.arn}, USER, Grant.SELF),
        ({"AWS": f"{USER.arn}istrator"}, USER, Grant.NONE),
        ({"AWS": "arn:aws:iam::111122223333:user/*"}, USER, Grant.NONE),
        ({"AWS": "111122223333"}, USER, Grant.ACCOUNT),
        ({"AWS": "arn:aws:iam::111122223333:root"}, SESSION_OF_ROLE, Grant.ACCOUNT),
        ({"AWS": "arn:aws:iam::444455556666:root"}, USER, Grant.NONE),
        ({"AWS": ["444455556666", ROLE_ARN]}, SESSION_OF_ROLE, Grant.ROLE),
        ({"AWS": SESSION_OF_ROLE.arn}, SESSION_OF_ROLE, Grant.SELF),
        ({"Service": "ec2.amazonaws.com"}, USER, Grant.NONE),
        ({"Federated": USER.arn}, USER, Grant.NONE),
    ],
)
def test_principals(principal: Any, caller: Principal, expected: Grant) -> None:
    (parsed,) = statements(document(allow("*", Principal=principal)))
    assert principals.addressed(parsed, caller) == expected


def test_not_principal_means_everybody_else() -> None:
    (parsed,) = statements(document(deny("*", NotPrincipal={"AWS": USER.arn})))
    assert not principals.addressed(parsed, USER)
    assert principals.addressed(parsed, SESSION_OF_ROLE)


WRITE = Request("s3:PutObject", OBJECT, {"aws:username": ("ann",)})
ALL = statements(document(allow("*")))
READ_ONLY = statements(document(allow("s3:Get*")))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (allow("s3:PutObject", OBJECT), True),
        (allow("S3:putobject", OBJECT), True),
        (allow("s3:Put*", "arn:aws:s3:::bucket/*"), True),
        (allow(["s3:GetObject", "s3:PutObject"], ["arn:aws:s3:::other", OBJECT]), True),
        (allow("s3:PutObject", "arn:aws:s3:::bucket"), False),
        (allow("s3:GetObject", OBJECT), False),
        ({"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}, True),
        ({"Effect": "Allow", "NotAction": "s3:Put*", "Resource": "*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::bucket/*"}, False),
        ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::other/*"}, True),
        (allow("*", Condition={"StringEquals": {"aws:username": "bob"}}), False),
    ],
)
def test_what_an_identity_policy_allows(statement: dict[str, Any], expected: bool) -> None:
    policies = Policies(identity=statements(document(statement)))
    assert (evaluation.denial(WRITE, policies, USER, USER.account) is None) is expected


def test_a_deny_with_not_resource_denies_the_rest() -> None:
    """Stock moto grants here."""
    everything_else = deny("*") | {"NotResource": "arn:aws:s3:::mine/*"}
    del everything_else["Resource"]
    policies = Policies(identity=statements(document(allow("*"), everything_else)))
    assert evaluation.denial(WRITE, policies, USER, USER.account) == Denied(IDENTITY, explicit=True)


def _resource(principal: Any, effect: str = "Allow") -> evaluation.Statements:
    return statements(document(allow("s3:*", Principal=principal) | {"Effect": effect}))


@pytest.mark.parametrize(
    ("policies", "caller", "owner", "expected"),
    [
        (Policies(), USER, "", Denied(IDENTITY, explicit=False)),
        (Policies(identity=ALL), USER, "", None),
        (Policies(identity=ALL, boundary=READ_ONLY), USER, "", Denied(BOUNDARY, explicit=False)),
        (Policies(identity=READ_ONLY, boundary=ALL), USER, "", Denied(IDENTITY, explicit=False)),
        (Policies(identity=ALL, session=READ_ONLY), SESSION_OF_ROLE, "", Denied(SESSION, explicit=False)),
        (Policies(identity=ALL, session=()), SESSION_OF_ROLE, "", Denied(SESSION, explicit=False)),
        # One account: the resource's policy is enough, unless it only names the account.
        (Policies(resource=_resource({"AWS": USER.arn})), USER, "", None),
        (Policies(resource=_resource({"AWS": ROLE_ARN})), SESSION_OF_ROLE, "", None),
        (Policies(resource=_resource("*")), USER, "", None),
        (Policies(resource=_resource({"AWS": "111122223333"})), USER, "", Denied(IDENTITY, explicit=False)),
        # A grant to the role stays within its boundary, one to the session itself does not.
        (Policies(boundary=(), resource=_resource({"AWS": ROLE_ARN})), SESSION_OF_ROLE, "", Denied(BOUNDARY, False)),
        (Policies(boundary=(), resource=_resource({"AWS": SESSION_OF_ROLE.arn})), SESSION_OF_ROLE, "", None),
        # A deny wins everywhere.
        (Policies(identity=ALL, resource=_resource("*", "Deny")), USER, "", Denied(RESOURCE, explicit=True)),
        (Policies(identity=ALL, boundary=statements(document(deny("s3:Put*")))), USER, "", Denied(BOUNDARY, True)),
        # Another account's resource: both sides.
        (Policies(identity=ALL), USER, "444455556666", Denied(RESOURCE, explicit=False)),
        (Policies(resource=_resource({"AWS": USER.arn})), USER, "444455556666", Denied(IDENTITY, explicit=False)),
        (Policies(identity=ALL, resource=_resource({"AWS": USER.arn})), USER, "444455556666", None),
        (Policies(identity=ALL, resource=_resource({"AWS": "111122223333"})), USER, "444455556666", None),
    ],
)
def test_how_policies_work_together(policies: Policies, caller: Principal, owner: str, expected: Denied | None) -> None:
    """Source: IAM User Guide, "Policy evaluation logic", for requests within an account and across accounts."""
    assert evaluation.denial(WRITE, policies, caller, owner or caller.account) == expected


@pytest.mark.parametrize(
    ("denied", "expected"),
    [
        (Denied(IDENTITY, explicit=False), "because no identity-based policy allows the s3:PutObject action"),
        (Denied(IDENTITY, explicit=True), "with an explicit deny in an identity-based policy"),
        (Denied(RESOURCE, explicit=True), "with an explicit deny in a resource-based policy"),
        (Denied(BOUNDARY, explicit=False), "because no permissions boundary allows the s3:PutObject action"),
        (Denied(BOUNDARY, explicit=True), "with an explicit deny in a permissions boundary"),
        (Denied(SESSION, explicit=False), "because no session policy allows the s3:PutObject action"),
    ],
)
def test_reasons_in_awss_words(denied: Denied, expected: str) -> None:
    """Source: IAM User Guide, "Troubleshoot access denied error messages"."""
    assert denied.reason("s3:PutObject") == expected
