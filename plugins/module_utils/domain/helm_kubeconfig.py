# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kubeconfig that helm gets: the user's own where that says everything, else one made for the purpose."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Options of a connection that say more than which file and context.
_OVERRIDES = (
    *("host", "api_key", "username", "password", "validate_certs", "ca_cert", "client_cert", "client_key"),
    *("proxy", "no_proxy", "impersonate_user", "impersonate_groups"),
)
# kubernetes.core reads K8S_AUTH_<option> for each, these also by the Kubernetes client's own names.
_OTHER_NAMES = {
    "validate_certs": "verify_ssl",
    "ca_cert": "ssl_ca_cert",
    "client_cert": "cert_file",
    "client_key": "key_file",
}


@dataclass(frozen=True)
class Kubeconfig:
    """`paths` as in KUBECONFIG, or the `content` of a file to be made; a context, if not the current."""

    paths: str = ""
    context: str = ""
    content: Mapping[str, Any] | None = field(default=None, repr=False)


def kubeconfig(options: Mapping[str, Any], environ: Mapping[str, str], source: Source, client: Any) -> Kubeconfig:
    """What leads helm to the cluster that the Kubernetes client talks to.

    `options` are the module's connection options, `source` is where they were found to come from, and `client` the
    configuration that they led to. A file of the user's is handed on as it is, because only its own way of getting a
    token can renew one.
    """
    given = {name: _given(name, options, environ) for name in _OVERRIDES}
    if any(value is not None for value in given.values()):
        return Kubeconfig(content=_made(client, given))
    if source.is_file:
        paths = [os.path.abspath(os.path.expanduser(path)) for path in source.kubeconfig.split(os.pathsep) if path]
        return Kubeconfig(os.pathsep.join(paths), source.context)
    if isinstance(options.get("kubeconfig"), Mapping):
        return Kubeconfig(context=source.context, content=options["kubeconfig"])
    return Kubeconfig(content=_made(client, given))


def refuse_proxy_headers(options: Mapping[str, Any]) -> None:
    """Raise `Refused` for headers to a proxy: no kubeconfig can say them, so helm could not follow."""
    if any((options.get("proxy_headers") or {}).values()):
        raise Refused(
            "proxy_headers cannot be handed to helm: use a proxy that needs none, or a kubeconfig without it."
        )


def _given(name: str, options: Mapping[str, Any], environ: Mapping[str, str]) -> Any:
    if options.get(name) is not None:
        return options[name]
    names = [name, *([_OTHER_NAMES[name]] if name in _OTHER_NAMES else [])]
    return next((environ[key] for key in (f"K8S_AUTH_{one.upper()}" for one in names) if environ.get(key)), None)


def _made(client: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    token = (client.api_key or {}).get("authorization", "")
    groups = given["impersonate_groups"]
    cluster = {
        "server": client.host,
        "certificate-authority": client.ssl_ca_cert,
        "insecure-skip-tls-verify": True if not client.verify_ssl else None,
        "tls-server-name": getattr(client, "tls_server_name", None),
        "proxy-url": client.proxy,
    }
    user = {
        "token": token.removeprefix("Bearer "),
        "client-certificate": client.cert_file,
        "client-key": client.key_file,
        "username": client.username,
        "password": client.password,
        "as": given["impersonate_user"],
        "as-groups": groups.split(",") if isinstance(groups, str) else groups,
    }
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": _said(cluster)}],
        "users": [{"name": "user", "user": _said(user)}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    }


def _said(parts: Mapping[str, Any]) -> dict[str, Any]:
    # A certificate authority beside insecure-skip-tls-verify is an error to client-go.
    skipped = "certificate-authority" if parts.get("insecure-skip-tls-verify") else ""
    return {key: value for key, value in parts.items() if value and key != skipped}
