# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program for a limited time, and keep a limited part of what it prints."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

# Bytes of one stream. The largest answer that is wanted, a rendered release, has some hundred thousand.
MOST = 32 * 1024 * 1024
_PIECE = 64 * 1024
# Seconds for a terminated program to note what it has left undone.
_GRACE = 20.0
# Seconds for what a program that has ended, or its children, have still to say.
_LINGER = 2.0


@dataclass(frozen=True)
class Ended:
    """How a program ended: its exit code, negative for a signal, and what it printed, what is no UTF-8 replaced.

    `late`: it was ended because its time was up. `cut`: it printed more than was kept.
    """

    code: int
    output: str = ""
    errors: str = ""
    late: bool = False
    cut: bool = False


class _Reader(threading.Thread):
    """Reads one stream to its end, and keeps the first `MOST` bytes: a program whose pipe is full would wait for us."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self._kept = bytearray()
        self.cut = False

    def run(self) -> None:
        if self._stream is None:
            raise AssertionError("the stream is no pipe")
        with self._stream as stream:
            while piece := os.read(stream.fileno(), _PIECE):
                room = MOST - len(self._kept)
                self._kept += piece[:room]
                self.cut = self.cut or len(piece) > room

    @property
    def text(self) -> str:
        return bytes(self._kept).decode("utf-8", "replace")


def run(
    command: Sequence[str],
    text: str,
    folder: str,
    environment: Mapping[str, str],
    seconds: float,
    grace: float = _GRACE,
) -> Ended:
    """Run the program in the folder, with the text as its standard input, and see it end.

    `grace` are the seconds that it has for its own end when its time is up.

    It gets a session of its own, so that its children end with it: one that keeps its pipes open would be waited for.
    Raises `OSError` where it cannot be started.
    """
    pipe = subprocess.PIPE
    # `AnsibleModule.run_command` knows no limit, and waits for children that keep the pipes open.
    process = subprocess.Popen(  # pylint: disable=ansible-bad-function
        command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, env=environment, start_new_session=True
    )
    output, errors = _Reader(process.stdout), _Reader(process.stderr)
    ending = threading.Thread(target=process.wait, daemon=True)
    feeding = threading.Thread(target=_feed, args=(process.stdin, text.encode()), daemon=True)
    for thread in (ending, feeding, output, errors):
        thread.start()
    try:
        ending.join(seconds)
        late = ending.is_alive()
        if late:
            _signal(process, signal.SIGTERM)
        _join((ending, output, errors), grace if late else _LINGER)
    finally:
        if any(thread.is_alive() for thread in (ending, output, errors)):
            _signal(process, signal.SIGKILL)
    _join((ending, output, errors), _LINGER)
    code = process.returncode if process.returncode is not None else -signal.SIGKILL
    return Ended(code, output.text, errors.text, late, output.cut)


def _feed(stream: IO[bytes], content: bytes) -> None:
    """Write all of it, unless the program does not want it."""
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(content)


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    end = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
