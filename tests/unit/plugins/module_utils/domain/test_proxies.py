"""Proxies and their exceptions, decided as Go decides them (golang.org/x/net/http/httpproxy)."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import proxies

URL = "https://api.blue.example:6443"


@pytest.mark.parametrize(
    ("url", "exceptions", "expected"),
    [
        (URL, "", False),
        (URL, "*", True),
        (URL, "other, api.blue.example", True),
        (URL, "API.blue.Example", True),
        (URL, "blue.example", True),
        (URL, ".blue.example", True),
        (URL, "*.blue.example", True),
        (URL, "lue.example", False),
        (URL, ".api.blue.example", False),
        (URL, "api.blue.example:6443", True),
        (URL, "api.blue.example:443", False),
        ("https://api.blue.example", "example:443", True),
        ("https://10.1.2.3", "10.0.0.0/8", True),
        ("https://10.1.2.3", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:443", False),
        ("https://10.1.2.3", "11.0.0.0/8,nonsense/99", False),
        # No address, so a domain to Go.
        ("https://10.1.2.3", "1.2.3", True),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
        ("https://[fd00::1]:6443", "fd00::1", True),
    ],
)
def test_exceptions(url: str, exceptions: str, expected: bool) -> None:
    assert proxies.excepted(url, exceptions) is expected


@pytest.mark.parametrize(
    ("url", "environ", "expected"),
    [
        (URL, {}, ""),
        (URL, {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        (URL, {"https_proxy": "p:1"}, "http://p:1"),
        (URL, {"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:2"}, ""),
        ("http://api", {"http_proxy": "http://p:1"}, "http://p:1"),
        (URL, {"HTTPS_PROXY": "http://p:1", "no_proxy": "blue.example"}, ""),
        ("https://127.0.0.1:6443", {"HTTPS_PROXY": "http://p:1"}, ""),
        ("https://localhost:6443", {"HTTPS_PROXY": "http://p:1"}, ""),
    ],
)
def test_the_environment(url: str, environ: dict[str, str], expected: str) -> None:
    assert proxies.from_environment(url, environ) == expected
