"""Wildcards and policy variables of IAM's policy language.

Source: IAM User Guide, "Resource" (wildcards) and "IAM policy elements: variables and tags".
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping

Context = Mapping[str, tuple[str, ...]]
"""Condition keys of a request in lower case, each with its values; a key that the request lacks is absent."""

Match = Callable[[str], bool]
VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
ESCAPES = frozenset("*?$")


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    text = "".join(parts.get(character, re.escape(character)) for character in pattern)
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def matches(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether `value` fits `pattern`, in which `*` stands for any characters and `?` for one."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


def matches_with_variables(pattern: str, value: str, context: Context) -> bool:
    """As `matches`, after `${key}` has become the request's value: text, in which wildcards mean themselves.

    A variable without value and default makes the statement not match, as IAM does.
    """
    if "${" not in pattern:
        return matches(pattern, value)
    expression, position = "", 0
    for found in VARIABLE.finditer(pattern):
        replacement = resolved(found, context)
        if replacement is None:
            return False
        expression += _compiled(pattern[position : found.start()], False).pattern + re.escape(replacement)
        position = found.end()
    expression += _compiled(pattern[position:], False).pattern
    return re.fullmatch(expression, value, re.DOTALL) is not None


def resolved(variable: re.Match[str], context: Context) -> str | None:
    """What `${key}` or `${key, 'default'}` stands for; `${*}`, `${?}` and `${$}` are the characters themselves."""
    name, default = variable.group(1).strip(), variable.group(2)
    if name in ESCAPES:
        return name
    values = context.get(name.lower(), ())
    return values[0] if len(values) == 1 else default


def substituted(text: str, context: Context) -> str | None:
    """`text` with its variables resolved, for operators without wildcards; None if one has no value."""
    parts, position = [], 0
    for found in VARIABLE.finditer(text):
        replacement = resolved(found, context)
        if replacement is None:
            return None
        parts += [text[position : found.start()], replacement]
        position = found.end()
    return "".join([*parts, text[position:]])


def arn_matches(pattern: str, value: str) -> bool:
    """ArnLike: each of the six colon-separated parts fits by itself."""
    patterns, values = pattern.split(":", 5), value.split(":", 5)
    return len(patterns) == len(values) and all(map(matches, patterns, values))
