"""Steps run with laps, and nothing outlives a failure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools import steps
from tools.steps import Step, StepFailed, foreground, run

# A shell that starts a sleeper of its own and tells its process id.
PARENT = 'sleep 60 & echo $! > "$0"; wait'


def step(name: str, script: str, folder: Path, **settings: object) -> Step:
    return Step(name, [sys.executable, "-c", script], folder, dict(os.environ), **settings)  # type: ignore[arg-type]


def is_alive(process: int) -> bool:
    """Whether the process still runs; a zombie does not."""
    try:
        return ") Z " not in Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except FileNotFoundError:
        return False


def awaited(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_each_step_gets_a_lap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run([step("one", "print('quiet')", tmp_path), step("two", "", tmp_path)])
    shown = capsys.readouterr().out
    assert sorted(line.split()[-1] for line in shown.splitlines()) == ["one", "two"]
    assert "quiet" not in shown


def test_a_failure_shows_the_end_of_the_output(tmp_path: Path) -> None:
    script = "import sys\nfor n in range(500): print('line', n)\nsys.exit(3)"
    with pytest.raises(StepFailed) as failure:
        run([step("bad", script, tmp_path)])
    assert "line 499" in str(failure.value)
    assert "line 100\n" not in str(failure.value)
    assert str(failure.value).endswith("FAILED: bad")


def test_a_hidden_fault_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="seen: nothing tested"):
        run([step("skips", "print('nothing tested')", tmp_path, hidden_faults=lambda text: f"seen: {text}")])


def test_a_failure_ends_the_others_with_their_children(tmp_path: Path) -> None:
    note = tmp_path / "child"
    slow = Step("slow", ["/bin/sh", "-c", PARENT, str(note)], tmp_path, dict(os.environ))
    # Fails only once the other's child is there.
    bad = "import pathlib, time\nwhile not pathlib.Path('child').exists(): time.sleep(0.1)\ntime.sleep(0.1)\n1 / 0"
    start = time.monotonic()
    with pytest.raises(StepFailed, match="FAILED: bad"):
        run([slow, step("bad", bad, tmp_path)])
    assert time.monotonic() - start < 30
    assert awaited(lambda: not is_alive(int(note.read_text())))


def test_nothing_starts_after_a_failure(tmp_path: Path) -> None:
    bad, late = step("bad", "raise SystemExit(1)", tmp_path), step("late", "open('late', 'w')", tmp_path)
    slow = [step("slow", "import time; time.sleep(1)", tmp_path)] * (steps.SIDE_BY_SIDE - 1)
    with pytest.raises(StepFailed, match="FAILED: bad"):
        run([bad, *slow, late])
    assert not (tmp_path / "late").exists()


def test_a_step_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "PATIENCE", 0.3)
    with pytest.raises(StepFailed, match=r"ended after 0\.3 s"):
        run([step("hangs", "import time; time.sleep(60)", tmp_path)])


def test_foreground_gives_the_exit_code(tmp_path: Path) -> None:
    assert foreground([sys.executable, "-c", "raise SystemExit(7)"], tmp_path, dict(os.environ), 30) == 7


def test_foreground_interrupts_so_that_things_are_put_away(tmp_path: Path) -> None:
    script = (
        "import pathlib, time\n"
        "pathlib.Path('there').touch()\n"
        "try: time.sleep(60)\n"
        "finally: pathlib.Path('put-away').touch()\n"
    )
    started = threading.Thread(target=_interrupt_once, args=(tmp_path / "there",))
    started.start()
    with pytest.raises(KeyboardInterrupt):
        foreground([sys.executable, "-c", script], tmp_path, dict(os.environ), 60)
    started.join(60)
    assert (tmp_path / "put-away").exists()


def _interrupt_once(path: Path) -> None:
    """Interrupt the test, as Ctrl-C would, once the path is there."""
    if awaited(path.exists, 30):
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
