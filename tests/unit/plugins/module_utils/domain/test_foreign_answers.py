"""What came instead of a service's answer is told in few words, and with nothing that may be secret."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign_answers import came, is_page

PAGE = b"<!DOCTYPE html><html><head><title>Please log in</title><script>x = 1</script></head><body>now</body></html>"


@pytest.mark.parametrize(
    ("kind", "body", "status", "told"),
    [
        ("text/html; charset=utf-8", PAGE, 200, "text/html, 'Please log in now'"),
        ("text/html", PAGE, 503, "HTTP status 503, text/html, 'Please log in now'"),
        (None, b"", 200, "empty"),
        ("text/plain", b"no healthy upstream", 200, "text/plain, 'no healthy upstream'"),
        ("text/plain", b"word " * 40, 200, "text/plain, '" + " ".join(["word"] * 12) + "…'"),
        ("application/json", b'{"token": "nobody-sees-this"}', 200, "application/json, JSON of another form"),
        ("application/json", b'{"token": "nobody-sees', 200, "application/json, incomplete JSON"),
        ("text/xml", b"<a><b>nobody-sees</b></a>", 200, "text/xml, XML of another form"),
        ("application/json", b"[]", 200, "application/json, '[]'"),
    ],
)
def test_what_came(kind: str | None, body: bytes, status: int, told: str) -> None:
    assert came(kind, body, status) == told


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (PAGE, "'Please log in now'"),
        (b"AccessKeyId=nobody-sees", "text"),
        (b"hush", "text"),
        (b'{"a": "hush"}', "text"),
        (b"", "empty"),
    ],
)
def test_what_came_in_the_place_of_credentials(body: bytes, told: str) -> None:
    assert came("text/html", body, secret=True) == f"text/html, {told}"


@pytest.mark.parametrize("body", [PAGE, b"  <HTML>", b"\xef\xbb\xbf<html>", b"<body class='a'>"])
def test_a_page_is_one(body: bytes) -> None:
    assert is_page(body)


@pytest.mark.parametrize("body", [b"", b"{}", b"<GetRoleResponse/>", b"html", b"\xff\xfe"])
def test_anything_else_is_none(body: bytes) -> None:
    assert not is_page(body)
