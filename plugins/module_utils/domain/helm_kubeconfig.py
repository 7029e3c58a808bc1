# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfig that helm gets: the user's own where that says everything, else one made for the purpose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_users import EXEC_EXTENSION, pem_fields
from ansible_collections.epinio.aws.plugins.module_utils.domain.proxies import environment_exceptions
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


@dataclass(frozen=True)
class Kubeconfig:
    """`paths` as in KUBECONFIG, or the `content` of a file to be made; a context, if not the current.

    `environment` is what helm needs beside it.
    """

    paths: str = ""
    context: str = ""
    content: Mapping[str, Any] | None = field(default=None, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict)


def kubeconfig(connection: Connection, environ: Mapping[str, str]) -> Kubeconfig:
    """What leads helm to the same API server, as the same caller, on the same way as our own calls.

    A file of the user's is handed on as it is where nothing overrides it: so no secret is copied. A file that is made
    keeps an exec plugin and a token's file, so that helm renews tokens itself. Raises `Refused` where no kubeconfig can
    say it.
    """
    if connection.proxy.headers and connection.proxy.url:
        raise Refused(
            "proxy_headers cannot be handed to helm: use a proxy that needs none, or a kubeconfig without it."
        )
    if connection.source.is_file and not connection.overridden:
        return Kubeconfig(connection.source.kubeconfig, connection.source.context)
    return Kubeconfig(content=_as_document(connection), environment=_exception(connection, environ))


def _exception(connection: Connection, environ: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY with the API server in it, where only an option leaves the environment's proxy out."""
    if not connection.proxy.exempt:
        return {}
    known = environment_exceptions(environ)
    exceptions = ",".join(filter(None, (known, urlsplit(connection.server).hostname)))
    return {"NO_PROXY": exceptions, "no_proxy": exceptions}


def _as_document(found: Connection) -> dict[str, Any]:
    """A kubeconfig that says the same."""
    who, as_whom = found.identity, found.impersonation
    cluster = {
        "server": found.server,
        **pem_fields("certificate-authority", found.authority),
        "insecure-skip-tls-verify": found.insecure,
        "tls-server-name": found.server_name,
        "proxy-url": found.proxy.url.replace("socks5h://", "socks5://"),
        "extensions": [{"name": EXEC_EXTENSION, "extension": found.exec_config}] if found.exec_config else None,
    }
    user = {
        "token": who.token,
        "tokenFile": who.token_file,
        "username": who.username,
        "password": who.password,
        **pem_fields("client-certificate", who.certificate),
        **pem_fields("client-key", who.key),
        "exec": who.plugin.stanza if who.plugin else None,
        "as": as_whom.user,
        "as-uid": as_whom.uid,
        "as-groups": list(as_whom.groups),
        "as-user-extra": {key: list(values) for key, values in as_whom.extra},
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": {key: value for key, value in cluster.items() if value}}],
        "users": [{"name": "user", "user": {key: value for key, value in user.items() if value}}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    }
