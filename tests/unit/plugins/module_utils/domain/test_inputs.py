"""Each role variable in every spelling: what is meant, nothing, or a refusal that names it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.inputs import NOT_GIVEN, Option, converted
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

OPTIONS = role_specs.options()
REFUSED = "refused"
DATE = datetime.date(2024, 1, 1)
BLANKS: list[Any] = [None, "", " ", "\n", "\t \n"]
TRUE = [True, "true", "True", "TRUE", "yes", "Yes", "on", "1", "y", "t", 1, " true\n", "yes\r\n"]
FALSE = [False, "false", "False", "no", "No", "off", "OFF", "0", "n", "f", 0, "\tfalse "]
NO_TRUTH = ["maybe", "2", 2, -1, 0.5, 1.0, [], [True], {}, {"a": 1}, DATE, "none", "null", "\u0661"]
NO_TEXT = [True, False, 1.1, 1.0, 1e3, [], ["a"], [[]], {}, {"a": "b"}, ("a",), DATE, b"a", object()]
NULLS = ["null", "Null", "NULL", "None", "~", " null\n"]
LISTS: list[tuple[Any, Any]] = [
    ([], []),
    ("[]", []),
    (["a"], ["a"]),
    (("a", "b"), ["a", "b"]),
    ([" a ", "b\n", "", None], ["a", "b"]),
    ([7], ["7"]),
    ("a", ["a"]),
    ("epinio-nodes", ["epinio-nodes"]),
    ("a,b", ["a", "b"]),
    ("a, b ,", ["a", "b"]),
    ("a\nb\n", ["a", "b"]),
    ("a\r\nb", ["a", "b"]),
    ("\n a,\n b\n", ["a", "b"]),
    ('["a", "b"]', ["a", "b"]),
    (" ['a', 'b']\n", ["a", "b"]),
    ("[a, b]", ["a", "b"]),
    ([""], NOT_GIVEN),
    ([None, " "], NOT_GIVEN),
    (",", NOT_GIVEN),
]
NO_LISTS = [7, True, 1.5, {}, {"a": 1}, '{"a": 1}', [["a"]], [{"a": 1}], [True], [1.1], '[["a"]]', "[a", "{a", DATE]
DICTS: list[tuple[Any, Any]] = [
    ({}, {}),
    ("{}", {}),
    ({"a": 1}, {"a": 1}),
    ({"a": {"b": [None, " x "]}}, {"a": {"b": [None, " x "]}}),
    ('{"a": {"b": 1}}', {"a": {"b": 1}}),
    (' {"a": true}\n', {"a": True}),
    ("{'a': 'b'}", {"a": "b"}),
    ("a: b\nc: 1\n", {"a": "b", "c": 1}),
]
PAIRS: list[tuple[Any, Any]] = [
    ("team=a, cost=1", {"team": "a", "cost": "1"}),
    ("team=a\nurl=http://x/?y=z", {"team": "a", "url": "http://x/?y=z"}),
]
# Of a dictionary with others within; helm's --set is not what they are.
NO_VALUES = ["server.replicas=1", "a=b # c", "password=my words", "a=b, c=d"]
BROKEN = ['!!int ""', "!!timestamp a", "!!bool x", "&a {b: *a}", "{a: !!binary aGk=}", "{a: !!set {b}}"]
NO_DICTS = [7, True, 1.5, [], ["a"], [{"a": 1}], "a", "[1]", "{a", "=a", "a=b,c", '["a"]', "7", DATE, "null", "~"]


def outcome(name: str, value: Any) -> Any:
    """What becomes of a value, `REFUSED` if the refusal names the variable and not what must be hidden."""
    try:
        return converted(name, OPTIONS[name], value, role_specs.parse)
    except Refused as refused:
        return REFUSED if name in str(refused) else str(refused)


def expected(option: Option) -> list[tuple[Any, Any]]:
    """Spellings of any variable of a type and with its choices, each with what becomes of it."""
    blank = [(value, NOT_GIVEN) for value in BLANKS]
    if option.type == "bool":
        return [*blank, *((one, True) for one in TRUE), *((one, False) for one in FALSE), *refusals(NO_TRUTH)]
    if option.type == "list":
        return [*blank, *LISTS, *refusals([*NO_LISTS, *NULLS, *(f"[{one}]" for one in BROKEN)])]
    if option.type == "dict":
        more = PAIRS if option.flat else refusals(NO_VALUES)
        return [*blank, *DICTS, *more, *refusals([*NO_DICTS, *NULLS, *BROKEN])]
    if option.choices:
        meant = [(text.format(one), one) for one in option.choices for text in ("{}", " {}", "{}\n", "\t{} \r\n")]
        return [*blank, *meant, *refusals([*NO_TEXT, option.choices[0].upper(), "other", 7, option.choices[0] + "x"])]
    texts = [("a", "a"), (" a", "a"), ("a\n", "a"), ("a b\r\n", "a b"), ("no", "no"), ("1.10", "1.10"), ("[]", "[]")]
    numbers = [(7, "7"), (123456789012, "123456789012"), (0, "0"), ("007", "007"), ("false", "false")]
    return [*blank, *texts, *numbers, *refusals([*NO_TEXT, *NULLS])]


def refusals(values: list[Any]) -> list[tuple[Any, Any]]:
    return [(value, REFUSED) for value in values]


SPELLINGS = [(name, value, meant) for name, option in OPTIONS.items() for value, meant in expected(option)]


def test_there_are_spellings_of_every_variable() -> None:
    assert {name for name, _value, _meant in SPELLINGS} == set(OPTIONS)
    assert len(SPELLINGS) > 900


@pytest.mark.parametrize("name", OPTIONS)
def test_each_spelling_is_what_it_means(name: str) -> None:
    rows = [(value, meant) for one, value, meant in SPELLINGS if one == name]
    wrong = [(value, found, meant) for value, meant in rows if not same(found := outcome(name, value), meant)]
    assert wrong == []


def same(found: Any, meant: Any) -> bool:
    """Equal and of one type: 1 is no truth value."""
    return type(found) is type(meant) and found == meant


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("epinio_release", False, "truth value false: YAML reads a bare yes, no, on, off"),
        ("epinio_chart_version", 1.1, "the last 0 of 1.10"),
        ("epinio_chart_version", 1.1, "put it in quotes"),
        ("epinio_context", DATE, "'2024-01-01', which YAML does not read as text: put it in quotes"),
        ("epinio_context", b"x", "of type bytes, which YAML does not read as text"),
        ("epinio_name_suffix", "None", "is the text 'None': to leave it out, give it no value"),
        ("epinio_domain", ["a"], "['a']: give one text, not a list"),
        ("epinio_require_proof", "maybe", "'maybe': give true or false"),
        ("epinio_verify", "Auto", "write auto, the case counts"),
        ("epinio_verify", "some", "choose one of auto, controller, cluster, both, none"),
        ("epinio_node_role_names", [True], "One entry of epinio_node_role_names is the truth value true"),
        ("epinio_node_role_names", {"a": 1}, "{'a': 1}, a dictionary: give a list of texts"),
        ("epinio_node_role_names", 7, "epinio_node_role_names is 7"),
        ("epinio_tags", "x" * 100, "x…, no dictionary"),
    ],
)
def test_a_refusal_says_what_is_meant(name: str, value: Any, words: str) -> None:
    with pytest.raises(Refused) as refused:
        converted(name, OPTIONS[name], value, role_specs.parse)
    assert words in str(refused.value)


def test_credentials_are_masked_before_a_value_is_cut() -> None:
    with pytest.raises(Refused, match="give one text") as refused:
        converted("epinio_chart_repo", Option(), [f"https://user:hunter2{'x' * 75}@host/x"], role_specs.parse)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", [["hunter2"], "hunter2", '["hunter2"]', "hunter2=x,y", "a=hunter2"])
def test_what_is_secret_is_not_quoted(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        converted("epinio_secret_values", OPTIONS["epinio_secret_values"], value, role_specs.parse)
    assert "hunter2" not in str(refused.value)
