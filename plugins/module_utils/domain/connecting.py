# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a kubeconfig, the options and the environment to one connection. Pure: files are named, not read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain import kubeconfig_users, proxies
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import (
    Connection,
    Identity,
    Impersonation,
    Pem,
    Proxy,
    Source,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import Settings, variables
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_files import Entry, Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# What is in a pod of the cluster (client-go's rest.InClusterConfig).
SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
HOST_VARIABLE, PORT_VARIABLE = "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT"
_OVERRIDES = (
    *("host", "api_key", "username", "password", "validate_certs", "ca_cert", "client_cert", "client_key"),
    *("proxy", "no_proxy", "impersonate_user", "impersonate_groups"),
)
# What client-go takes for `proxy-url`, and for HTTPS_PROXY.
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
# Control characters, and bytes of the environment that are no UTF-8: no header holds them.
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def from_kubeconfig(config: Kubeconfig, source: Source, named_by: str) -> Connection:
    """What the chosen context says. Raises `Refused` for what is not there, or cannot be honoured."""
    wanted = source.context or config.current
    if not wanted:
        raise Refused(
            f"Kubeconfig {config.names} ({named_by}) has no current-context: set epinio_context to one of its contexts."
        )
    chosen = "epinio_context or K8S_AUTH_CONTEXT" if source.context else "its current-context"
    context = config.entry("context", wanted, chosen)
    cluster = config.entry("cluster", context.text("cluster"), f"context {wanted} names it")
    user = context.text("user")
    who = config.entry("user", user, f"context {wanted} names it") if user else None
    proxy = cluster.text("proxy-url")
    return Connection(
        _server(cluster),
        replace(source, context=wanted),
        authority=kubeconfig_users.pem(cluster, "certificate-authority"),
        insecure=_insecure(cluster),
        server_name=cluster.text("tls-server-name"),
        identity=kubeconfig_users.identity(who) if who else Identity(),
        impersonation=kubeconfig_users.impersonation(who) if who else Impersonation(),
        proxy=Proxy(proxy, cluster.origin("proxy-url")) if proxy else Proxy(),
        exec_config=kubeconfig_users.exec_config(cluster),
    )


def in_cluster(environ: Mapping[str, str], source: Source) -> Connection:
    """The pod's own service account, whose token is renewed in its file."""
    host = environ[HOST_VARIABLE]
    return Connection(
        f"https://{f'[{host}]' if ':' in host else host}:{environ[PORT_VARIABLE]}",
        source,
        authority=Pem(path=f"{SERVICE_ACCOUNT}/ca.crt", origin="certificate authority of the pod's service account"),
        identity=Identity(token_file=f"{SERVICE_ACCOUNT}/token", origin="token of the pod's service account"),
    )


def with_settings(found: Connection, settings: Settings) -> Connection:
    """The same with what options and environment override, and with the proxy that counts in the end.

    Without TLS nobody is told who calls, as client-go does (tools/clientcmd/client_config.go): whoever listens could
    take the token. Raises `Refused` for what cannot be honoured.
    """
    verify, authority = settings.verify(), _file(settings, "ca_cert")
    server = settings.host() or found.server
    insecure = found.insecure if verify is None else not verify
    changed = replace(
        found,
        insecure=insecure and not (authority and verify is None),
        authority=Pem() if insecure and not (authority and verify is None) else authority or found.authority,
        identity=_identity(found.identity, settings),
        impersonation=_impersonation(found.impersonation, settings),
        overridden=tuple(settings.origin(name) for name in _OVERRIDES if settings.value(name) is not None),
    )
    changed = replace(changed, server=_address(changed, server, settings))
    _refuse_what_no_header_holds(changed)
    if changed.server.startswith("http://"):
        changed = replace(changed, identity=Identity())
    return replace(changed, proxy=_proxy(changed, settings))


def _server(cluster: Entry) -> str:
    server = cluster.text("server").rstrip("/")
    if not server:
        raise cluster.refuse("server", "is missing: it is the URL of the API server")
    return server


def _insecure(cluster: Entry) -> bool:
    insecure = cluster.flag("insecure-skip-tls-verify")
    given = next((one for one in ("certificate-authority", "certificate-authority-data") if cluster.text(one)), "")
    if insecure and given:
        raise cluster.refuse(given, "stands beside insecure-skip-tls-verify, which helm refuses: remove one of the two")
    return insecure


def _address(found: Connection, server: str, settings: Settings) -> str:
    """A URL. One without a scheme is taken for https where a certificate authority says that there is TLS."""
    if "://" not in server and (found.authority or found.insecure):
        server = f"https://{server}"
    where = settings.origin("host") if settings.value("host") else f"server of {found.source}"
    try:
        parts = urlsplit(server)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        known = known and not (parts.query or parts.fragment)
    except ValueError:
        known = False
    if not known or _CONTROL.search(server) or " " in server:
        raise Refused(f"The API server's address {server!r} ({where}) is no URL such as https://host:6443: correct it.")
    if parts.username or parts.password:
        raise Refused(f"The API server's address ({where}) has a user in it: remove what is before the @.")
    scheme, _colon, rest = server.partition(":")
    return f"{scheme.lower()}:{rest}"


def _file(settings: Settings, name: str) -> Pem:
    path = settings.text(name)
    return Pem(path=path, origin=settings.origin(name)) if path else Pem()


def _identity(found: Identity, settings: Settings) -> Identity:
    certificate, key = _file(settings, "client_cert"), _file(settings, "client_key")
    if certificate or key:
        found = replace(found, certificate=certificate or found.certificate, key=key or found.key)
        if not (found.certificate and found.key):
            given, lacking = ("client_cert", "client_key") if certificate else ("client_key", "client_cert")
            raise Refused(
                f"{settings.origin(given)} is set without {variables(lacking)[-1]}: a certificate and its key belong "
                "together."
            )
    token, username, password = (settings.text(name) for name in ("api_key", "username", "password"))
    token = token.strip()
    others = Identity(certificate=found.certificate, key=found.key)
    if token:
        return replace(others, token=token, origin=settings.origin("api_key"))
    if username or password:
        return replace(
            others,
            username=username or found.username,
            password=password or found.password,
            origin=settings.origin("username" if username else "password"),
        )
    return found


def _impersonation(found: Impersonation, settings: Settings) -> Impersonation:
    user, groups = settings.text("impersonate_user"), settings.groups()
    if user:
        # Another user than the kubeconfig's has neither its groups nor its other attributes.
        return Impersonation(user, groups)
    if groups and not found.user:
        raise Refused(
            f"{settings.origin('impersonate_groups')} is set without a user: the API server takes groups only beside "
            "K8S_AUTH_IMPERSONATE_USER."
        )
    return replace(found, groups=groups or found.groups)


def _refuse_what_no_header_holds(found: Connection) -> None:
    who, as_whom = found.identity, found.impersonation
    extra = [text for key, values in as_whom.extra for text in (key, *values)]
    if _CONTROL.search("".join((who.token, who.username, who.password))):
        raise Refused(
            f"The {who.origin or 'token'} has a line end, another control character, or what is no UTF-8 in it: "
            "correct it."
        )
    if _CONTROL.search("".join((as_whom.user, as_whom.uid, *as_whom.groups, *extra))):
        raise Refused(
            f"Whom {found.source} impersonates has a control character, or what is no UTF-8, in the name: correct it."
        )


def _proxy(found: Connection, settings: Settings) -> Proxy:
    """An option counts before the kubeconfig, and the kubeconfig before the environment."""
    headers, exceptions = settings.proxy_headers(), settings.value("no_proxy")
    option = settings.text("proxy")
    if option:
        # kubernetes.core's client leaves the proxy out for NO_PROXY, too.
        known = proxies.environment_exceptions(settings.environ) if exceptions is None else str(exceptions)
        chosen, origin = "" if proxies.excepted(found.server, known) else option, settings.origin("proxy")
    elif found.proxy.url:
        chosen = "" if exceptions and proxies.excepted(found.server, str(exceptions)) else found.proxy.url
        origin = found.proxy.origin
    else:
        given = None if exceptions is None else str(exceptions)
        chosen = proxies.from_environment(found.server, settings.environ, given)
        origin = "HTTPS_PROXY" if found.server.startswith("https") else "HTTP_PROXY"
    if chosen:
        chosen = _checked_proxy(chosen, origin)
        return Proxy(chosen, origin, headers=headers)
    return Proxy(exempt=bool(proxies.from_environment(found.server, settings.environ)))


def _checked_proxy(url: str, origin: str) -> str:
    if "://" not in url:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        known = parts.scheme in _PROXY_SCHEMES and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        known = False
    if not known:
        raise Refused(
            f"The proxy ({origin}) is no URL that helm and Python take: it begins with http://, https:// or socks5://, "
            "and has a host."
        )
    return url
