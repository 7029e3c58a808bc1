# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML that somebody else has written, read as JSON has it.

PyYAML makes objects of dates and of values with a tag, follows an anchor into itself, and raises errors of many kinds.
"""

from __future__ import annotations

import functools
import json
from typing import Any

try:
    import yaml
except ImportError:  # a requirement of ansible-core
    yaml = None  # type: ignore[assignment]  # a module is no None

# What PyYAML lets through for a value that is none of the kind that its tag or form says (yaml/constructor.py).
UNREADABLE = (ValueError, LookupError, AttributeError, TypeError, RecursionError)
# Aliases of aliases make a short text endless.
_DEEPEST, _MOST = 100, 100_000


class NotYaml(Exception):
    """A text is no YAML that JSON could say. Its own text is a clause that says what is wrong, and quotes no value."""


def read(text: str | bytes) -> Any:
    """What a text says: dictionaries with texts for keys, lists, texts, numbers, truth values, null. Raises `NotYaml`.

    The C loader reads a long text ten times as fast. It takes no text that Ansible has tagged, but bytes.
    """
    try:
        found = yaml.load(text, _loader())
    except (yaml.YAMLError, *UNREADABLE) as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it has a value without meaning"
        raise NotYaml(f"{problem}{f' in line {mark.line + 1}' if mark else ''}") from None
    return _Plain().of(found)


@functools.cache
def _loader() -> Any:
    """Leaves dates and `=` the texts that they are in YAML as Kubernetes and helm read it (sigs.k8s.io/yaml)."""
    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    resolvers = {
        first: [(tag, form) for tag, form in rows if tag.rpartition(":")[2] not in ("timestamp", "value")]
        for first, rows in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})


class _Plain:
    """Turns what PyYAML makes of a text into what JSON knows."""

    def __init__(self) -> None:
        self._left = _MOST

    def of(self, found: Any, depth: int = 0) -> Any:
        self._left -= 1
        if depth > _DEEPEST or not self._left:
            raise NotYaml("an anchor in it leads back to itself, or it is far too large")
        if isinstance(found, dict):
            return {_key(key): self.of(value, depth + 1) for key, value in found.items()}
        if isinstance(found, list):
            return [self.of(value, depth + 1) for value in found]
        return _scalar(found)


def _key(found: Any) -> str:
    scalar = _scalar(found)
    return scalar if isinstance(scalar, str) else json.dumps(scalar)


def _scalar(found: Any) -> str | int | float | None:
    if found is None or isinstance(found, str | int | float):
        return found
    raise NotYaml(f"it has a value of type {type(found).__name__}")
