# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read one object of AWS, which may not exist."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, ServiceFailed, attempting

T = TypeVar("T")


def read_one(attempt: str, missing: str, read: Callable[[], T]) -> T | None:
    """What was read, `None` if the service refuses with the code `missing`; other refusals raise `ServiceFailed`."""
    try:
        with attempting(attempt):
            return read()
    except ServiceFailed as error:
        if error.code == missing:
            return None
        raise


def check_same(service: str, asked: str, answered: str, *, any_case: bool = False) -> None:
    """Raise `ForeignAnswer` for an answer about another object than the one that was asked for."""
    if asked != answered and not (any_case and asked.lower() == answered.lower()):
        raise ForeignAnswer(f"the answer is not {service}'s (it is about {answered})")
