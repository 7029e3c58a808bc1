"""The project's commands; `make help` lists the ones that people call."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import argparse
import os
import signal
import sys
from types import FrameType
from typing import NoReturn

from tools import checks, environments, lock, targets
from tools.cache import REPOSITORY
from tools.steps import StepFailed


def main() -> int:
    """Carry out the command and return the exit code: 0, or 1 after a failed check, or 130 after Ctrl-C."""
    signal.signal(signal.SIGTERM, _leave)
    # A shell starts what it puts into the background with SIGINT ignored, and that is inherited: pytest must hear it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    given = _parser().parse_args()
    try:
        _carry_out(given)
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("help", help="list the targets of the Makefile")
    commands.add_parser("test", help="every check, then every test")
    commands.add_parser("lint", help="every check that is not a test, without ansible-test")
    commands.add_parser("sanity", help="ansible-test sanity")
    commands.add_parser("unit", help="the tests that need no sandbox")
    commands.add_parser("scenario", help="playbooks against a sandbox").add_argument("name")
    commands.add_parser("lock", help="compile the requirement files anew")
    run = commands.add_parser("run", help="run a module of the repository in the project's environment")
    run.add_argument("module")
    run.add_argument("arguments", nargs=argparse.REMAINDER)
    return parser


def _carry_out(given: argparse.Namespace) -> None:
    if given.command == "help":
        print(targets.described((REPOSITORY / "Makefile").read_text(encoding="utf-8")))
    elif given.command == "scenario":
        checks.scenario(given.name)
    elif given.command == "run":
        _become(given.module, given.arguments)
    elif given.command == "lock":
        lock.compile_all()
    else:
        checks.COMMANDS[given.command]()


def _become(module: str, arguments: list[str]) -> NoReturn:
    os.chdir(REPOSITORY)
    python = environments.environment("dev") / "bin" / "python"
    os.execv(python, [str(python), "-m", module, *arguments])


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    # As an exception, so that every running check is ended on the way out.
    sys.exit(143)
