"""The Kubernetes API as JSON over HTTPS, with a client certificate.

The agent and the webhook handle every object as plain JSON: building the official client's model objects costs more
processor time than all the rest of the sandbox when idle.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

Json = dict[str, Any]
MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
REQUEST_SECONDS = 30.0
READY_SECONDS = 2.0
WATCH_SECONDS = 300
UNREACHABLE = urllib3.exceptions.HTTPError


class ApiError(Exception):
    """The API server's refusal: HTTP status, reason (`NotFound`, `Conflict`, ...) and message."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


class Stream:
    """The events of one watch."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response

    def __iter__(self) -> Iterator[Json]:
        rest = b""
        for chunk in self._response.stream(65536):
            *lines, rest = (rest + chunk).split(b"\n")
            yield from (json.loads(line) for line in lines if line)

    def close(self) -> None:
        """Ends it from any thread; the server, too, then waits for it no longer."""
        # It may have ended by itself in this moment.
        with contextlib.suppress(RuntimeError, ValueError, OSError):
            self._response.shutdown()


class Api:
    """A client of one API server. Raises `ApiError`, or `UNREACHABLE` when there is no answer."""

    def __init__(self, server: str, pki: Path, client: str = "sandbox") -> None:
        self._server = server
        self._pool = urllib3.PoolManager(
            ca_certs=str(pki / "ca.crt"),
            cert_file=str(pki / f"{client}.crt"),
            key_file=str(pki / f"{client}.key"),
            retries=False,
            maxsize=8,
        )

    def get(self, path: str, **query: str) -> Json:
        return self._request("GET", path, query)

    def find(self, path: str) -> Json | None:
        """The object, or None if there is none."""
        try:
            return self.get(path)
        except ApiError as fault:
            if fault.status == 404:
                return None
            raise

    def create(self, path: str, content: Json) -> Json:
        return self._request("POST", path, {}, content)

    def patch(self, path: str, content: Json, content_type: str = STRATEGIC) -> Json:
        return self._request("PATCH", path, {}, content, content_type)

    def apply(self, path: str, content: Json) -> Json:
        """Creates or changes the object, server-side, over conflicts."""
        return self._request("PATCH", path, {"fieldManager": "sandbox", "force": "true"}, content, APPLY)

    def delete(self, path: str, options: Json) -> Json:
        return self._request("DELETE", path, {}, options)

    def ready(self) -> bool:
        """Whether the server is ready. Does not wait long: somebody else may have taken its port."""
        try:
            response = self._open("GET", "/readyz", None, "application/json", READY_SECONDS)
        except (ApiError, UNREACHABLE):
            return False
        return response.data == b"ok"

    def watch(self, path: str, version: str, **query: str) -> Stream:
        """The events after that resource version, until the server ends the watch."""
        asked = {**query, "watch": "1", "resourceVersion": version, "timeoutSeconds": str(WATCH_SECONDS)}
        return Stream(self._open("GET", f"{path}?{urlencode(asked)}", None, "application/json", WATCH_SECONDS + 30))

    def _request(
        self, method: str, path: str, query: dict[str, str], content: Json | None = None, kind: str = "application/json"
    ) -> Json:
        address = f"{path}?{urlencode(query)}" if query else path
        answer: Json = json.loads(self._open(method, address, content, kind, REQUEST_SECONDS).data)
        return answer

    def _open(
        self, method: str, address: str, content: Json | None, kind: str, seconds: float
    ) -> urllib3.BaseHTTPResponse:
        response = self._pool.request(
            method,
            self._server + address,
            body=None if content is None else json.dumps(content).encode(),
            headers={"Accept": "application/json", "Content-Type": kind},
            timeout=seconds,
            preload_content=False,
        )
        if response.status >= 400:
            raise _refusal(response.status, response.data)
        return response


def _refusal(status: int, body: bytes) -> ApiError:
    try:
        answer = json.loads(body)
    except ValueError:
        return ApiError(status, "", body.decode(errors="replace")[:500])
    return ApiError(status, str(answer.get("reason", "")), str(answer.get("message", "")))
