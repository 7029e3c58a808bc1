"""An Ansible callback that kills `ansible-playbook` once a task has run for real: what a broken run leaves, on demand.

`EPINIO_STOP_AFTER` is the task's name, without its role. For tests only.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import multiprocessing
import os
import signal
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: stop_after
type: aggregate
short_description: Kills the run after a task
description: Kills the process that runs it, with its workers, once the task that EPINIO_STOP_AFTER names has run.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Waits for the task, and ends the run before the next one starts.

    At that moment no module is at work (strategy linear), and every other callback has heard of the result.
    """

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "stop_after"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        self._name = os.environ["EPINIO_STOP_AFTER"]
        self._has_run = False

    def v2_runner_on_ok(self, result: Any) -> None:
        # ansible-core before 2.19 has it by a private name only.
        task = result.task if hasattr(result, "task") else result._task
        named = task.get_name().rpartition(" : ")[-1] == self._name
        self._has_run = self._has_run or (named and not task.check_mode)

    def v2_playbook_on_task_start(self, *_: Any, **__: Any) -> None:
        self._end()

    def v2_playbook_on_handler_task_start(self, *_: Any) -> None:
        self._end()

    def v2_playbook_on_stats(self, *_: Any) -> None:
        self._end()

    def _end(self) -> None:
        if not self._has_run:
            return
        for worker in multiprocessing.active_children():
            worker.kill()
        os.kill(os.getpid(), signal.SIGKILL)
