"""Runs whose helm is killed in the middle of its upgrade."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import shlex
import shutil
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from sandbox.playbook import Run
from tests.scenarios.world import World

# Seconds until a run has come to its upgrade, and until it has ended.
_REACHED = 240


def killed_run(world: World, playbook: str, folder: Path, *, module_too: bool = False, **variables: Any) -> Run:
    """A run whose helm is killed while it waits for pods that never get ready, with the module that started it."""
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(world.run, playbook, helm_binary=_telling_helm(world, folder), **variables)
        end = time.monotonic() + _REACHED
        while world.status()["info"]["status"] != "pending-upgrade":
            assert not running.done(), running.result().output
            assert time.monotonic() < end
            time.sleep(0.2)
        # By then the users are reset.
        time.sleep(1)
        module, helm = (int(word) for word in (folder / "upgrade").read_text().split())
        for process in [module, helm] if module_too else [helm]:
            os.kill(process, signal.SIGKILL)
        return running.result(timeout=_REACHED)


def _telling_helm(world: World, folder: Path) -> str:
    """A helm that notes the process that runs it and its own."""
    helm = shutil.which("helm", path=world.environment["PATH"])
    script = folder / "helm"
    noted = shlex.quote(f"{folder}/upgrade")
    script.write_text(f'#!/bin/sh\necho "$PPID $$" > {noted}\nexec {helm} "$@"\n')
    script.chmod(0o700)
    return str(script)
