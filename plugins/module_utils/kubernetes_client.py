# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of one API server: its connections, and the headers that say who calls."""

from __future__ import annotations

import importlib
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from ansible_collections.epinio.aws.plugins.module_utils import exec_plugin, tls
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Identity, Pem
from ansible_collections.epinio.aws.plugins.module_utils.domain.exec_credentials import ExecCredential
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

try:
    import urllib3

    # Its documented name is in `urllib3` from version 2 on only; botocore also takes 1.26.
    from urllib3._collections import HTTPHeaderDict
    from urllib3.util import make_headers
except ImportError:  # kubernetes_module says so
    urllib3 = None  # type: ignore[assignment]  # a module is no None
    HTTPHeaderDict = None  # type: ignore[assignment,misc]
    make_headers = None  # type: ignore[assignment]

AGENT = "epinio.aws"
# Seconds for which a read is tried again while the API server is away, as when it restarts.
PATIENCE = 60.0
# The impersonation's headers: https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
_EXTRA = "Impersonate-Extra-"


class KubernetesClient:
    """It makes no call, and runs no plugin, before the first `send`. `folder` is for files that live for a moment."""

    def __init__(self, connection: Connection, folder: str = "", patience: float = PATIENCE) -> None:
        self.connection = connection
        self.patience = patience
        self._folder = folder
        self._credential: ExecCredential | None = None
        self._pool: Any = None

    def send(self, method: str, where: str, headers: Mapping[str, str], body: str | None, timeout: Any) -> Any:
        """The answer, whatever it is. Raises urllib3's exceptions where there is none."""
        sent = HTTPHeaderDict({"User-Agent": AGENT, **headers})
        for name, value in self._caller():
            sent.add(name, value)
        url = f"{self.connection.server}{where}"
        # A redirect would hand the token on to somebody else; what is tried again is decided elsewhere.
        # Not `request`: in urllib3 1.26 it makes one group of several where there is a body.
        return self._pooled().request_encode_url(
            method, url, headers=sent, body=body, timeout=timeout, retries=False, redirect=False
        )

    def renew(self) -> bool:
        """Forget an identity that the server did not accept. Whether there can be another."""
        found = self.connection.identity
        if self._credential is not None:
            self._credential = None
            self._pool = None
            return True
        return bool(found.token_file)

    def _caller(self) -> list[tuple[str, str]]:
        """Who calls, and whom the server shall take that for."""
        authorization = self._authorization(self.connection.identity)
        as_whom = self.connection.impersonation
        found = [
            ("Authorization", authorization),
            ("Impersonate-User", as_whom.user),
            ("Impersonate-Uid", as_whom.uid),
            *(("Impersonate-Group", group) for group in as_whom.groups),
            *((_EXTRA + quote(key, safe=""), value) for key, values in as_whom.extra for value in values),
        ]
        return [(name, _raw(value)) for name, value in found if value]

    def _authorization(self, who: Identity) -> str:
        if who.username:
            # Not urllib3's make_headers: it knows only Latin-1.
            return str(make_headers(basic_auth=_raw(f"{who.username}:{who.password}"))["authorization"])
        token = _token(who) if who.token_file else who.token
        if not token and who.plugin:
            token = self._printed().token
        return f"Bearer {token}" if token else ""

    def _printed(self) -> ExecCredential:
        """What the exec plugin printed, while that counts."""
        plugin = self.connection.identity.plugin
        if plugin is None:
            raise AssertionError("the connection has no exec plugin")
        if self._credential is None or self._credential.expired(time.time()):
            former, self._credential = self._credential, exec_plugin.run(self.connection, plugin)
            if former is None or former.certificate != self._credential.certificate:
                self._pool = None
        return self._credential

    def _pooled(self) -> Any:
        if self._pool is None:
            self._pool = self._made()
        return self._pool

    def _made(self) -> Any:
        settings: dict[str, Any] = {}
        if self.connection.server.startswith("https://"):
            settings["ssl_context"] = tls.context(self.connection, *self._shown(), self._folder)
            if not hasattr(urllib3, "HTTPHeaderDict"):  # 1.26
                # It tells `ssl` no address to compare, so it compares names and addresses itself.
                settings["ssl_context"].check_hostname = False
            if self.connection.server_name:
                settings["server_hostname"] = self.connection.server_name
            if self.connection.insecure:
                settings["assert_hostname"] = False
                # It is what was asked for; urllib3 would print a warning for each call.
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        proxy = self.connection.proxy.url
        if not proxy:
            return urllib3.PoolManager(**settings)
        if proxy.startswith("socks"):
            return _through_socks(self.connection, settings)
        return urllib3.ProxyManager(
            proxy,
            proxy_headers=_proxy_headers(self.connection),
            proxy_ssl_context=settings.get("ssl_context"),
            **settings,
        )

    def _shown(self) -> tuple[Pem, Pem]:
        """The client's certificate and key."""
        who = self.connection.identity
        if who.plugin and self._printed().certificate:
            return self._printed().certificate, self._printed().key
        return who.certificate, who.key


def _raw(text: str) -> str:
    """Headers go out in Latin-1; so they have the bytes of UTF-8, as Go sends them."""
    return text.encode().decode("latin-1")


def _token(who: Identity) -> str:
    """Read for each call: a pod's token is replaced before it expires."""
    try:
        token = Path(who.token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        if who.token:
            # As in client-go (transport/round_trippers.go).
            return who.token
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Refused(f"Could not read {who.token_file} ({who.origin}): {reason}. Correct the path.") from error
    if not token or not token.isprintable():
        raise Refused(f"{who.token_file} ({who.origin}) holds no token.")
    return token


def _proxy_headers(connection: Connection) -> Any:
    """Those of kubernetes.core, and the user in the proxy's own URL."""
    parts = urlsplit(connection.proxy.url)
    given: dict[str, Any] = dict(connection.proxy.headers)
    if parts.username and "proxy_basic_auth" not in given:
        given["proxy_basic_auth"] = _raw(f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    return make_headers(**given)


def _through_socks(connection: Connection, settings: Mapping[str, Any]) -> Any:
    try:
        with warnings.catch_warnings():
            # It warns of the missing package, and raises.
            warnings.simplefilter("ignore")
            socks = importlib.import_module("urllib3.contrib.socks")
    except ImportError as error:
        raise Refused(
            f"The proxy of {connection} ({connection.proxy.origin}) is a SOCKS proxy, for which Python needs the "
            "package PySocks: install it where Ansible runs, or use an HTTP proxy."
        ) from error
    # Go lets the proxy resolve names, which is socks5h here.
    return socks.SOCKSProxyManager(connection.proxy.url.replace("socks5://", "socks5h://"), **settings)
