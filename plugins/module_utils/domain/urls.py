# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in URLs: `user:password@` before the host, and tokens in the query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus, unquote, unquote_plus

HIDDEN = "(hidden)"
# Masking shorter strings garbles the text around them; where they stand in a URL, they are masked all the same.
_SHORTEST = 4
# What comes before the last @ of the authority, which ends at a slash, question mark or hash (RFC 3986, 3.2).
_USER_INFO = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#\"'<>]*@")
# A password with one of these in it, which should be encoded: what comes after the colon is no port.
_MALFORMED = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)[^\s/?#\"'<>:@\[]*:(?!\d*[/?#])[^\s\"'<>:@]*@")
_SECRET_QUERY = re.compile(
    r"(?P<name>[?&;][\w.~%-]*(?:token|sig|secret|passw|pwd|key|auth|credential)[\w.~%-]*=)[^\s&;#\"'<>]+", re.IGNORECASE
)


def without_credentials(text: str) -> str:
    """A text in which no URL shows user information, nor a value of a query's key that sounds secret."""
    for pattern in (_USER_INFO, _MALFORMED):
        text = pattern.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _SECRET_QUERY.sub(rf"\g<name>{HIDDEN}", text)


def may_hold_credentials(url: str) -> bool:
    """Whether a URL has user information, or a query, which may be a token."""
    return "@" in url or "?" in url


def secrets(url: str) -> frozenset[str]:
    """The strings that must not be shown of a URL: its user information and the values of its query, in every form.

    Of a malformed URL all that comes before its last @ counts as user information. A user name without a password may
    be a token.
    """
    address, _mark, query = url.partition("?")
    info = (url if "@" in query else address).rpartition("@")[0].rpartition("://")[2]
    username, _colon, password = info.partition(":")
    values = [pair.partition("=")[2] or pair for pair in re.split("[&;]", query)]
    found = {form for text in (info, password or username, *values) for form in _forms(text)}
    return frozenset(text for text in found if len(text) >= _SHORTEST)


def _forms(text: str) -> Iterator[str]:
    """A text as it stands in the URL, decoded, and encoded as Go and Python do it."""
    for plain in (text, unquote(text), unquote_plus(text)):
        yield plain
        yield quote(plain, safe="")
        yield quote(plain, safe="$&+,/:;=@")
        yield quote_plus(plain)
