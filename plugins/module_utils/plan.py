# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan: what turns the world as it is into the world as it is wanted. Pure data, no I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Change:
    """One call, as data.

    `summary` completes the sentence "could not …"; `operation` is `<client>.<method>`, such as `iam.create_policy`;
    `arguments` are the method's keyword arguments. Nothing secret enters any of them.
    """

    summary: str
    operation: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Residue:
    """Something that a removal leaves, for the person who runs the play.

    `object` names it ("role epinio-server-role"), `reason` says in a clause why it is kept, `advice` in a sentence what
    a human can do. `wiring` is the other wiring that it belongs to, if it carries the mark of one.
    """

    object: str
    reason: str
    advice: str
    wiring: str = ""


@dataclass(frozen=True)
class Plan:
    """The object before and after, in the shape that the module returns, and the changes between the two.

    `notices` are sentences for the person who runs the play: what was found and left alone, and why. `residue` is what
    a removal leaves.
    """

    before: Mapping[str, Any]
    after: Mapping[str, Any]
    changes: tuple[Change, ...] = ()
    notices: tuple[str, ...] = ()
    residue: tuple[Residue, ...] = ()


def listed(parts: tuple[Change, ...] | tuple[Residue, ...]) -> list[dict[str, Any]]:
    """Changes or residue as a module returns them."""
    return [asdict(part) for part in parts]
