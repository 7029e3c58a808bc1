# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS to the API server, as kubectl and helm have it."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Pem
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import certificate_blocks
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


def context(connection: Connection, certificate: Pem, key: Pem, folder: str) -> ssl.SSLContext:
    """Trusts what the connection trusts, and shows the certificate if there is one.

    `folder` is where a key is written for the moment in which `ssl` reads it. Raises `Refused` for what is no
    certificate or key.
    """
    made = _trusting(connection)
    # Python sets it from 3.13 on. It refuses authorities without an Authority Key Identifier, as many clusters
    # have them; Go, so kubectl and helm, accept those.
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT
    # Go takes each certificate that it is given for an authority, also one that another has signed.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if connection.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    if certificate:
        _show(made, certificate, key, folder)
    return made


def text(pem: Pem) -> str:
    """The text, read from its file if it has one. Raises `Refused`."""
    if not pem.path:
        return pem.text
    try:
        return Path(pem.path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"Could not read {pem.path} ({pem.origin}): {reason}. Correct the path.") from error


def _trusting(connection: Connection) -> ssl.SSLContext:
    if connection.insecure or not connection.authority:
        return ssl.create_default_context()
    authority = connection.authority
    # Comments around the certificates need not be ASCII.
    blocks = "\n".join(certificate_blocks(text(authority)))
    try:
        return ssl.create_default_context(cadata=blocks or "none")
    except (ssl.SSLError, ValueError) as error:
        where = f"{authority.origin} ({authority.path})" if authority.path else authority.origin
        raise Refused(f"The {where} holds no certificate that can be read: correct it.") from error


def _show(made: ssl.SSLContext, certificate: Pem, key: Pem, folder: str) -> None:
    """Load both. `ssl` reads nothing but files: a key that was in none is in one only meanwhile."""
    with tempfile.TemporaryDirectory(dir=folder or None, prefix="key-") as place:
        try:
            # Without a password OpenSSL would ask the terminal for that of an encrypted key.
            made.load_cert_chain(_written(place, certificate), _written(place, key), password="")
        except (ssl.SSLError, ValueError) as error:
            raise Refused(
                f"The {certificate.origin} and the {key.origin} are not a certificate and its key that can be read "
                "(a key with a password is not supported): correct them."
            ) from error


def _written(folder: str, pem: Pem) -> str:
    handle, path = tempfile.mkstemp(dir=folder)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(text(pem))
    return path
