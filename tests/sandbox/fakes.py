"""A stand-in for the stand-in: the control endpoint's answers, and the clusters that it was told of."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class FakeAws:
    """Its address, and what was posted to `/_ctl/clusters`."""

    url: str
    clusters: list[dict[str, Any]]


@contextmanager
def fake_aws() -> Iterator[FakeAws]:
    """Serves on loopback while the block runs."""
    clusters: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.path == "/_ctl/clusters":
                clusters.append(content)
            self._answer({"access_key_id": "AKIASANDBOX000000000", "secret_access_key": "sandbox-secret-0000"})

        def do_GET(self) -> None:
            # No service account has a Pod Identity association.
            self._answer({"accounts": []})

        def _answer(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield FakeAws(f"http://127.0.0.1:{server.server_port}", clusters)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
