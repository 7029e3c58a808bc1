"""Processes that outlive the command that started them: recorded so that exactly they can be ended later."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

FOLDER = "processes"
SUPERVISOR = "supervisor"
_STATE, _START_TIME = 0, 19  # fields 3 and 22 of /proc/<pid>/stat, counted after the command's name (proc(5))


@dataclass(frozen=True)
class Record:
    """A process that cannot be mistaken for a later one with the same number.

    `started` is in clock ticks since the boot that `boot` names.
    """

    name: str
    pid: int
    started: int
    executable: str
    boot: str

    @classmethod
    def of(cls, name: str, pid: int) -> Record | None:
        """None if the process has ended already."""
        stat = _stat(pid)
        executable = _executable(pid)
        if stat is None or executable is None:
            return None
        return cls(name, pid, int(stat[_START_TIME]), executable, _boot())

    def alive(self) -> bool:
        """Whether this very process still runs. One that ended and was not waited for does not."""
        stat = _stat(self.pid)
        if stat is None or int(stat[_START_TIME]) != self.started or self.boot != _boot():
            return False
        return stat[_STATE] not in "ZX" and _executable(self.pid) == self.executable

    def write(self, folder: Path) -> None:
        """Keeps the record in the sandbox's folder, whole or not at all."""
        home = folder / FOLDER
        home.mkdir(exist_ok=True)
        draft = home / f".{self.name}"
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.rename(home / f"{self.name}.json")


def record(folder: Path, name: str, pid: int) -> None:
    """Keeps the record of a process, unless it has ended already."""
    found = Record.of(name, pid)
    if found:
        found.write(folder)


def records(folder: Path) -> list[Record]:
    """All records of a sandbox, the supervisor's first."""
    found: list[Record] = []
    for path in (folder / FOLDER).glob("*.json"):
        # A process forgets its own record when it ends, at any moment.
        with contextlib.suppress(FileNotFoundError):
            found.append(Record(**json.loads(path.read_text(encoding="utf-8"))))
    return sorted(found, key=lambda record: (record.name != SUPERVISOR, record.name))


def forget(folder: Path, name: str) -> None:
    """Removes the record of a process that is known to be gone."""
    (folder / FOLDER / f"{name}.json").unlink(missing_ok=True)


def end(targets: Iterable[Record], grace: float) -> list[Record]:
    """Asks the living among them to end and kills after `grace` seconds. Those that had to be killed."""
    living = [record for record in targets if record.alive()]
    for record in living:
        _signal(record, signal.SIGTERM)
    deadline = time.monotonic() + grace
    stubborn = [record for record in living if not gone(record, deadline - time.monotonic())]
    for record in stubborn:
        _signal(record, signal.SIGKILL)
    for record in stubborn:
        gone(record, 5)
    return stubborn


def gone(record: Record, seconds: float) -> bool:
    """Waits for its end, without polling. Whether it came in time."""
    try:
        descriptor = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return True
    try:
        if not record.alive():
            return True
        ready, _, _ = select.select([descriptor], [], [], max(seconds, 0))
        return bool(ready)
    finally:
        os.close(descriptor)


def _signal(record: Record, number: signal.Signals) -> None:
    """Signals that process and no later one: the descriptor is checked after it is open."""
    try:
        descriptor = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return
    try:
        if record.alive():
            signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return
    finally:
        os.close(descriptor)


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in brackets may itself hold blanks and brackets.
    return text.rpartition(")")[2].split()


def _executable(pid: int) -> str | None:
    try:
        return os.readlink(f"/proc/{pid}/exe")
    except (FileNotFoundError, ProcessLookupError):
        return None


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
