"""Documents are equal when they say the same."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ONE: dict[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "A",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": ["arn:aws:s3:::b/*"],
            "Condition": {"StringEquals": {"aws:ResourceAccount": ["1", "2"]}, "Bool": {"aws:SecureTransport": "true"}},
        },
        {
            "Sid": "B",
            "Effect": "Deny",
            "Principal": {"AWS": ["123456789012"]},
            "NotAction": "s3:ListBucket",
            "NotResource": "*",
        },
    ],
}
# The same, as IAM may give it back.
SAME: dict[str, Any] = {
    "Statement": [
        {
            "NotResource": ["*"],
            "NotAction": ["s3:ListBucket"],
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Effect": "Deny",
            "Sid": "B",
        },
        {
            "Condition": {"Bool": {"aws:SecureTransport": True}, "StringEquals": {"aws:ResourceAccount": [2, "1"]}},
            "Resource": "arn:aws:s3:::b/*",
            "Action": ["s3:PutObject", "s3:GetObject"],
            "Effect": "allow",
            "Sid": "A",
        },
    ],
    "Version": "2012-10-17",
}


def _changed(**change: Any) -> dict[str, Any]:
    return {**ONE, "Statement": [{**ONE["Statement"][0], **change}, ONE["Statement"][1]]}


def test_order_lists_and_spellings_do_not_count() -> None:
    assert documents.equal(ONE, SAME)
    assert documents.equal_but_for_names(ONE, SAME)


@pytest.mark.parametrize(
    "change",
    [
        {"Effect": "Deny"},
        {"Action": "s3:GetObject"},
        {"Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]},
        {"Resource": "arn:aws:s3:::c/*"},
        {"Condition": {}},
        {"Condition": {"StringLike": ONE["Statement"][0]["Condition"]["StringEquals"]}},
        {"Principal": "*"},
        {"NotResource": "*"},
    ],
)
def test_what_counts(change: dict[str, Any]) -> None:
    assert not documents.equal(ONE, _changed(**change))
    assert not documents.equal_but_for_names(ONE, _changed(**change))


def test_one_statement_is_a_list_of_one() -> None:
    statement = ONE["Statement"][0]
    assert documents.equal({"Statement": statement}, {"Statement": [statement], "Version": "2008-10-17"})
    assert not documents.equal({"Statement": statement}, {"Statement": [statement], "Version": "2012-10-17"})


@pytest.mark.parametrize("change", [_changed(Sid="C"), {**ONE, "Id": "x"}])
def test_names_count_only_where_they_are_ours(change: dict[str, Any]) -> None:
    assert not documents.equal(ONE, change)
    assert documents.equal_but_for_names(ONE, change)


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("*", {"AWS": "*"}, True),
        ({"AWS": "123456789012"}, {"AWS": ["arn:aws-cn:iam::123456789012:root"]}, True),
        ({"AWS": "123456789012"}, {"AWS": "arn:aws:iam::123456789012:user/root"}, False),
        ({"AWS": "*"}, {"Federated": "*"}, False),
        ({"Service": ["a", "b"]}, {"Service": ["b", "a"]}, True),
    ],
)
def test_principals(one: Any, other: Any, equal: bool) -> None:
    assert documents.statement_equal({"Principal": one}, {"Principal": other}) is equal


def test_size_leaves_white_space_out() -> None:
    assert documents.size({"a": "b c\td"}) == len('{"a":"bc\\td"}')
    assert documents.text({"a": [1, 2]}) == '{"a":[1,2]}'


def test_a_statement_finds_its_place_by_sid() -> None:
    ours = {"Sid": "A", "Effect": "Deny"}
    replaced = documents.with_statement(ONE, ours)
    assert replaced["Statement"] == [ours, ONE["Statement"][1]]
    added = documents.with_statement(ONE, {"Sid": "C"})
    assert added["Statement"] == [*ONE["Statement"], {"Sid": "C"}]
    assert documents.others(added, "C") == ONE["Statement"]
    assert len(ONE["Statement"]) == 2


def test_a_statement_is_taken_out_by_sid() -> None:
    policy = {"Version": "2008-10-17", "Id": "X", "Statement": [{"Sid": "A"}, {"Sid": "B"}, {"Effect": "Deny"}]}
    assert documents.without_statement(policy, "A") == {**policy, "Statement": [{"Sid": "B"}, {"Effect": "Deny"}]}
    single = {"Statement": {"Sid": "A"}}
    assert documents.without_statement(single, "B") == single
    assert documents.without_statement(single, "A") == {"Statement": []}


def test_an_equal_statement_stays_as_it_is_written() -> None:
    assert documents.with_statement(SAME, ONE["Statement"][0]) == SAME


@pytest.mark.parametrize(
    "refused",
    [
        {},
        {"Statement": []},
        {"Statement": "x"},
        {"Statement": [{}, "x"]},
        {"Statement": {"Condition": "x"}},
        {"Statement": {"Condition": {"Bool": "x"}}},
        {"Statement": {"Principal": "*"}},
    ],
)
def test_a_document_without_the_shape_of_a_policy(refused: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="policy document"):
        documents.check(refused)


def test_a_shaped_document() -> None:
    documents.check({"Statement": {"Effect": "Allow"}})
    documents.check({"Statement": [ONE["Statement"][0]]})


@pytest.mark.parametrize(
    ("found", "texts"),
    [
        (None, []),
        ("b", ["b"]),
        (["b", "a", "b"], ["b", "a", "b"]),
        ([], []),
        (True, ["true"]),
        ([False, 1], ["false", "1"]),
    ],
)
def test_one_value_or_a_list(found: object, texts: list[str]) -> None:
    assert documents.values(found) == texts
