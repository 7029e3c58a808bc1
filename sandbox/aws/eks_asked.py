"""A call about a cluster, as all handlers of EKS get it, and lists in pages."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused
from sandbox.aws.world import World

PAGE = 100


@dataclass(frozen=True)
class Asked:
    """A call about a cluster, and who asks."""

    world: World
    call: Call
    caller: Caller
    key: ClusterKey

    @property
    def parameters(self) -> Mapping[str, Any]:
        return self.call.parameters


Handler = Callable[[Asked], dict[str, Any]]


def page(asked: Asked, member: str, found: Sequence[Any]) -> dict[str, Any]:
    """The asked part of a list under its member's name, and where the next one begins.

    Source: botocore's EKS model (maxResults of 1 to 100, nextToken).
    """
    given = asked.parameters.get("nextToken", "0")
    if not given.isdecimal():
        raise Refused("InvalidParameterException", "The parameter nextToken is invalid.")
    end = int(given) + asked.parameters.get("maxResults", PAGE)
    shown: dict[str, Any] = {member: found[int(given) : end]}
    return shown | ({"nextToken": str(end)} if end < len(found) else {})
