"""The processes that pods' containers are, each with a process group of its own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import processes
from tools.cache import REPOSITORY

WARDEN = "warden"


@dataclass(frozen=True)
class Command:
    """What is run, where, with which environment and nothing else; its output goes to the file `log`."""

    words: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    log: Path


class PodProcess:
    """One process. Its group goes with it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self.pid = process.pid

    def signal(self, number: signal.Signals) -> None:
        """Signals the whole group, unless the process has ended."""
        with self._lock:
            if self._process.returncode is None:
                os.killpg(self.pid, number)

    def wait(self) -> int:
        """Waits for its end and ends what it has left running. Its exit code, negative for a signal."""
        # Not reaped yet: the number cannot be a later process's when the group is killed.
        os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            os.killpg(self.pid, signal.SIGKILL)
            return self._process.wait()


class PodProcesses:
    """All of a sandbox's, recorded in its folder. They end with this process, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._warden: subprocess.Popen[str] | None = None

    def start(self, name: str, command: Command, ended: Callable[[int], None]) -> PodProcess:
        """Starts a process and calls `ended` with its exit code, in another thread. OSError if it cannot be started."""
        self._watched_over()
        with open(command.log, "wb") as log:
            started = subprocess.Popen(
                command.words,
                env=dict(command.environment),
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._tell(f"+{started.pid}")
        processes.record(self._folder, name, started.pid)
        process = PodProcess(started)
        threading.Thread(target=self._follow, args=(name, process, ended), name=name, daemon=True).start()
        return process

    def _follow(self, name: str, process: PodProcess, ended: Callable[[int], None]) -> None:
        code = process.wait()
        self._tell(f"-{process.pid}")
        processes.forget(self._folder, name)
        ended(code)

    def stop(self) -> None:
        """Ends all of them."""
        with self._lock:
            if self._warden:
                # By closing its standard input.
                self._warden.communicate()
                processes.forget(self._folder, WARDEN)
                self._warden = None

    def _watched_over(self) -> None:
        """Starts the warden, unless it runs: before the process, so that no moment passes between that and its name."""
        with self._lock:
            if self._warden is None:
                # In a session of its own: a signal to the supervisor's group does not reach it.
                self._warden = subprocess.Popen(
                    [sys.executable, "-m", "sandbox.pod_warden"],
                    cwd=REPOSITORY,
                    stdin=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
                processes.record(self._folder, WARDEN, self._warden.pid)

    def _tell(self, line: str) -> None:
        with self._lock:
            # A process that ends after `stop` has been ended by it.
            if self._warden and self._warden.stdin:
                with contextlib.suppress(BrokenPipeError):
                    self._warden.stdin.write(f"{line}\n")
                    self._warden.stdin.flush()
