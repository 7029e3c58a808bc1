"""Certificates and keys of one cluster, and the public half of its service account key as a JWKS."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = timedelta(days=3650)
SERVING_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVING_ADDRESSES = ("127.0.0.1", "10.100.0.1")
# User and group of each client. The agent's own name keeps its writes apart from people's in the audit log.
CLIENTS = {
    "admin": ("kubernetes-admin", "system:masters"),
    "controller-manager": ("system:kube-controller-manager", None),
    "scheduler": ("system:kube-scheduler", None),
    "sandbox": ("sandbox", "system:masters"),
}


class WebKey(TypedDict):
    """One RSA key of a JWKS (RFC 7517)."""

    use: str
    kty: str
    kid: str
    alg: str
    n: str
    e: str


class WebKeySet(TypedDict):
    """A JWKS, as `/openid/v1/jwks` shows it."""

    keys: list[WebKey]


@dataclass(frozen=True)
class _Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def create(folder: Path) -> None:
    """Fills the folder: `<name>.crt` and `<name>.key` of `ca`, `serving` and every client, and `sa.key`."""
    folder.mkdir(mode=0o700, parents=True)
    authority = _new_authority()
    _write(folder, "ca", authority.certificate, authority.key)
    _issue(folder, "serving", authority, _subject("sandbox-serving", None), _serving_names())
    for name, (user, group) in CLIENTS.items():
        _issue(folder, name, authority, _subject(user, group), None)
    _write_key(folder / "sa.key", rsa.generate_private_key(public_exponent=65537, key_size=2048))


class HostAuthority:
    """An authority of its own for names of hosts; the folder gets `ca.crt`, and certificate and key of each host."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._authority = _new_authority()
        self.bundle = folder / "ca.crt"
        self.bundle.write_bytes(self._authority.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, host: str) -> tuple[Path, Path]:
        """Certificate and key for that host."""
        # The host is only in the alternative names: a common name has 64 characters at most.
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        _issue(self._folder, host, self._authority, _subject("sandbox-proxy", None), names)
        return self._folder / f"{host}.crt", self._folder / f"{host}.key"


def web_key_set(folder: Path) -> WebKeySet:
    """The public key that verifies the cluster's service account tokens."""
    key = serialization.load_pem_private_key((folder / "sa.key").read_bytes(), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError(f"{folder / 'sa.key'} is not an RSA key")
    public = key.public_key()
    numbers = public.public_numbers()
    return {
        "keys": [
            {
                "use": "sig",
                "kty": "RSA",
                "kid": key_id(public),
                "alg": "RS256",
                "n": _unpadded(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")),
                "e": _unpadded(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big")),
            }
        ]
    }


def key_id(key: rsa.RSAPublicKey) -> str:
    """The `kid` that kube-apiserver gives a key: the SHA-256 of its SubjectPublicKeyInfo (serviceaccount/jwt.go)."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return _unpadded(hashlib.sha256(der).digest())


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _subject(user: str, group: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, user)]
    if group:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(attributes)


def _serving_names() -> x509.SubjectAlternativeName:
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in SERVING_ADDRESSES]
    return x509.SubjectAlternativeName([*map(x509.DNSName, SERVING_NAMES), *addresses])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        # A clock that was set back a little must not make the certificate invalid.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
    )


def _new_authority() -> _Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    # Random: clients that trust two sandboxes must not mistake one authority for the other.
    name = _subject(f"kubernetes-{x509.random_serial_number():x}"[:40], None)
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _Authority(certificate, key)


def _issue(
    folder: Path, name: str, authority: _Authority, subject: x509.Name, hosts: x509.SubjectAlternativeName | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        _builder(subject, authority.certificate.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(identifier, critical=False)
    )
    if hosts:
        builder = builder.add_extension(hosts, critical=False)
    _write(folder, name, builder.sign(authority.key, hashes.SHA256()), key)


def _write(folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    _write_key(folder / f"{name}.key", key)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> None:
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
