"""Helm values: paths, merging, comparing."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path

ANNOTATION = ("serviceAccount", "annotations", "eks.amazonaws.com/role-arn")


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("minio.enabled", ("minio", "enabled")),
        ("domain", ("domain",)),
        ('serviceAccount.annotations."eks.amazonaws.com/role-arn"', ANNOTATION),
    ],
)
def test_paths_and_their_texts(text: str, keys: Path) -> None:
    assert values.path(text) == keys
    assert values.dotted(keys) == text


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("a", "b"), 1),
        (("a", "n"), None),
        (("a", "x"), ABSENT),
        (("a", "b", "c"), ABSENT),
        (("a",), {"b": 1, "n": None}),
    ],
)
def test_get(keys: Path, expected: Any) -> None:
    assert values.get({"a": {"b": 1, "n": None}}, keys) == expected


def test_tree() -> None:
    assert values.tree({("a", "b"): 1, ("a", "c"): 2, ("d",): 3}) == {"a": {"b": 1, "c": 2}, "d": 3}


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"a": {"b": 1}}, {"a": {"c": 2}}], {"a": {"b": 1, "c": 2}}),
        ([{"a": {"b": 1}}, {"a": None}], {"a": None}),
        ([{"a": None}, {"a": {"b": 1}}], {"a": {"b": 1}}),
        ([{"a": [1, 2]}, {"a": [3]}], {"a": [3]}),
        ([{"a": 1}, {}, {"a": 2}], {"a": 2}),
        ([{"a": {}}, {"b": {}}], {"a": {}, "b": {}}),
    ],
)
def test_merge(layers: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    assert values.merge(*layers) == expected


def test_merging_changes_no_layer() -> None:
    below: dict[str, Any] = {"a": {"b": {"c": 1}}}
    merged = values.merge(below, {"a": {"b": {"d": 2}}})
    merged["a"]["b"]["c"] = 9
    assert below == {"a": {"b": {"c": 1}}}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        (None, "", False),
        ([1, {"a": 1.0}], [1.0, {"a": 1}], True),
        ([True], [1], False),
        ({"a": 1}, {"a": 1, "b": None}, False),
        (None, ABSENT, False),
    ],
)
def test_equal(one: Any, other: Any, same: bool) -> None:
    assert values.equal(one, other) is same


def test_differences() -> None:
    before = {"a": {"b": 1, "c": 2}, "d": {}, "e": 1, "same": {"x": 1.0}}
    after = {"a": {"b": 1, "c": 3, "n": None}, "d": {"f": 4}, "e": {"g": 1}, "same": {"x": 1}}
    assert [values.dotted(keys) for keys in values.differences(before, after)] == ["a.c", "a.n", "d", "d.f", "e", "e.g"]


def test_strings() -> None:
    assert sorted(values.strings({"a": ["x", {"b": "y"}], "c": 1, "d": "z"})) == ["x", "y", "z"]


ROLE = ("account", "annotations", "role/arn")


@pytest.mark.parametrize(
    ("config", "former", "parents", "expected"),
    [
        ({"s3": {"bucket": "ours"}}, {("s3", "bucket"): "theirs"}, {}, {"s3": {"bucket": "theirs"}}),
        ({"s3": {"bucket": "ours"}}, {("s3", "bucket"): None}, {}, {"s3": {"bucket": None}}),
        # What a key empties goes too, what else is there stays.
        ({"s3": {"bucket": "ours"}, "x": 1}, {("s3", "bucket"): ABSENT}, {}, {"x": 1}),
        ({"s3": {"bucket": "ours", "x": {}}}, {("s3", "bucket"): ABSENT}, {}, {"s3": {"x": {}}}),
        (
            {"account": {"annotations": {"role/arn": 1, "x": 2}}},
            {ROLE: ABSENT},
            {},
            {"account": {"annotations": {"x": 2}}},
        ),
        ({"account": {"annotations": {"role/arn": 1}}}, {ROLE: ABSENT}, {}, {}),
        ({"account": {"annotations": {"role/arn": 1}, "name": "x"}}, {ROLE: ABSENT}, {}, {"account": {"name": "x"}}),
        # A leaf that stood above comes back, unless something else is left there or nothing was taken out.
        (
            {"account": {"annotations": {"role/arn": 1}}},
            {ROLE: ABSENT},
            {ROLE[:2]: {}},
            {"account": {"annotations": {}}},
        ),
        ({"account": {"annotations": {"role/arn": 1}}}, {ROLE: ABSENT}, {ROLE[:1]: None}, {"account": None}),
        (
            {"account": {"annotations": {"role/arn": 1}, "name": "x"}},
            {ROLE: ABSENT},
            {ROLE[:1]: None},
            {"account": {"name": "x"}},
        ),
        ({"account": None}, {ROLE: ABSENT}, {ROLE[:2]: {}}, {"account": None}),
        ({}, {ROLE: ABSENT, ("s3", "bucket"): ABSENT}, {ROLE[:2]: {}}, {}),
    ],
)
def test_restored(config: dict[str, Any], former: dict[Any, Any], parents: dict[Any, Any], expected: Any) -> None:
    before = json.dumps(config)
    assert values.restored(config, former, parents) == expected
    assert json.dumps(config) == before


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({}, None),
        ({"account": {"name": "x"}}, None),
        ({"account": {"annotations": {"x": 1}}}, None),
        ({"account": {"annotations": {}}}, ROLE[:2]),
        ({"account": {"annotations": None, "name": "x"}}, ROLE[:2]),
        ({"account": None}, ROLE[:1]),
        ({"account": {}}, ROLE[:1]),
    ],
)
def test_leaf_above(config: dict[str, Any], expected: Any) -> None:
    assert values.leaf_above(config, ROLE) == expected
