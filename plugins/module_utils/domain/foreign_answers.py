# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an answer is described that is not the service's: a captive portal, a proxy or another program has answered."""

from __future__ import annotations

import re

# Characters that are shown of what came.
_MOST = 60
# What is as short holds no secret worth the name, whatever it is.
_SHORT = 16
_INVISIBLE = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^>]*>?", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(r"\s*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)


def came(content_type: str | None, body: bytes, status: int = 200, *, secret: bool = False) -> str:
    """What came, in few words: `text/html, 'Please log in…'`.

    Only pages and plain text are quoted, and only pages where the answer is to be `secret`. JSON and XML may be a
    service's own answer, cut off, with credentials in it.
    """
    kind = _printable((content_type or "").partition(";")[0])[:_MOST]
    text = body[:20_000].decode("utf-8", "replace").strip().lstrip("\ufeff")
    words = "text" if secret and text and not _HTML.match(text) else _words(text)
    parts = [f"HTTP status {status}" if status >= 300 else "", kind, words]
    return ", ".join(filter(None, parts))


def is_page(body: bytes) -> bool:
    """Whether the body is HTML, which no service here speaks."""
    return bool(_HTML.match(body[:1000].decode("utf-8", "replace").lstrip("\ufeff")))


def _words(text: str) -> str:
    if not text:
        return "empty"
    if len(text) > _SHORT and not _HTML.match(text):
        if text[0] in '{["':
            return "JSON of another form" if text[-1] in '}]"' else "incomplete JSON"
        if text[0] == "<":
            return "XML of another form"
    shown = _printable(_INVISIBLE.sub(" ", text) if _HTML.match(text) else text)
    return repr(shown if len(shown) <= _MOST else f"{shown[:_MOST].rstrip()}…")


def _printable(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
