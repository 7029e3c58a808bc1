"""The cache folder: every tool that the project installs or builds, each in a folder named after what it was made from.

Standard library only: this runs on the machine's own Python, before anything is installed.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


def root() -> Path:
    """The cache folder, outside the checkout: `EPINIO_AWS_CACHE`, else `epinio-aws` in the user's cache folder."""
    chosen = os.environ.get("EPINIO_AWS_CACHE")
    if chosen:
        return Path(chosen).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "epinio-aws"


def digest(parts: Iterable[str | bytes | Path]) -> str:
    """A short name for the parts: texts as they are, files by their content, folders by all that is in them."""
    total = hashlib.sha256()
    for part in parts:
        for piece in _pieces(part):
            total.update(len(piece).to_bytes(8, "big") + piece)
    return total.hexdigest()[:16]


def ensure(
    name: str, parts: Iterable[str | bytes | Path], fill: Callable[[Path], None], notice: str, home: Path | None = None
) -> Path:
    """The folder `<name>-<digest of parts>` in the cache folder, or in `home`, filled first if it is not there.

    `fill` gets an empty folder beside the final one. Two processes that want the same folder wait for each other, and
    a folder appears under its name only when it is whole, by one rename.
    """
    home = home or root()
    final = home / f"{name}-{digest(parts)}"
    if final.is_dir():
        return final
    home.mkdir(parents=True, exist_ok=True)
    with open(home / f".{final.name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not final.is_dir():
            say(notice)
            draft = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=home))
            try:
                fill(draft)
                draft.chmod(0o755)
                draft.rename(final)
            finally:
                shutil.rmtree(draft, ignore_errors=True)
    return final


def say(text: str) -> None:
    """Progress for the person who waits, away from standard output."""
    print(f"-- {text}", file=sys.stderr, flush=True)


def _pieces(part: str | bytes | Path) -> Iterable[bytes]:
    if isinstance(part, str):
        yield part.encode()
    elif isinstance(part, bytes):
        yield part
    elif part.is_dir():
        for path in sorted(p for p in part.rglob("*") if p.is_file()):
            yield from (str(path.relative_to(part)).encode(), path.read_bytes())
    else:
        yield part.read_bytes()
