# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A variable of the roles that may hold secrets, converted where it is used: no result of a task has it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.epinio.aws.plugins.module_utils.domain import inputs
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs
from ansible_collections.epinio.aws.plugins.plugin_utils.resolved import plain

DOCUMENTATION = r"""
name: as_declared
short_description: A variable of this collection's roles with the type that their argument specs declare
version_added: 0.1.0
description:
  - Converts a value as M(epinio.aws.epinio_inputs_info) does, for variables that may hold secrets and are not among its
    results.
options:
  _input:
    description: What the variable holds, null where it is not set.
    type: raw
  name:
    description: The variable's name.
    type: str
    required: true
  omitted:
    description: A value that stands for none, such as the variable C(omit).
    type: raw
positional: name, omitted
author:
  - Contributors to the epinio.aws project (@epinio)
"""

EXAMPLES = r"""
- name: Show how many values nobody must see
  ansible.builtin.debug:
    msg: "{{ epinio_secret_values | default(none) | epinio.aws.as_declared('epinio_secret_values') | length }}"
"""

RETURN = r"""
_value:
  description: The value of its declared type, else the variable's default, else null.
  type: raw
"""


def as_declared(value: Any, name: str, omitted: Any = None) -> Any:
    """What was meant; `omitted` is a value that stands for none. Raises `AnsibleFilterError` for what means nothing."""
    option = role_specs.options().get(name)
    if option is None:
        raise AnsibleFilterError(f"{name} is no variable of this collection's roles.")
    try:
        found = inputs.converted(name, option, None if value == omitted else plain(value), role_specs.parse)
    except Refused as refused:
        raise AnsibleFilterError(str(refused)) from None
    return role_specs.defaults().get(name) if found is inputs.NOT_GIVEN else found


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """Its name and function."""
        return {"as_declared": as_declared}
