"""YAML of others, as JSON has it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import yaml_texts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", None),
        ("~", None),
        ("a: 1", {"a": 1}),
        ('{"a": [true, null, 1.5, "x"]}', {"a": [True, None, 1.5, "x"]}),
        ("d: 2020-13-45\ne: =", {"d": "2020-13-45", "e": "="}),
        ("2024-01-01: 2024-01-02 03:04:05", {"2024-01-01": "2024-01-02 03:04:05"}),
        ("2: a\ntrue: b\n~: c", {"2": "a", "true": "b", "null": "c"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        (b"a: \xc3\xa9", {"a": "\u00e9"}),
    ],
)
def test_what_is_read(text: str | bytes, found: Any) -> None:
    assert yaml_texts.read(text) == found


LAUGHS = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("hush: [", "in line"),
        ("a: b\n\thush: c", "in line 2"),
        ("a: b\n---\nc: d", "in line 2"),
        ("!!int ''", "a value without meaning"),
        ("!!int hush", "a value without meaning"),
        ("!!bool hush", "a value without meaning"),
        ("!!float hush", "a value without meaning"),
        ("!!timestamp hush", "a value without meaning"),
        ("!!timestamp 2020-01-01", "a value of type date"),
        ("[!!int '']", "a value without meaning"),
        ("!!binary aHVzaA==", "a value of type bytes"),
        ("!!set {hush}", "a value of type set"),
        ("!!omap [hush: 1]", "a value of type tuple"),
        ("!!python/object:os.system {}", "could not determine a constructor"),
        ("? [hush]\n: b", "unhashable"),
        ("&a [*a]", "leads back to itself"),
        ("&a {b: *a}", "leads back to itself"),
        (LAUGHS, "far too large"),
        ("[" * 5000, "."),
        ("[" * 500 + "]" * 500, "."),
        ("\x00", "not allowed"),
        (b"\xff\xfe\x00", "."),
    ],
)
def test_what_cannot_be_read(text: str | bytes, why: str) -> None:
    with pytest.raises(yaml_texts.NotYaml, match=why) as refused:
        yaml_texts.read(text)
    assert "hush" not in str(refused.value)
