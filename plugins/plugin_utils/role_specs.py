# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The argument specs of the collection's roles, the one source of what their variables are."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.epinio.aws.plugins.module_utils.domain import yaml_texts
from ansible_collections.epinio.aws.plugins.module_utils.domain.inputs import Option
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_ROLES = Path(__file__).parent.parent.parent / "roles"
# The values of these must appear nowhere; URLs may have credentials, and are shown without.
_HIDDEN = frozenset({"epinio_secret_values"})
SECRET = _HIDDEN | {"epinio_chart_ref", "epinio_chart_repo"}
# Dictionaries of texts, for which `key=value` is enough.
_FLAT = frozenset({"epinio_tags"})
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def parse(text: str) -> Any:
    """What a text says in YAML, of which JSON is a part; `None` for text that is none."""
    try:
        return yaml_texts.read(text.encode())
    except yaml_texts.NotYaml:
        return None


def options() -> Mapping[str, Option]:
    """Every variable of every role. One that several roles take is the same in all of them."""
    return {
        name: Option(said["type"], tuple(said.get("choices", ())), hidden=name in _HIDDEN, flat=name in _FLAT)
        for name, said in _all().items()
    }


def defaults() -> Mapping[str, Any]:
    """The defaults of those that have one."""
    return {name: said["default"] for name, said in _all().items() if "default" in said}


def required(role: str, entry: str) -> tuple[str, ...]:
    """The variables that an entry point of a role cannot do without. Raises `Refused` where there is no such."""
    entries = _specs().get(role, {})
    if entry not in entries:
        known = [f"{one} ({', '.join(its)})" for one, its in _specs().items()]
        raise Refused(f"Role {role} has no entry point {entry}. Roles and their entry points: {', '.join(known)}.")
    return tuple(name for name, said in entries[entry]["options"].items() if said.get("required"))


@functools.cache
def _specs() -> dict[str, dict[str, Any]]:
    """By role, by entry point."""
    found = {}
    for path in sorted(_ROLES.glob("*/meta/argument_specs.yml")):
        with path.open(encoding="utf-8") as file:
            found[path.parent.parent.name] = yaml.load(file, Loader=_Loader)["argument_specs"]  # noqa: S506  # safe
    return found


def _all() -> dict[str, dict[str, Any]]:
    entries = [entry["options"] for role in _specs().values() for entry in role.values()]
    return {name: said for options in entries for name, said in options.items()}
