"""The AWS CLI that pods call: a server that has it imported, and the command that asks the server."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import aws_cli_client, aws_cli_server, processes
from sandbox.children import TAIL_BYTES, ProcessEnded

FOLDER = NAME = "aws-cli"
LOG = "log"
START_SECONDS = 30.0


class AwsCli:
    """Of one sandbox, from the first use on. `installed` gives the CLI's own executable.

    The server ends with this process, however that ends.
    """

    def __init__(self, folder: Path, installed: Callable[[], Path]) -> None:
        self._sandbox, self._folder = folder, folder / FOLDER
        self._installed = installed
        self._server: subprocess.Popen[bytes] | None = None
        self._ending = threading.Event()

    def command(self) -> Path:
        """The executable `aws`. OSError if its server cannot be started."""
        python = self._installed().with_name("python")
        command = self._folder / "aws"
        if self._server is None:
            if self._folder.exists():
                # Left by a former life of the sandbox.
                shutil.rmtree(self._folder)
            self._folder.mkdir(mode=0o700, parents=True)
            self._start(python)
            asking = [str(python), "-IS", aws_cli_client.__file__, str(self._folder)]
            command.write_text(f'#!/bin/sh\nexec {shlex.join(asking)} "$@"\n', encoding="utf-8")
            command.chmod(0o700)
        return command

    def stop(self) -> None:
        """Ends the server."""
        if self._server:
            self._ending.set()
            # By closing its standard input.
            self._server.communicate()
            processes.forget(self._sandbox, NAME)
            self._server = None

    def _start(self, python: Path) -> None:
        with open(self._folder / LOG, "wb") as log:
            # Nothing of this process's environment is a call's, so the server needs none of it.
            self._server = server = subprocess.Popen(
                [python, "-I", aws_cli_server.__file__, self._folder],
                env={"HOME": "/dev/null"},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        processes.record(self._sandbox, NAME, server.pid)
        deadline = time.monotonic() + START_SECONDS
        while not (self._folder / aws_cli_server.SOCKET).exists():
            if server.poll() is not None or time.monotonic() > deadline:
                server.kill()
                self.stop()
                raise OSError(f"the AWS CLI's server did not start: {self._said()}")
            time.sleep(0.02)
        self._ending.clear()
        threading.Thread(target=self._watch, args=(server,), name=NAME, daemon=True).start()

    def _watch(self, server: subprocess.Popen[bytes]) -> None:
        """A sandbox whose part has failed ends (`supervisor`)."""
        code = server.wait()
        if not self._ending.is_set():
            raise ProcessEnded(f"the AWS CLI's server ended with code {code}: {self._said()}")

    def _said(self) -> str:
        return (self._folder / LOG).read_text(encoding="utf-8", errors="replace")[-TAIL_BYTES:]
