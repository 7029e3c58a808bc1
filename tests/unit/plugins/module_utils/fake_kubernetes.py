"""An API server without a network: it stands in for the Kubernetes client."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Source

Json = dict[str, Any]
Answer = tuple[int, Any]
FILE = Source("/somewhere/config", "admin", is_file=True)


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    query: dict[str, str]
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition("/")[2]


class FakeKubernetes:
    """A `KubernetesClient` without a network. `calls` are those that were made; none is tried again."""

    def __init__(self, answer: Callable[[Call], Answer], *, completes: bool = True, source: Source = FILE) -> None:
        self.answer = answer
        # Whether every object gets what the API server gives it, so that a test need not.
        self.completes = completes
        self.calls: list[Call] = []
        self.connection = Connection("https://api", source)
        self.patience = 0.0

    def send(self, method: str, where: str, headers: Any, body: str | None, _timeout: Any) -> Any:
        path, _mark, query = where.partition("?")
        made = Call(method, path, dict(parse_qsl(query)), json.loads(body) if body is not None else None, headers)
        self.calls.append(made)
        status, content = self.answer(made)
        if 200 <= status < 300 and self.completes:
            content = completed(made, content)
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        return SimpleNamespace(status=status, reason="", data=data, headers={"Content-Type": "application/json"})

    def renew(self) -> bool:
        return False


def knowing(**objects: Any) -> FakeKubernetes:
    """An API server that answers by the last word of the path, and knows nothing else.

    An answer is JSON, or a list of some, one for each call in turn.
    """

    def answer(call: Call) -> Answer:
        found = objects.get(call.name.replace("-", "_"))
        if isinstance(found, list):
            found = found.pop(0)
        return missing(call.name) if found is None else (200, found)

    return FakeKubernetes(answer)


def completed(call: Call, content: Any) -> Any:
    """The content with what every object has, so that a test names only what it is about."""
    if not isinstance(content, dict):
        return content
    if "items" in content:
        return {**content, "items": [_with_metadata(call, one) for one in content["items"] or []]}
    if call.method in ("PATCH", "DELETE"):
        return {"kind": "Status", **content}
    of_object = call.method == "POST" and call.name not in ("token", "selfsubjectaccessreviews")
    return _with_metadata(call, content) if of_object or {"metadata", "spec", "data"} & content.keys() else content


def _with_metadata(call: Call, found: Any) -> Any:
    words = call.path.split("/")
    namespace = words[words.index("namespaces") + 1] if "namespaces" in words[:-2] else "default"
    given = {"name": call.name, "namespace": namespace, "uid": "uid", "resourceVersion": "1"}
    spec = {"spec": {"selector": {}, **found["spec"]}} if "template" in (found.get("spec") or {}) else {}
    if "jobs" in words:
        spec = {"spec": found.get("spec") or {"template": {"spec": {}}}}
    return {**found, **spec, "metadata": {**given, **(found.get("metadata") or {})}}


def missing(name: str) -> Answer:
    return 404, {"kind": "Status", "message": f"{name} not found"}
