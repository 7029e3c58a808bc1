"""A proxy for HTTPS as companies have one: names behind it are known to nobody else."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.relay import relay

_SECONDS = 30.0


@dataclass
class Tunnels:
    """`url` is the proxy's address; `asked` lists the `host:port` of each tunnel that was made."""

    url: str
    asked: list[str] = field(default_factory=list)


@contextlib.contextmanager
def tunnels(port: int) -> Iterator[Tunnels]:
    """Lead every tunnel to this port of loopback, whatever host it asks for."""

    class Handler(BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            seen.asked.append(self.path)
            with socket.create_connection(("127.0.0.1", port), _SECONDS) as target:
                self.send_response(200)
                self.end_headers()
                # A client that ends in the middle of its connection is none of the proxy's business.
                with contextlib.suppress(OSError):
                    relay(self.connection, target, _SECONDS)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """What is asked for is in `asked`."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    seen = Tunnels(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
