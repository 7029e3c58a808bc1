"""Revisions as Helm keeps them, to be changed behind its back: what another helm, or time, makes of them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.people import NAMESPACE
from tests.scenarios.world import World

SECRET = "sh.helm.release.v1.epinio.v{}"


def read_revision(world: World, number: int) -> tuple[Any, dict[str, Any]]:
    """The Secret of a revision, and the revision in it."""
    stored = world.core.read_namespaced_secret(SECRET.format(number), NAMESPACE)
    content = gzip.decompress(base64.b64decode(base64.b64decode(stored.data["release"])))
    return stored, json.loads(content)


def packed(revision: dict[str, Any]) -> dict[str, str]:
    """The data of the Secret of a revision."""
    zipped = base64.b64encode(gzip.compress(json.dumps(revision).encode()))
    return {"release": base64.b64encode(zipped).decode()}


def let_grow_old(world: World) -> None:
    """An hour passes for the newest revision."""
    number = world.status()["version"]
    _stored, revision = read_revision(world, number)
    begun = datetime.now(UTC) - timedelta(hours=1)
    revision["info"]["last_deployed"] = begun.isoformat()
    world.core.patch_namespaced_secret(SECRET.format(number), NAMESPACE, {"data": packed(revision)})
