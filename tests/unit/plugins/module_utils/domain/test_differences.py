"""A refusal names what differs: where, what is there, and what is wanted."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import differences, documents, policies
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners import iam_policy, irsa_role
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Wanted as WantedRole

from tests.meta.sources import REPOSITORY

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
POLICY = "arn:aws:iam::123456789012:policy/ours"
ROLE = WantedRole(OWNER, "r", "/", "https://oidc.test/id/A", "server", (POLICY,))
OURS = ROLE.statement
AUD, SUB, PROVIDER = "oidc.test/id/A:aud", "oidc.test/id/A:sub", OURS["Principal"]["Federated"]
WEB = '"sts:AssumeRoleWithWebIdentity"'


def trusting(**changed: Any) -> Role:
    statement = {key: value for key, value in {**OURS, **changed}.items() if value is not None}
    return Role("r", "/", documents.document(statement), policies=(POLICY,))


def when(operator: str = "StringEquals", **keys: Any) -> dict[str, Any]:
    said = {AUD: "sts.amazonaws.com", SUB: "system:serviceaccount:epinio:server"}
    return {"Condition": {operator: {**said, **{{"aud": AUD, "sub": SUB}.get(k, k): v for k, v in keys.items()}}}}


TRUST: dict[str, tuple[dict[str, Any], list[str]]] = {
    "more actions": (
        {"Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]},
        [f'Action is ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] and must be {WEB}'],
    ),
    "another action": ({"Action": "sts:AssumeRole"}, [f'Action is "sts:AssumeRole" and must be {WEB}']),
    "all actions but": (
        {"Action": None, "NotAction": "sts:AssumeRole"},
        [f"Action is absent and must be {WEB}", 'NotAction is "sts:AssumeRole" and must be absent', "for all but"],
    ),
    "a denial": ({"Effect": "Deny"}, ['Effect is "Deny" and must be "Allow"', 'it denies {"Federated"']),
    "another provider": (
        {"Principal": {"Federated": "other"}}, [f'Principal.Federated is "other" and must be "{PROVIDER}"']
    ),
    "everybody": (
        {"Principal": "*"},
        [f'Principal.Federated is absent and must be "{PROVIDER}"', 'Principal.AWS is "*" and must be absent'],
    ),
    "everybody but": (
        {"Principal": None, "NotPrincipal": {"AWS": "x"}},
        ['NotPrincipal.AWS is "x" and must be absent', "trusts all but"],
    ),
    "no conditions": ({"Condition": {}}, [f'Condition.StringEquals.{AUD} is absent and must be "sts.amazonaws.com"']),
    "another operator": (
        when("StringLike"), [f'Condition.StringLike.{AUD} is "sts.amazonaws.com" and must be absent']
    ),
    "another account": (when(sub="x"), [f'{SUB} is "x" and must be "system:serviceaccount:epinio:server"']),
    "two accounts": (when(sub=["a", "b"]), [f'{SUB} is ["a", "b"] and must be']),
    "one more key": (
        when("StringEquals", **{"aws:x": True}), ["Condition.StringEquals.aws:x is true and must be absent"]
    ),
    "the same under another Sid": ({"Sid": "Theirs", "Effect": "Deny"}, ["(statement Theirs: Effect"]),
    "without a Sid": ({"Sid": None, "Effect": "Deny"}, ["(a statement without a Sid: Effect"]),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "words"), TRUST.values(), ids=list(TRUST))
def test_of_a_trust_policy(changed: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        irsa_role.plan(ROLE, trusting(**changed))
    for word in ["it does not trust system:serviceaccount:epinio:server (", *words]:
        assert word in str(refused.value)


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a boundary": ({"permissions_boundary": POLICY}, {}, f"boundary is none and must be {POLICY}"),
    "another boundary": ({"permissions_boundary": POLICY}, {"permissions_boundary": "b"}, f"is b and must be {POLICY}"),
    "a session": ({"max_session_duration": 7200}, {}, "longest session is 3600 s and must be 7200 s"),
    "a path": ({}, {"path": "/a/"}, "The role /r exists as /a/r"),
    "a policy": ({}, {"policies": ()}, f"policy {POLICY} is not attached"),
    "another policy": ({}, {"policies": (POLICY, "x")}, "policy x is attached"),
    "an inline policy": ({}, {"inline": ("i",)}, "it has the inline policy i"),
}  # fmt: skip


@pytest.mark.parametrize(("wanted", "actual", "words"), SETTINGS.values(), ids=list(SETTINGS))
def test_of_a_role(wanted: dict[str, Any], actual: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=re.escape(words)):
        irsa_role.plan(replace(ROLE, **wanted), replace(trusting(), **actual))


WANTED = policies.profile_document("server", OWNER, "sources")
BUCKET, OBJECTS = WANTED["Statement"]
DOCUMENTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a version": ({**WANTED, "Version": "2008-10-17"}, ["Version is 2008-10-17 and must be 2012-10-17"]),
    "no version": ({"Statement": WANTED["Statement"]}, ["Version is 2008-10-17 and must be 2012-10-17"]),
    "one action less": (
        documents.document(BUCKET, {**OBJECTS, "Action": "s3:GetObject"}),
        ['statement EpinioKeepSources: Action is "s3:GetObject" and must be ["s3:AbortMultipartUpload", '],
    ),
    "another bucket": (
        documents.document(BUCKET, {**OBJECTS, "Resource": "arn:aws:s3:::x/*"}),
        ['Resource is "arn:aws:s3:::x/*" and must be "arn:aws:s3:::sources/*"'],
    ),
    "no condition": (
        documents.document(BUCKET, {**OBJECTS, "Condition": {}}),
        ['Condition.StringEquals.aws:ResourceAccount is absent and must be "123456789012"'],
    ),
    "one statement less": (documents.document(BUCKET), ['no statement is {"Sid": "EpinioKeepSources"']),
    "one statement more": (
        documents.document(BUCKET, OBJECTS, {"Effect": "Allow", "Action": "*", "Resource": "*"}),
        ['a statement without a Sid is not wanted: {"Effect": "Allow", "Action": "*"'],
    ),
    "nothing alike": (
        documents.document({"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}),
        ['no statement is {"Sid": "EpinioFindBucket"', "is not wanted"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("found", "words"), DOCUMENTS.values(), ids=list(DOCUMENTS))
def test_of_a_policy(found: dict[str, Any], words: list[str]) -> None:
    wanted = iam_policy.Wanted(OWNER, "p", "/", WANTED)
    with pytest.raises(Refused) as refused:
        iam_policy.plan(wanted, iam_policy.Policy(wanted.arn, found))
    for word in ["is not what is wanted: ", *words]:
        assert word in str(refused.value)


def test_many_and_long_differences_are_cut() -> None:
    many = documents.document(*({"Effect": "Allow", "Action": f"s3:{number}"} for number in range(20)))
    said = differences.of_documents(many, documents.document())
    assert (len(said), said[-1]) == (7, "and 14 more")
    assert len(differences.written("x" * 1000)) < 350
    assert differences.of_documents(many, many) == []


def test_every_refusal_of_this_kind_is_known() -> None:
    """Another place that says `not what is wanted` needs a table here or beside its planner."""
    folder = REPOSITORY / "plugins"
    found = [path for path in folder.rglob("*.py") if "not what is wanted" in Path(path).read_text(encoding="utf-8")]
    assert {path.name for path in found} == {"wiring.py", "sa_annotation.py"}
