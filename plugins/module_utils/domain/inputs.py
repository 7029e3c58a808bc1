# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Convert what people give for a role variable into what its argument spec declares.

`-e name=value`, YAML's blanks and the surveys of AWX give text, `""` and null; a play may give anything. The result is
what was meant, `NOT_GIVEN`, or a `Refused` that names the variable.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ansible_collections.epinio.aws.plugins.module_utils.domain.urls import without_credentials
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Ansible's own spellings (ansible.module_utils.parsing.convert_bool).
_TRUE = frozenset(("y", "yes", "on", "1", "true", "t"))
_FALSE = frozenset(("n", "no", "off", "0", "false", "f"))
_SEPARATORS = re.compile(r"[,\r\n]")
# Null as text: what a template makes of a variable that holds nothing.
_NULLS = frozenset(("null", "Null", "NULL", "None", "~"))
_LONGEST_QUOTE = 60
_IN_QUOTES = "put it in quotes"


class _NotGiven(Enum):
    NOT_GIVEN = "not given"


NOT_GIVEN: Final = _NotGiven.NOT_GIVEN
# Reads YAML, of which JSON is a part; `None` for text that is none.
Parse = Callable[[str], Any]


@dataclass(frozen=True)
class Option:
    """What an argument spec says of a variable.

    `hidden`: its value must appear in no message. `flat`: its dictionary has no others within.
    """

    type: str = "str"
    choices: tuple[str, ...] = ()
    hidden: bool = False
    flat: bool = False


def converted(name: str, option: Option, value: Any, parse: Parse) -> Any:
    """What was meant by a value, `NOT_GIVEN` for null and for blank text. Raises `Refused` for what means nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return NOT_GIVEN
    if isinstance(value, str) and value.strip() in _NULLS:
        raise Refused(f"{name} is the text '{value.strip()}': to leave it out, give it no value, or do not set it.")
    return _CONVERSIONS[option.type](name, option, value, parse)


def quoted(value: Any) -> str:
    """A value as a message shows it."""
    text = without_credentials(repr(value))
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


def _text(name: str, option: Option, value: Any, _parse: Parse) -> str:
    found = _plain(name, value).strip()
    if option.choices and found not in option.choices:
        raise Refused(f"{name} is {quoted(found)}: {_choices(found, option.choices)}")
    return found


def _choices(found: str, choices: tuple[str, ...]) -> str:
    other_case = [choice for choice in choices if choice.lower() == found.lower()]
    if other_case:
        return f"write {other_case[0]}, the case counts."
    return f"choose one of {', '.join(choices)}."


def _plain(name: str, value: Any) -> str:
    """The text that a scalar stands for."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        raise Refused(
            f"{name} is the truth value {str(value).lower()}: YAML reads a bare yes, no, on, off, true or false so. "
            f"If it is meant as text, {_IN_QUOTES}."
        )
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        raise Refused(
            f"{name} is the number {value}: YAML drops what a number does not need, such as the last 0 of 1.10. "
            f"If it is meant as text, {_IN_QUOTES}."
        )
    if isinstance(value, Mapping | list | tuple | set):
        raise Refused(f"{name} is {quoted(value)}: give one text, not a list or a dictionary.")
    # Of what else there may be, none knows whether it may be shown.
    shown = quoted(str(value)) if isinstance(value, datetime.date) else f"of type {type(value).__name__}"
    raise Refused(f"{name} is {shown}, which YAML does not read as text: {_IN_QUOTES}.")


def _truth(name: str, _option: Option, value: Any, _parse: Parse) -> bool:
    text = str(value).strip().lower() if isinstance(value, str | int) else ""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise Refused(f"{name} is {quoted(value)}: give true or false.")


def _list(name: str, _option: Option, value: Any, parse: Parse) -> Any:
    """Texts. A list with nothing but blanks is none that somebody gave; an empty one is."""
    given = _items(value, parse) if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        shape = "a dictionary" if isinstance(given, Mapping) else "neither"
        raise Refused(f"{name} is {quoted(value)}, {shape}: give a list of texts, or texts with commas between them.")
    texts = [_plain(f"One entry of {name}", item).strip() for item in given if item is not None]
    kept = [text for text in texts if text]
    return kept if kept or not given else NOT_GIVEN


def _items(text: str, parse: Parse) -> Any:
    """The entries of a list in one text: as JSON, or one a line or with commas, as AWX's text areas give them."""
    if text.strip().startswith(("[", "{")):
        found = parse(text)
        return text if found is None else found
    return _SEPARATORS.split(text)


def _mapping(name: str, option: Option, value: Any, parse: Parse) -> dict[str, Any]:
    given = parse(value) if isinstance(value, str) else value
    if option.flat and isinstance(given, str) and "=" in given:
        # Not as it was parsed: YAML makes one line of several.
        given = _pairs(str(value))
    if isinstance(given, Mapping):
        return dict(given)
    shown = "no dictionary" if option.hidden else f"{quoted(value)}, no dictionary"
    raise Refused(f'{name} is {shown}: give a dictionary, or the text of one in JSON ({{"key": "value"}}).')


def _pairs(text: str) -> dict[str, str] | None:
    """`key=value, key=value`, which Ansible takes for a dictionary as well."""
    parts = [part.partition("=") for part in _SEPARATORS.split(text) if part.strip()]
    if any(not separator or not key.strip() for key, separator, _value in parts):
        return None
    return {key.strip(): value.strip() for key, _separator, value in parts}


_CONVERSIONS: Mapping[str, Callable[[str, Option, Any, Parse], Any]] = {
    "str": _text,
    "path": _text,
    "bool": _truth,
    "list": _list,
    "dict": _mapping,
}
