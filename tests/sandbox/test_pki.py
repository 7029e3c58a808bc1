"""Certificates that verify, a JWKS that verifies what the key signs, kubeconfigs that stand alone."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from sandbox import kubeconfig, pki


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "pki"
    pki.create(folder)
    return folder


def certificate(home: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((home / f"{name}.crt").read_bytes())


@pytest.mark.parametrize("name", ["serving", *pki.CLIENTS])
def test_the_authority_signed_it(home: Path, name: str) -> None:
    certificate(home, name).verify_directly_issued_by(certificate(home, "ca"))


def test_keys_are_for_their_owner_only(home: Path) -> None:
    assert {path.stat().st_mode & 0o077 for path in home.glob("*.key")} == {0}
    assert home.stat().st_mode & 0o077 == 0


def test_serving_names(home: Path) -> None:
    names = certificate(home, "serving").extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "10.100.0.1"}


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def test_the_jwks_verifies_what_the_key_signs(home: Path) -> None:
    (key,) = pki.web_key_set(home)["keys"]
    public = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
    private = serialization.load_pem_private_key((home / "sa.key").read_bytes(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = private.sign(b"text", padding.PKCS1v15(), hashes.SHA256())
    public.verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())


def test_key_id(home: Path) -> None:
    (key,) = pki.web_key_set(home)["keys"]
    private = serialization.load_pem_private_key((home / "sa.key").read_bytes(), None)
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    digest = hashlib.sha256(private.public_key().public_bytes(*form)).digest()
    assert base64.urlsafe_b64decode(key["kid"] + "=") == digest
    assert "=" not in key["kid"]


def test_two_authorities_differ_in_name(home: Path, tmp_path: Path) -> None:
    pki.create(tmp_path / "pki")
    assert certificate(home, "ca").subject != certificate(tmp_path / "pki", "ca").subject


def test_kubeconfig(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "kubeconfig"
    kubeconfig.write(path, kubeconfig.kubeconfig(home, "admin", "https://127.0.0.1:1", "context"))
    assert path.stat().st_mode & 0o077 == 0
    content = json.loads(path.read_text())
    (cluster,), (user,) = content["clusters"], content["users"]
    assert base64.b64decode(cluster["cluster"]["certificate-authority-data"]) == (home / "ca.crt").read_bytes()
    private = serialization.load_pem_private_key(base64.b64decode(user["user"]["client-key-data"]), None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    assert content["current-context"] == content["contexts"][0]["name"] == "context"
