"""What an API server answers to the first calls of a teardown, where no control plane is needed to tell."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import yaml

DISCOVERY = "/.well-known/openid-configuration"


@dataclass
class ApiServer:
    """Its port, what it answers, and the paths that it was asked for.

    `status` is that of every answer but the discovery document's.
    """

    issuer: str
    status: int = 200
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def kubeconfig(self, folder: Path, scheme: str = "http") -> Path:
        """A kubeconfig that leads here. Without a certificate authority the issuer decides which cluster it is."""
        path = folder / "kubeconfig"
        content = {
            "clusters": [{"name": "c", "cluster": {"server": f"{scheme}://127.0.0.1:{self.port}"}}],
            "users": [{"name": "u", "user": {"token": "nobody-sees-this-token"}}],
            "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
            "current-context": "here",
        }
        path.write_text(yaml.safe_dump(content), encoding="utf-8")
        return path

    def answer(self, path: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(path.partition("?")[0])
        if path == DISCOVERY:
            return 200, {"issuer": self.issuer}
        if self.status == 200:
            return 200, {"kind": "PartialObjectMetadataList", "items": []}
        return self.status, {"kind": "Status", "message": f"the API server says {self.status}"}


@contextmanager
def serving(issuer: str) -> Iterator[ApiServer]:
    """Serves on loopback while the block runs."""
    with started(ApiServer(issuer)) as api:
        yield api


S = TypeVar("S", bound=ApiServer)


@contextmanager
def started(api: S) -> Iterator[S]:
    """Serves these answers on loopback while the block runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, content = api.answer(self.path)
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    api.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
