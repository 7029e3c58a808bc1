"""Variables that are converted where they are used."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.epinio.aws.plugins.filter.as_declared import FilterModule
from ansible_collections.epinio.aws.plugins.plugin_utils.resolved import plain

as_declared = FilterModule().filters()["as_declared"]


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("epinio_secret_values", None, {}),
        ("epinio_secret_values", " ", {}),
        ("epinio_secret_values", '{"a": {"b": "c"}}', {"a": {"b": "c"}}),
        ("epinio_secret_values", "a: 'b # c'", {"a": "b # c"}),
        ("epinio_secret_values", {"a": "b"}, {"a": "b"}),
        ("epinio_chart_repo", None, None),
        ("epinio_chart_repo", " https://h\n", "https://h"),
        ("epinio_chart_ref", "", "epinio"),
    ],
)
def test_what_is_meant(name: str, value: Any, meant: Any) -> None:
    assert as_declared(value, name) == meant


@pytest.mark.parametrize(
    ("name", "value"),
    [("epinio_secret_values", "hush"), ("epinio_secret_values", "a=hush"), ("epinio_chart_repo", ["https://u:hush@h"])],
)
def test_a_refusal_names_the_variable_and_nothing_secret(name: str, value: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=name) as refused:
        as_declared(value, name)
    assert "hush" not in str(refused.value)


def test_what_is_omitted_is_not_given() -> None:
    assert as_declared("__omit__", "epinio_chart_repo", "__omit__") is None
    assert as_declared("__omit__", "epinio_secret_values", "__omit__") == {}
    assert as_declared("https://h", "epinio_chart_repo", "__omit__") == "https://h"


def test_a_name_of_nobody() -> None:
    with pytest.raises(AnsibleFilterError, match="epinio_x is no variable"):
        as_declared("", "epinio_x")


class Vaulted:
    """As ansible-core before 2.19 has a text from a vault."""

    __ENCRYPTED__ = True

    def __str__(self) -> str:
        return "clear"


def test_texts_from_a_vault_are_texts() -> None:
    assert plain({"a": [Vaulted(), ("b", Vaulted())], "c": Vaulted()}) == {"a": ["clear", ["b", "clear"]], "c": "clear"}
    assert as_declared(Vaulted(), "epinio_chart_repo") == "clear"
