"""Bytes from one socket to another, both ways, until one of them ends."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import selectors
import socket
import ssl

SIZE = 65536


def relay(one: socket.socket, other: socket.socket, idle: float) -> None:
    """Returns when one has ended, or after that many seconds without a byte. OSError for a broken connection."""
    with selectors.DefaultSelector() as ready:
        ready.register(one, selectors.EVENT_READ, other)
        ready.register(other, selectors.EVENT_READ, one)
        while events := ready.select(idle):
            for key, _ in events:
                source, target = key.fileobj, key.data
                assert isinstance(source, socket.socket)
                if not _passed_on(source, target):
                    return


def _passed_on(source: socket.socket, target: socket.socket) -> bool:
    """Whether there was anything."""
    while True:
        content = source.recv(SIZE)
        if not content:
            return False
        target.sendall(content)
        # A record of TLS that is read only in part is not seen by the selector.
        if not (isinstance(source, ssl.SSLSocket) and source.pending()):
            return True
