"""The pods' only way out: a proxy on loopback that leads AWS's host names to the stand-in, and refuses all others.

A pod names itself in the proxy's address, as user. TLS to AWS ends here, with certificates of the proxy's own
authority; what is inside goes on unchanged, `Host` header included.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import logging
import select
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from sandbox import proxy_hosts
from sandbox.instance_metadata import Answer, Guest, InstanceMetadata, NoAnswer, NoService
from sandbox.pki import HostAuthority
from sandbox.proxy_hosts import Way
from sandbox.relay import relay
from sandbox.stand_in import StandInError

LOOPBACK = "127.0.0.1"
SECONDS = 60.0
PASSWORD = "pod"
# A file in the proxy's folder: names of hosts that pods do not reach while they stand there, one in a line.
AWAY = "away"
LOG = logging.getLogger(__name__)


class ForwardProxy:
    """The proxy, in threads of this process.

    - `folder`: for the authority and the certificates, which are made when they are needed
    - `aws_port`, `kubernetes_port`: of the stand-in and of the API server
    """

    def __init__(
        self, port: int, folder: Path, aws_port: int, kubernetes_port: int, metadata: InstanceMetadata
    ) -> None:
        self._folder = folder
        self._ports = {Way.AWS: aws_port, Way.KUBERNETES: kubernetes_port}
        self._lock = threading.Lock()
        self._guests: dict[str, Guest] = {}
        self._contexts: dict[str, ssl.SSLContext] = {}
        self.metadata = metadata
        self._server = _Server(port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, name="proxy", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends it, also if it was never started."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()

    def admit(self, uid: str, guest: Guest) -> dict[str, str]:
        """Knows the pod from now on, and gives the variables that lead it here."""
        self._guests[uid] = guest
        address = f"http://{uid}:{PASSWORD}@{LOOPBACK}:{self._server.server_port}"
        bundle = str(self._authority.bundle)
        return {
            "HTTPS_PROXY": address,
            "HTTP_PROXY": address,
            "NO_PROXY": f"localhost,{LOOPBACK}",
            "SSL_CERT_FILE": bundle,
            "AWS_CA_BUNDLE": bundle,
        }

    def dismiss(self, uid: str) -> None:
        """Does not know the pod any more."""
        self._guests.pop(uid, None)

    def guest(self, uid: str) -> Guest | None:
        return self._guests.get(uid)

    def context(self, host: str) -> ssl.SSLContext:
        """For a server of that name."""
        with self._lock:
            if host not in self._contexts:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*self._authority.issue(host))
                self._contexts[host] = context
            return self._contexts[host]

    def connect(self, host: str, way: Way) -> socket.socket:
        """A connection to what is behind the host. OSError if nobody is there."""
        away = self._folder / AWAY
        if away.exists() and host in away.read_text(encoding="utf-8").splitlines():
            raise ConnectionRefusedError(host)
        return socket.create_connection((LOOPBACK, self._ports[way]), SECONDS)

    @functools.cached_property
    def _authority(self) -> HostAuthority:
        return HostAuthority(self._folder)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, proxy: ForwardProxy) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.proxy = proxy


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = SECONDS

    def do_CONNECT(self) -> None:
        self.close_connection = True
        host, way = proxy_hosts.tunnel(self.path)
        guest = self._admitted(f"{host}: {way.value}")
        if guest is None:
            return
        if way is Way.NOWHERE:
            self._answer(_refusal(self.path))
            return
        try:
            target = self.server.proxy.connect(host, way)
        except OSError as fault:
            self._answer(Answer(502, f"{way.value} is away: {fault}\n"))
            return
        self.send_response(200)
        self.end_headers()
        try:
            with target:
                self._passed_on(host, way, target)
        except OSError as fault:
            # A pod that ends or that does not trust the certificate; its own words are in its own output.
            LOG.info("%s: %s: %s", guest.name, host, fault)

    def _passed_on(self, host: str, way: Way, target: socket.socket) -> None:
        if way is not Way.AWS:
            relay(self.connection, target, SECONDS)
            return
        with self.server.proxy.context(host).wrap_socket(self.connection, server_side=True) as plain:
            relay(plain, target, SECONDS)
            # Many clients take an end without TLS's own goodbye for an attack.
            plain.settimeout(1)
            with contextlib.suppress(OSError):
                plain.unwrap()

    def do_GET(self) -> None:
        self._plain()

    def _plain(self) -> None:
        asked = urlsplit(self.path)
        way = proxy_hosts.plain(asked.hostname or "", asked.port)
        guest = self._admitted(f"{self.command} {asked.hostname}: {way.value}")
        if guest is None:
            return
        if way is Way.NOWHERE:
            self._answer(_refusal(str(asked.hostname)))
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            self._answer(self.server.proxy.metadata.answer(guest, self.command, asked.path, headers))
        except NoService:
            # A proxy's word for a refused connection; SDKs take a broken one to the proxy itself for another fault.
            self._answer(Answer(502, "connection refused\n"))
        except NoAnswer:
            self.close_connection = True
            # Until the pod has lost its patience.
            select.select([self.connection], [], [], SECONDS)
        except StandInError as fault:
            LOG.warning("%s: %s", guest.name, fault)
            self._answer(Answer(500))

    def do_HEAD(self) -> None:
        self._plain()

    def do_PUT(self) -> None:
        self._plain()

    def do_POST(self) -> None:
        self._plain()

    def do_DELETE(self) -> None:
        self._plain()

    def _admitted(self, asked: str) -> Guest | None:
        """The pod that asks; None after the answer to one that nobody knows."""
        guest = self.server.proxy.guest(_user(self.headers.get("Proxy-Authorization", "")))
        LOG.info("%s: %s", guest.name if guest else "somebody unknown", asked)
        if guest is None:
            self._answer(Answer(407, "", (("Proxy-Authenticate", "Basic"),)))
        return guest

    def _answer(self, answer: Answer) -> None:
        content = answer.text.encode()
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(content)))
        # What a refused request still has to send is not read.
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """What is asked for is logged where it is decided."""


def _refusal(host: str) -> Answer:
    return Answer(403, f"{host} is not in the sandbox: its pods reach AWS, their node's metadata and Kubernetes\n")


def _user(authorization: str) -> str:
    try:
        return base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
