"""The API server's audit log, read for what people and their tools asked and wrote."""

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


@dataclass(frozen=True)
class Call:
    """One request: with which program, what, on which kind of object, where.

    `resource` has its subresource (`pods/log`), or is the path of a request that is about no object. `namespace` is
    empty for what is in none, namespaces themselves included.
    """

    agent: str
    verb: str
    group: str
    resource: str
    namespace: str


def calls(log: Path, offset: int = 0) -> list[Call]:
    """All that people and their tools asked after that offset in bytes, reads, dry runs and refused calls included."""
    return [_call(event) for event in _events(log, offset) if not _name(event).startswith(OWN_USERS)]


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


def _call(event: dict[str, object]) -> Call:
    reference = _part(event, "objectRef")
    resource = _resource(reference) or urlsplit(str(event["requestURI"])).path
    namespace = "" if resource == "namespaces" else str(reference.get("namespace", ""))
    return Call(str(event["userAgent"]), str(event["verb"]), str(reference.get("apiGroup", "")), resource, namespace)


def _write(event: dict[str, object]) -> Write | None:
    reference, status = (_part(event, name) for name in ("objectRef", "responseStatus"))
    name, resource = _name(event), str(reference.get("resource", ""))
    if (
        event["verb"] not in WRITES
        or name.startswith(OWN_USERS)
        or parse_qs(urlsplit(str(event["requestURI"])).query).get("dryRun")
        or reference.get("subresource") == "token"
        or resource.endswith("reviews")
    ):
        return None
    namespace, object_name = (str(reference.get(part, "")) for part in ("namespace", "name"))
    code, full = status.get("code"), _resource(reference)
    return Write(name, str(event["verb"]), full, namespace, object_name, code if isinstance(code, int) else 0)


def _name(event: dict[str, object]) -> str:
    return str(_part(event, "user").get("username", ""))


def _resource(reference: dict[str, object]) -> str:
    return "/".join(str(reference[part]) for part in ("resource", "subresource") if reference.get(part))


def _part(event: dict[str, object], name: str) -> dict[str, object]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}
