"""TLS to the API server: what is trusted, what is shown, and that no key stays in a file."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import tls
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import NO_PEM, Connection, Pem, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
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
