"""The API server's audit log, read for the writes that people and their tools made."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

WRITES = ("create", "update", "patch", "delete", "deletecollection")
# The cluster's own parts, and the sandbox's.
OWN_USERS = ("system:apiserver", "system:kube-", "system:serviceaccount:kube-system:", "sandbox")


@dataclass(frozen=True)
class Write:
    """One accepted or refused write: who, what, on which object. `status` is the HTTP status."""

    user: str
    verb: str
    resource: str
    namespace: str
    name: str
    status: int


def writes(log: Path, offset: int = 0) -> list[Write]:
    """The writes after that offset in bytes (a size that the file had before).

    No writes are: dry runs, tokens (subresource `token`), `*Review` questions, and what the cluster itself does. A
    delete whose dry run is asked for in its body counts as a write: the log holds no bodies.
    """
    return [write for event in _events(log, offset) if (write := _write(event)) is not None]


def _events(log: Path, offset: int) -> Iterator[dict[str, object]]:
    with open(log, "rb") as lines:
        lines.seek(offset)
        for line in lines:
            yield json.loads(line)


def _write(event: dict[str, object]) -> Write | None:
    user, reference, status = (_part(event, name) for name in ("user", "objectRef", "responseStatus"))
    name, resource = str(user.get("username", "")), str(reference.get("resource", ""))
    subresource = str(reference.get("subresource", ""))
    if (
        event["verb"] not in WRITES
        or name.startswith(OWN_USERS)
        or parse_qs(urlsplit(str(event["requestURI"])).query).get("dryRun")
        or subresource == "token"
        or resource.endswith("reviews")
    ):
        return None
    full = f"{resource}/{subresource}" if subresource else resource
    namespace, object_name = (str(reference.get(part, "")) for part in ("namespace", "name"))
    code = status.get("code")
    return Write(name, str(event["verb"]), full, namespace, object_name, code if isinstance(code, int) else 0)


def _part(event: dict[str, object], name: str) -> dict[str, object]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}
