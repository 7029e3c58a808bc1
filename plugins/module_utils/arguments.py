# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share. No SDK is loaded here: each costs a task a third of a second."""

from __future__ import annotations

from typing import Any

_SHARED: dict[str, dict[str, Any]] = {
    "wiring": {"type": "str", "required": True},
    "namespace": {"type": "str", "default": "epinio"},
    "path": {"type": "str", "default": "/"},
    "tags": {"type": "dict", "default": {}},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}


def options(*shared: str, **own: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The argument spec of the shared options named, and of the module's own."""
    return {**{name: dict(_SHARED[name]) for name in shared}, **own}
