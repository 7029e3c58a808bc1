# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of AWS that come in pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer

# No list that is read here comes near it: a page has 100 entries, or 200 instances have been asked for.
_MOST = 1000


def pages(client: Any, method: str, **arguments: Any) -> Iterator[Any]:
    """The pages of a list. Raises `ForeignAnswer` where it does not end.

    botocore sees only a token that comes twice in a row, and not two that take turns.
    """
    for number, page in enumerate(client.get_paginator(method).paginate(**arguments)):
        if number == _MOST:
            raise ForeignAnswer(f"the list does not end after {_MOST} pages")
        yield page
