"""A managed policy becomes what is wanted, and nobody else's is touched."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Wanted, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
DOCUMENT = documents.document({"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]})
EDITED = documents.document({"Sid": "A", "Effect": "Allow", "Action": ["s3:*"], "Resource": ["*"]})
REORDERED = {
    "Statement": {"Resource": "*", "Action": "s3:GetObject", "Effect": "Allow", "Sid": "A"},
    "Version": "2012-10-17",
}
WANTED = Wanted(OWNER, "p", "/team/", DOCUMENT, "words", {"team": "a"})
ARN = "arn:aws:iam::123456789012:policy/team/p"
OURS = Policy(ARN, REORDERED, WANTED.marked)


def _operations(actual: Policy | None, wanted: Wanted = WANTED) -> list[str]:
    return [change.operation for change in plan(wanted, actual).changes]


def test_a_missing_policy_is_created() -> None:
    found = plan(WANTED, None)
    (change,) = found.changes
    assert change.operation == "iam.create_policy"
    arguments = dict(change.arguments)
    assert json.loads(arguments.pop("PolicyDocument")) == DOCUMENT
    assert arguments == {
        "PolicyName": "p",
        "Path": "/team/",
        "Description": "words",
        "Tags": [{"Key": key, "Value": WANTED.marked[key]} for key in sorted(WANTED.marked)],
    }
    assert found.before == {}
    assert found.after == {"arn": ARN, "document": DOCUMENT, "tags": WANTED.marked}


def test_no_description_is_none() -> None:
    assert "Description" not in plan(replace(WANTED, description=""), None).changes[0].arguments


def test_an_equal_policy_stays_and_shows_no_difference() -> None:
    found = plan(WANTED, OURS)
    assert (found.changes, found.notices) == ((), ())
    assert found.before == found.after


def test_tags_of_others_are_kept() -> None:
    found = plan(WANTED, replace(OURS, tags={**WANTED.marked, "team": "b", "theirs": "x"}))
    assert [(change.operation, dict(change.arguments)) for change in found.changes] == [
        ("iam.tag_policy", {"PolicyArn": ARN, "Tags": [{"Key": "team", "Value": "a"}]})
    ]
    assert found.after["tags"] == {**WANTED.marked, "theirs": "x"}


@pytest.mark.parametrize(
    ("versions", "pruned"),
    [
        ((), []),
        (("v1", "v2", "v3"), []),
        (("v1", "v2", "v3", "v4"), ["v1"]),
        (("v1", "v2", "v3", "v4", "v5"), ["v1", "v2"]),
    ],
)
def test_the_oldest_versions_make_room(versions: tuple[str, ...], pruned: list[str]) -> None:
    found = plan(WANTED, replace(OURS, document=EDITED, versions=versions))
    assert [change.arguments["VersionId"] for change in found.changes[:-1]] == pruned
    assert found.changes[-1].operation == "iam.replace_default_version"
    assert json.loads(found.changes[-1].arguments["PolicyDocument"]) == DOCUMENT
    assert (found.before["document"], found.after["document"]) == (EDITED, DOCUMENT)


def test_a_renamed_statement_of_ours_is_put_right() -> None:
    renamed = documents.document({**DOCUMENT["Statement"][0], "Sid": "B"})
    assert _operations(replace(OURS, document=renamed)) == ["iam.replace_default_version"]


def test_an_unmarked_policy_that_says_the_same_is_used_and_left_unmarked() -> None:
    renamed = documents.document({**DOCUMENT["Statement"][0], "Sid": "B"})
    found = plan(WANTED, Policy(ARN, renamed, {"theirs": "x"}))
    assert found.changes == ()
    assert found.before == found.after
    assert "not made by this collection" in found.notices[0]


def test_an_unmarked_policy_that_says_anything_else_is_refused() -> None:
    with pytest.raises(Refused, match=r'statement A: Action is "s3:\*" and must be "s3:GetObject"'):
        plan(WANTED, Policy(ARN, EDITED))


def test_a_refused_policy_of_a_stack_names_its_owner() -> None:
    marks = {"aws:cloudformation:stack-name": "s"}
    with pytest.raises(
        Refused, match=r"(?s)GetObject.\. CloudFormation.*aws:cloudformation:stack-name.*its owner remove"
    ):
        plan(WANTED, Policy(ARN, EDITED, marks))


def test_another_wirings_policy_is_refused_even_if_it_is_equal() -> None:
    with pytest.raises(Refused, match=r"cluster/two/epinio.*epinio_name_suffix"):
        plan(WANTED, replace(OURS, tags=OTHER.tags({})))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a b"},
        {"path": "team"},
        {"tags": {"epinio.aws/wiring": "x"}},
        {"tags": {"a": "*"}},
        {"document": {}},
        {"document": documents.document({"Sid": "A" * 6100, "Effect": "Allow", "Action": "s3:*", "Resource": "*"})},
    ],
)
def test_what_iam_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(WANTED, **change)


def test_the_largest_document_is_taken() -> None:
    frame = documents.size(documents.document({"Sid": "", "Effect": "Allow"}))
    replace(WANTED, document=documents.document({"Sid": "A" * (6144 - frame), "Effect": "Allow"}))
