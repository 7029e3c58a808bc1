"""TLS to the API server: what is trusted, what is shown, and that no key stays in a file."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils import tls
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import (
    NO_PEM,
    Connection,
    Identity,
    Pem,
    Source,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from cryptography.hazmat.primitives import serialization

from sandbox import pki

FILE = Source("/a/config", "here", is_file=True)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys") / "pki"
    pki.create(folder)
    return folder


def pem(path: Path, origin: str = "here") -> Pem:
    return Pem(text=path.read_text(encoding="utf-8"), origin=origin)


def connection(authority: Pem = NO_PEM, *, insecure: bool = False) -> Connection:
    return Connection("https://api", FILE, authority=authority, insecure=insecure)


def test_what_go_accepts_is_accepted(keys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Python 3.13, whose default context is strict."""
    plain = ssl.create_default_context

    def strict(cadata: str | None = None) -> ssl.SSLContext:
        made = plain(cadata=cadata)
        made.verify_flags |= ssl.VERIFY_X509_STRICT
        return made

    monkeypatch.setattr(ssl, "create_default_context", strict)
    made = tls.context(connection(pem(keys / "ca.crt")), NO_PEM, NO_PEM, str(tmp_path))
    assert not made.verify_flags & ssl.VERIFY_X509_STRICT
    assert made.verify_flags & ssl.VERIFY_X509_PARTIAL_CHAIN
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert len(made.get_ca_certs()) == 1


def test_nothing_is_verified_where_that_is_asked_for(tmp_path: Path) -> None:
    made = tls.context(connection(insecure=True), NO_PEM, NO_PEM, str(tmp_path))
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_NONE, False)


def test_text_around_certificates_does_not_matter(keys: Path, tmp_path: Path) -> None:
    text = f"# Behörde\n{(keys / 'ca.crt').read_text(encoding='utf-8')}\nmore\n"
    assert len(tls.context(connection(Pem(text=text)), NO_PEM, NO_PEM, str(tmp_path)).get_ca_certs()) == 1


@pytest.mark.parametrize("text", ["nothing", "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n"])
def test_an_authority_that_is_none(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refused, match=r"The x of y \(/a/ca\) holds no certificate|The x of y holds no certificate"):
        tls.context(connection(Pem(text=text, origin="x of y")), NO_PEM, NO_PEM, str(tmp_path))


def test_a_key_is_in_a_file_for_a_moment_only(keys: Path, tmp_path: Path) -> None:
    tls.context(connection(), pem(keys / "admin.crt"), pem(keys / "admin.key"), str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", ["other", "encrypted", "nothing", "missing"])
def test_a_key_that_does_not_fit(keys: Path, tmp_path: Path, fault: str) -> None:
    key = pem(keys / "admin.key", "client-key of user u in /a/config")
    if fault == "other":
        key = pem(keys / "scheduler.key", key.origin)
    elif fault == "encrypted":
        loaded = serialization.load_pem_private_key(key.text.encode(), password=None)
        encryption = serialization.BestAvailableEncryption(b"word")
        kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
        key = Pem(text=loaded.private_bytes(*kind, encryption).decode(), origin=key.origin)
    elif fault == "nothing":
        key = Pem(text="hush", origin=key.origin)
    else:
        key = Pem(path="/gone/key", origin=key.origin)
    with pytest.raises(Refused, match="client-key of user u in /a/config") as refusal:
        tls.context(connection(), pem(keys / "admin.crt"), key, str(tmp_path))
    assert "hush" not in str(refusal.value)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def port(keys: Path) -> Iterator[int]:
    """A server whose certificate is for 127.0.0.1, localhost and kubernetes. It answers who the client's is of."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            peer: Any = self.connection.getpeercert()
            who = dict(pair for (pair,) in peer["subject"])["commonName"] if peer else ""
            body = json.dumps({"metadata": {}, "items": [], "who": who}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "serving.crt", keys / "serving.key")
    context.load_verify_locations(keys / "ca.crt")
    context.verify_mode = ssl.CERT_OPTIONAL
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # refused handshakes are the tests' own
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("host", "trusted", "name", "refusal"),
    [
        ("127.0.0.1", True, "", ""),
        ("localhost", True, "", ""),
        ("127.0.0.1", True, "kubernetes", ""),
        ("127.0.0.1", True, "other", "certificate|doesnt match"),
        ("localhost", True, "other", "certificate|doesnt match"),
        ("127.0.0.1", True, "127.0.0.2", "certificate|doesnt match"),
        ("127.0.0.1", False, "", "certificate verify failed"),
    ],
)
def test_who_answers_is_verified(
    keys: Path, tmp_path: Path, port: int, host: str, trusted: bool, name: str, refusal: str
) -> None:
    """With any urllib3, names and addresses."""
    who = Identity(certificate=pem(keys / "admin.crt"), key=pem(keys / "admin.key"))
    authority = pem(keys / "ca.crt") if trusted else NO_PEM
    found = Connection(f"https://{host}:{port}", FILE, authority=authority, server_name=name, identity=who)
    client = KubernetesClient(found, str(tmp_path), patience=0)
    if refusal:
        with pytest.raises(ServiceFailed, match=refusal):
            rest.call("read it", client, "GET", "/api/v1/nodes", {})
        return
    assert rest.call("read it", client, "GET", "/api/v1/nodes", {})["who"] == "kubernetes-admin"
