"""Run commands with a lap for each, some side by side, and stop all at the first that fails."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

# Seconds that one command may take; cold runs of ansible-test build a dozen environments.
PATIENCE = 1200
# One more than the smallest machine that the project is checked on has cores: some of the steps wait now and then.
SIDE_BY_SIDE = 3
SHOWN_LINES = 60

Command = Sequence[str | Path]


class StepFailed(Exception):
    """A check found a fault; the text is for the person who has to mend it."""


def tail(output: str) -> str:
    """The last lines of an output."""
    return "\n".join(output.rstrip().splitlines()[-SHOWN_LINES:])


def nothing(_output: str) -> str:
    """No fault is known that a command would report with exit code 0."""
    return ""


@dataclass(frozen=True)
class Step:
    """A command to run.

    `hidden_faults` finds in the output what is a fault though the command ends with 0. `useful` picks what to show
    of the output of a command that failed.
    """

    name: str
    command: Command
    folder: Path
    environment: Mapping[str, str]
    hidden_faults: Callable[[str], str] = nothing
    useful: Callable[[str], str] = tail


def lap(seconds: float, name: str) -> None:
    """Tell that a piece of work is done."""
    print(f"{seconds:7.1f} s  {name}", flush=True)


def run(steps: Iterable[Step]) -> None:
    """Run the steps, `SIDE_BY_SIDE` at a time, in the order given.

    Raises `StepFailed` at the first failure; what still ran is ended first, with all that it started.
    """
    runner = _Runner()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = [pool.submit(runner.timed, step) for step in steps]
        try:
            for future in as_completed(futures):
                lap(*future.result())
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            runner.stop()


def foreground(command: Command, folder: Path, environment: Mapping[str, str], patience: float) -> int:
    """Run a command that talks to the person itself, and return its exit code.

    If it takes more than `patience` seconds, or this process is told to end, it is interrupted as by Ctrl-C, so that
    it can put away what it started, and killed when it has not done so a minute later.
    """
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), start_new_session=True)
    try:
        return process.wait(timeout=patience)
    finally:
        if process.poll() is None:
            # To the group, as a terminal does: pytest's workers have things to put away themselves.
            os.killpg(process.pid, signal.SIGINT)
            _await_end(process)


class _Runner:
    """The commands that run at this moment."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._running: set[subprocess.Popen[str]] = set()
        self._stopped = False
        self._first_failure: StepFailed | None = None

    def stop(self) -> None:
        """End what runs and start nothing more."""
        with self._guard:
            self._stopped = True
            for process in self._running:
                _kill_group(process)

    def timed(self, step: Step) -> tuple[float, str]:
        """Run one step and return the seconds that it took, and its name."""
        start = time.monotonic()
        code, output = self._output(step)
        fault = step.hidden_faults(output) if code == 0 else step.useful(output)
        seconds = time.monotonic() - start
        if code != 0 or fault:
            raise self._failure(f"{fault}\n{seconds:7.1f} s  FAILED: {step.name}")
        return seconds, step.name

    def _failure(self, text: str) -> StepFailed:
        # The first one is what everybody reports: the others fail because they are ended.
        with self._guard:
            self._first_failure = self._first_failure or StepFailed(text)
        self.stop()
        return self._first_failure

    def _output(self, step: Step) -> tuple[int, str]:
        process = self._start(step)
        try:
            output = process.communicate(timeout=PATIENCE)[0]
        except subprocess.TimeoutExpired:
            _kill_group(process)
            output = process.communicate()[0] + f"\nended after {PATIENCE} s"
        finally:
            with self._guard:
                self._running.discard(process)
        return process.returncode, output

    def _start(self, step: Step) -> subprocess.Popen[str]:
        with self._guard:
            if self._stopped:
                raise self._first_failure or StepFailed(f"not started: {step.name}")
            process = subprocess.Popen(
                step.command,
                cwd=step.folder,
                env=dict(step.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
            return process


def _await_end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        _kill_group(process)
        process.wait()


def _kill_group(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    # The group outlives its leader while a grandchild runs, so it is asked for even when the leader is gone.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
