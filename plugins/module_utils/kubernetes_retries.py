# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls of the Kubernetes API are tried again, as client-go tries them.

https://pkg.go.dev/k8s.io/client-go/rest: any call where the server says when to (429, 5xx with Retry-After), any where
nothing was sent. Reads also where the answer was lost, or is one of a server that is about to go or to come.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

try:
    from urllib3 import exceptions
except ImportError:  # kubernetes_module says so
    exceptions = None  # type: ignore[assignment]  # a module is no None

_UNSETTLED = (429, 500, 502, 503, 504)
# client-go's maximum for calls of which the server says when to try them again.
_TIMES = 10
_FIRST, _LONGEST = 0.5, 8.0


@dataclass
class Patience:
    """How long one call is tried. `seconds` in all; 0 is one try."""

    seconds: float
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self._start = self.clock()
        self._tries = 1

    def waited(self, pause: float) -> bool:
        """Sleep for the pause, unless that would be more than there is. Whether it is worth another try."""
        if self.clock() - self._start + pause > self.seconds:
            return False
        self.sleep(pause)
        self._tries += 1
        return True

    def after_answer(self, method: str, answer: Any) -> bool:
        """Whether to try again after this answer; the pause has passed then."""
        if answer.status == 429 or answer.status >= 500:
            named = _retry_after(answer)
            if named is not None:
                return self._tries <= _TIMES and self.waited(named)
        return method == "GET" and answer.status in _UNSETTLED and self.waited(self._pause())

    def after_error(self, method: str, error: Exception) -> bool:
        """The same where there was no answer."""
        return (unsent(error) or (method == "GET" and _cut(error))) and self.waited(self._pause())

    def spent(self) -> str:
        """What an error says of it."""
        if self._tries == 1:
            return ""
        return f" ({self._tries} tries in {self.clock() - self._start:.0f} seconds)"

    def _pause(self) -> float:
        return float(min(_FIRST * 2 ** (self._tries - 1), _LONGEST))


def unsent(error: Exception) -> bool:
    """Whether no connection came about, so that nothing was sent. A name that nobody knows stays unknown."""
    if isinstance(error, exceptions.ProxyError):
        error = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], Exception) else error
    # urllib3 1.26 has no class of its own for names, and raises it while the cause is handled.
    cause = error.__cause__ or error.__context__
    if isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN:
        return False
    return isinstance(error, (exceptions.NewConnectionError, exceptions.ConnectTimeoutError))


def _cut(error: Exception) -> bool:
    """Whether a connection was cut, or timed out. What is wrong with a certificate stays wrong."""
    if isinstance(error, exceptions.SSLError):
        return any(isinstance(one, (ssl.SSLEOFError, ssl.SSLZeroReturnError)) for one in error.args)
    # In urllib3 1.26 a connection that did not come about is one that timed out.
    cut = isinstance(error, (exceptions.ProtocolError, exceptions.TimeoutError))
    return cut and not isinstance(error, exceptions.NewConnectionError)


def _retry_after(answer: Any) -> float | None:
    """The seconds that the server names. A date, which Kubernetes does not send, is none."""
    text = (getattr(answer, "headers", None) or {}).get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None
