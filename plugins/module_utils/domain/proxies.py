# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which proxy a URL is reached through, decided as Go decides it, so that helm and Python go the same way.

https://pkg.go.dev/golang.org/x/net/http/httpproxy
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

_PORTS = {"http": "80", "https": "443"}


def from_environment(url: str, environ: Mapping[str, str], exceptions: str | None = None) -> str:
    """The proxy that the environment names for the URL, `""` for none. `exceptions` stand instead of NO_PROXY."""
    scheme, host = urlsplit(url).scheme.upper(), urlsplit(url).hostname or ""
    proxy = _either(environ, f"{scheme}_PROXY")
    if (
        not proxy
        or _is_local(host)
        or excepted(url, environment_exceptions(environ) if exceptions is None else exceptions)
    ):
        return ""
    return proxy if "://" in proxy else f"http://{proxy}"


def environment_exceptions(environ: Mapping[str, str]) -> str:
    """NO_PROXY, in either case."""
    return _either(environ, "NO_PROXY")


def excepted(url: str, exceptions: str) -> bool:
    """Whether the URL is one of the exceptions: hosts, domains, addresses and networks, `*` for all."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), str(parts.port or _PORTS.get(parts.scheme, ""))
    return any(_matches(one.strip().lower(), host, port) for one in exceptions.split(","))


def _matches(exception: str, host: str, port: str) -> bool:
    if exception in ("", "*"):
        return exception == "*"
    if "/" in exception:
        return _in_network(host, exception)
    name, wanted_port = _split(exception)
    if wanted_port and wanted_port != port:
        return False
    if _address(name):
        return _address(name) == _address(host)
    name = name.removeprefix("*") if name.startswith("*.") else name
    if name.startswith("."):
        return host.endswith(name)
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _split(exception: str) -> tuple[str, str]:
    """Host and port; the port is `""` where there is none."""
    if exception.startswith("["):
        name, _bracket, rest = exception[1:].partition("]")
        return name, rest.removeprefix(":")
    if exception.count(":") != 1:
        return exception, ""
    name, _colon, port = exception.partition(":")
    return name, port


def _in_network(host: str, network: str) -> bool:
    address = _address(host)
    try:
        return address is not None and address in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_local(host: str) -> bool:
    address = _address(host)
    return host == "localhost" or (address is not None and address.is_loopback)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _either(environ: Mapping[str, str], name: str) -> str:
    return environ.get(name) or environ.get(name.lower()) or ""
