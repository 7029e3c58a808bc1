"""What control requests have in common: bodies that are checked, and places in paths."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused
from sandbox.aws.world import World

ACCOUNT = re.compile(r"\d{12}")

Body = dict[str, Any]


def parsed(body: bytes) -> Body:
    """The body as JSON."""
    try:
        found = json.loads(body)
    except ValueError as error:
        raise Refused("BadControl", f"not JSON: {error}") from None
    if not isinstance(found, dict):
        raise Refused("BadControl", "a JSON object is wanted")
    return found


def taken(body: Body, required: tuple[str, ...], optional: Iterable[str] = ()) -> Body:
    """The body, if it has what is required and nothing unknown."""
    missing = [name for name in required if not body.get(name)]
    unknown = body.keys() - set(required) - set(optional)
    if missing or unknown:
        raise Refused("BadControl", f"missing: {missing}; unknown: {sorted(unknown)}")
    if "account" in required and not ACCOUNT.fullmatch(str(body["account"])):
        raise Refused("BadControl", "account: twelve digits are wanted")
    return body


def place(rest: str, names: tuple[str, ...]) -> list[str]:
    """The parts of a path by the names that they have; the last one may have slashes itself."""
    parts = rest.split("/", len(names) - 1)
    if len(parts) != len(names) or not all(parts):
        raise Refused("UnknownControl", f"{'/'.join(names)} is wanted, not {rest}", 404)
    return parts


def cluster(world: World, body: Body) -> ClusterKey:
    """The cluster that a body names, which exists."""
    key = ClusterKey(body["account"], body["region"], body["cluster"])
    if world.clusters.find(key) is None:
        raise Refused("BadControl", f"No such cluster: {key.arn}")
    return key
