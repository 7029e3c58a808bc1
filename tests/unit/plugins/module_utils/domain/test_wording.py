"""Words of messages."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wording import counted, either, names

MANY = [f"n{number}" for number in range(23)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (MANY, f"{', '.join(MANY[:20])} and 3 more")],
)
def test_names(found: list[str], expected: str) -> None:
    assert names(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_either(found: list[str], expected: str) -> None:
    assert either(found) == expected


@pytest.mark.parametrize(
    ("number", "words", "text"),
    [
        (0, ["node"], "0 nodes"),
        (1, ["node"], "1 node"),
        (2, ["node"], "2 nodes"),
        (2, ["entry", "entries"], "2 entries"),
    ],
)
def test_what_is_counted_agrees_with_its_number(number: int, words: list[str], text: str) -> None:
    assert counted(number, *words) == text
