"""The search for secrets finds them in every form, so that finding nothing means something."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.scenarios import leaks

SECRET = "pl&nted/p@ss word+1"


@pytest.mark.parametrize(
    "text",
    [
        f"password: {SECRET}.",
        quote(f"user:{SECRET}", safe=""),
        *(
            base64.b64encode(b"x" * ahead + SECRET.encode() + b"y" * behind)
            for ahead in range(4)
            for behind in range(3)
        ),
        base64.urlsafe_b64encode(b"??>" + SECRET.encode()),
    ],
)
def test_every_form_is_found(text: str | bytes) -> None:
    content = text.encode() if isinstance(text, str) else text
    assert leaks.leaks({"password": SECRET}, {"output": b"before " + content + b" after"})
    assert leaks.leaks({"password": SECRET[::-1]}, {"output": content}) == []


def test_tokens_are_found() -> None:
    token = ".".join(base64.urlsafe_b64encode(part).decode() for part in (b'{"alg":"RS256"}', b'{"sub":"somebody"}'))
    places = {"plain": token.encode(), "base64": base64.b64encode(token.encode()), "else": b"eyJ, a.b"}
    assert leaks.tokens(places) == ["plain", "base64"]


def test_files_are_read_but_for_some(tmp_path: Path) -> None:
    for name in ("a", "etcd/b", "logs/c"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to(tmp_path / "a")
    found = leaks.files(tmp_path, without=[tmp_path / "etcd"])
    assert found == {str(tmp_path / "a"): b"a", str(tmp_path / "logs/c"): b"logs/c"}
