# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an exec plugin of a kubeconfig is told, and what it prints.

https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import NO_PEM, Connection, ExecPlugin, Pem
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_users import pem_fields

# Seconds before its end at which a credential no longer counts: the call itself takes time.
_MARGIN = 30.0


@dataclass(frozen=True)
class ExecCredential:
    """A token, a certificate with its key, or both; `expires` in seconds of the epoch, `None` if it is not said."""

    token: str = field(default="", repr=False)
    certificate: Pem = NO_PEM
    key: Pem = NO_PEM
    expires: float | None = None

    def expired(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires - _MARGIN


def info(plugin: ExecPlugin, connection: Connection) -> str:
    """KUBERNETES_EXEC_INFO. Nobody is there to be asked anything."""
    spec: dict[str, Any] = {"interactive": False}
    if plugin.with_cluster:
        cluster = {
            "server": connection.server,
            "tls-server-name": connection.server_name,
            "insecure-skip-tls-verify": connection.insecure,
            "certificate-authority-data": pem_fields("x", connection.authority).get("x-data"),
            "proxy-url": connection.proxy.url,
            "config": connection.exec_config,
        }
        spec["cluster"] = {key: value for key, value in cluster.items() if value}
    return json.dumps({"apiVersion": plugin.version, "kind": "ExecCredential", "spec": spec})


def parsed(plugin: ExecPlugin, printed: str) -> ExecCredential | str:
    """The credential, or why it is none, without what was printed: that may hold a token."""
    try:
        answer = json.loads(printed)
    except ValueError:
        return f"it printed {'nothing' if not printed.strip() else 'something else than JSON'}"
    if not isinstance(answer, Mapping) or answer.get("kind") != "ExecCredential":
        return "it printed JSON, but no ExecCredential"
    if answer.get("apiVersion") != plugin.version:
        printed_version = str(answer.get("apiVersion"))[:60]
        return f"it printed an ExecCredential of {printed_version}, the kubeconfig wants {plugin.version}"
    status = answer.get("status")
    if not isinstance(status, Mapping):
        return "its ExecCredential has no status"
    return _credential(status)


def _credential(status: Mapping[str, Any]) -> ExecCredential | str:
    names = ("token", "clientCertificateData", "clientKeyData", "expirationTimestamp")
    token, certificate, key, expiry = (status.get(name) or "" for name in names)
    if not all(isinstance(one, str) for one in (token, certificate, key, expiry)):
        return "the status of its ExecCredential has something else than texts in it"
    if bool(certificate) != bool(key) or not (token or certificate):
        return "its ExecCredential has neither a token nor a certificate with its key"
    if not token.strip().isprintable():
        return "the token of its ExecCredential has a line end or another control character in it"
    try:
        expires = _seconds(expiry) if expiry else None
    except ValueError:
        return "its ExecCredential's expirationTimestamp is no time"
    origin = "certificate that the exec plugin printed"
    key_origin = "key that the exec plugin printed"
    return ExecCredential(
        token.strip(), Pem(text=certificate, origin=origin), Pem(text=key, origin=key_origin), expires
    )


def _seconds(text: str) -> float:
    """RFC 3339; Python 3.10 does not know its Z."""
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()
