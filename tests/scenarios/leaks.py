"""Search texts and files for secrets in the forms in which they get out: plain, base64, URL-encoded."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

# Header and payload of a JSON Web Token, as it is and once more in base64 (RFC 7519: both begin with `{"`).
TOKEN = re.compile(rb"eyJ[\w-]{8,}\.eyJ[\w-]{8,}|ZXlK[\w+/=-]{24,}")


def leaks(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Which secret (by name) is in which place, and in which form."""
    return [
        f"{name} ({form}) in {place}"
        for name, secret in secrets.items()
        for form, text in forms(secret).items()
        for place, content in places.items()
        if text.encode() in content
    ]


def tokens(places: Mapping[str, bytes]) -> list[str]:
    """The places that hold a token of any kind of issuer."""
    return [place for place, content in places.items() if TOKEN.search(content)]


def forms(secret: str) -> dict[str, str]:
    """Every form of a secret that is looked for, by its name."""
    return {
        "plain": secret,
        "JSON": json.dumps(secret)[1:-1],
        "URL": quote(secret, safe=""),
        "URL path": quote(secret),
        "form": quote_plus(secret),
        **{f"base64, {offset} bytes on": text for offset, text in enumerate(_alignments(secret))},
        **{f"base64 for URLs, {offset} bytes on": text for offset, text in enumerate(_alignments(secret, b"-_"))},
    }


def files(*folders: Path, without: Iterable[Path] = ()) -> dict[str, bytes]:
    """The content of all files below folders, by path, but for those at or below the others. Links are not followed."""
    left_out = tuple(without)
    return {
        str(path): path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and not any(path.is_relative_to(one) for one in left_out)
    }


def _alignments(secret: str, altchars: bytes = b"+/") -> Iterator[str]:
    """What base64 makes of a text with 0, 1 and 2 bytes before it: the characters that only the text decides."""
    content = secret.encode()
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + content, altchars).decode()
        # Six bits are in each character.
        yield encoded[-(-offset * 8 // 6) : (offset + len(content)) * 8 // 6]
