"""The supervisor's child processes: started with a lifeline, recorded, watched, ended in order."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox import processes

LOGS = "log"
TAIL_BYTES = 3000
GRACE_SECONDS = 10.0


class ProcessEnded(Exception):
    """A process ended that should not have, or did not become ready; the text shows the end of its log."""


class Children:
    """Every child's standard input is the read end of one pipe, whose write end only this process holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._lifeline, self._held = os.pipe()
        (folder / LOGS).mkdir(exist_ok=True)

    def start(
        self, name: str, command: Sequence[str], working_folder: Path, environment: Mapping[str, str] | None = None
    ) -> int:
        """Starts a process that logs to `log/<name>.log`, and gives a descriptor that is readable once it ends.

        Without `environment` it has this process's.
        """
        with open(self._folder / LOGS / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                command, cwd=working_folder, env=environment, stdin=self._lifeline, stdout=log, stderr=log
            )
        self._running[name] = process
        processes.record(self._folder, name, process.pid)
        return os.pidfd_open(process.pid)

    def check(self) -> None:
        """ProcessEnded if one of the processes is gone."""
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                raise ProcessEnded(f"{name} ended with code {code}:\n{self.tail(name)}")

    def end(self) -> None:
        """Ends the processes, the last started first, each with a bounded wait."""
        for name, process in reversed(self._running.items()):
            process.terminate()
            try:
                process.wait(GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            processes.forget(self._folder, name)
        self._running.clear()

    def tail(self, name: str) -> str:
        """The end of that process's log."""
        with open(self._folder / LOGS / f"{name}.log", "rb") as log:
            log.seek(max(log.seek(0, os.SEEK_END) - TAIL_BYTES, 0))
            return log.read().decode(errors="replace")
