"""ansible-playbook in a fork of a process that has imported it, the SDKs and our modules already.

To start Python and import all that takes a second of CPU time, of which hundreds of runs need one each. Otherwise such
a run is as any other: it has its own environment, folder and arguments, and nothing of the runs before it. Ansible's
folder for temporary files is the fork server's, so the search for leaked secrets starts Pythons of its own, as the demo
does.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

_IMPORTED = "tests.scenarios.imported_ansible"


def warm(arguments: Sequence[str], folder: Path, environment: Mapping[str, str], longest: float) -> tuple[int, str]:
    """A `sandbox.playbook.Start`."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([_IMPORTED])
    output = folder / "output"
    process = context.Process(target=_main, args=(list(arguments), folder, dict(environment), output))
    process.start()
    process.join(longest)
    if process.exitcode is None:
        process.kill()
        process.join()
        raise subprocess.TimeoutExpired(["ansible-playbook", *arguments], longest)
    return process.exitcode, output.read_text(encoding="utf-8")


def _main(arguments: list[str], folder: Path, environment: dict[str, str], output: Path) -> None:
    """In the fork: `ansible-playbook`, which ends with `SystemExit`."""
    with output.open("wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    tempfile.tempdir = None
    sys.argv = ["ansible-playbook", *arguments]
    from tests.scenarios import imported_ansible  # noqa: PLC0415  # only the fork server may import Ansible

    imported_ansible.main()
