"""Helm values: paths, merging, comparing."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

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
