"""The AWS CLI that pods call: a server that has it imported, and the command that asks the server."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sandbox import aws_cli_client, aws_cli_server

FOLDER = NAME = "aws-cli"
# Starts a part of the sandbox: its name, its command, and all of its environment.
Start = Callable[[str, Sequence[str], Mapping[str, str]], None]


def install(folder: Path, installed: Path, start: Start) -> Path:
    """The executable `aws` of the sandbox in that folder, whose server is started. `installed` is the CLI's own."""
    home, python = folder / FOLDER, str(installed.with_name("python"))
    if home.exists():
        # Left by a former life of the sandbox.
        shutil.rmtree(home)
    home.mkdir(mode=0o700)
    socket, command = str(home / "socket"), home / "aws"
    # Nothing of this process's environment is a call's, so the server needs none of it.
    start(NAME, [python, "-I", aws_cli_server.__file__, socket], {"HOME": "/dev/null"})
    asking = shlex.join([python, "-IS", aws_cli_client.__file__, socket])
    command.write_text(f'#!/bin/sh\nexec {asking} "$@"\n', encoding="utf-8")
    command.chmod(0o700)
    return command
