"""Words of messages."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wording import names

MANY = [f"n{number}" for number in range(23)]


@pytest.mark.parametrize(
    ("found", "expected"),
    [([], ""), (["a"], "a"), (["a", "b"], "a, b"), (MANY, f"{', '.join(MANY[:20])} and 3 more")],
)
def test_names(found: list[str], expected: str) -> None:
    assert names(found) == expected
