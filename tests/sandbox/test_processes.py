"""Records of processes: the right one is ended, a stranger with its number never."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import processes
from sandbox.processes import Record

SLEEPER = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)",
]


@pytest.fixture
def sleeper(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(getattr(request, "param", SLEEPER), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def of(process: subprocess.Popen[bytes]) -> Record:
    found = Record.of("sleeper", process.pid)
    assert found is not None
    return found


def test_kept_and_ended(sleeper: subprocess.Popen[bytes], tmp_path: Path) -> None:
    processes.record(tmp_path, "sleeper", sleeper.pid)
    processes.record(tmp_path, processes.SUPERVISOR, sleeper.pid)
    supervisor, found = processes.records(tmp_path)
    assert (supervisor.name, found) == ("supervisor", of(sleeper))
    assert found.alive()
    assert processes.end([found], 5) == []
    # Not waited for yet: a zombie, which counts as gone.
    assert not found.alive()
    assert sleeper.wait() == -signal.SIGTERM
    assert Record.of("sleeper", sleeper.pid) is None
    assert processes.end([found], 5) == []
    processes.forget(tmp_path, "sleeper")
    assert [record.name for record in processes.records(tmp_path)] == ["supervisor"]


@pytest.mark.parametrize("sleeper", [STUBBORN], indirect=True)
def test_killed_in_the_end(sleeper: subprocess.Popen[bytes]) -> None:
    found = of(sleeper)
    assert processes.end([found], 0.2) == [found]
    assert sleeper.wait() == -signal.SIGKILL


@pytest.mark.parametrize("change", [{"started": 1}, {"executable": "/bin/other"}, {"boot": "another"}])
def test_a_stranger_is_left_alone(change: dict[str, str | int], sleeper: subprocess.Popen[bytes]) -> None:
    stranger = dataclasses.replace(of(sleeper), **change)  # type: ignore[arg-type]
    assert not stranger.alive()
    assert processes.end([stranger], 1) == []
    assert sleeper.poll() is None


def test_no_records(tmp_path: Path) -> None:
    assert processes.records(tmp_path) == []


def test_a_record_that_goes_while_all_are_read_is_none(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    processes.record(tmp_path, "sleeper", sleeper.pid)
    (tmp_path / processes.FOLDER / "gone.json").symlink_to(tmp_path / "nowhere")
    assert processes.records(tmp_path) == [of(sleeper)]
