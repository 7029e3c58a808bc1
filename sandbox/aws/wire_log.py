"""The wire log: one JSON line for each call, written when it has been answered. No secrets in it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MASK = "***"
TOKENS = {"WebIdentityToken", "SAMLAssertion", "TokenCode", "X-Amz-Security-Token"}
KEYS = {"SecretAccessKey", "Password", "NewPassword", "X-Amz-Signature", "X-Amz-Credential"}
# "Policy" is a session policy; the policies of IAM and S3 have other names.
SECRETS = TOKENS | KEYS | {"Policy"}


def masked(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as they may be shown: no tokens, keys, passwords and session policies; documents stay."""
    return {name: MASK if name in SECRETS else _plain(value) for name, value in parameters.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value if isinstance(value, str | int | float | bool) else str(value)


class WireLog:
    """Entries in memory and, if there is a file, appended to it line by line. Safe to use from many threads."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.Lock()
        self._entries: list[dict[str, Any]] = []
        self._file = path.open("a", encoding="utf-8") if path else None

    def add(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._entries.append(entry)
            if self._file:
                self._file.write(json.dumps(entry) + "\n")
                self._file.flush()

    def entries(self) -> list[dict[str, Any]]:
        """What has been logged so far."""
        with self._lock:
            return list(self._entries)

    def close(self) -> None:
        if self._file:
            self._file.close()
