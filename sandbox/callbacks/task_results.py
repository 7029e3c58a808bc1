"""An Ansible callback that writes every task's result as a line of JSON, for the demo and the tests.

`EPINIO_TASK_RESULTS` names the file. Arguments of the tasks are left out.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
name: task_results
type: aggregate
short_description: Every task's result as a line of JSON
description: Writes task, action, status and result to the file that EPINIO_TASK_RESULTS names.
"""


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible has no types
    """Appends to the file, a line for every task and one for the recap."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "task_results"
    CALLBACK_NEEDS_ENABLED = True

    def v2_runner_on_ok(self, result: Any) -> None:
        self._note("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._note("ignored" if ignore_errors else "failed", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._note("skipped", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._note("unreachable", result)

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._write({"stats": {host: stats.summarize(host) for host in stats.processed}})

    def _note(self, status: str, result: Any) -> None:
        # ansible-core before 2.19 has them by private names only.
        task, host, found = (
            getattr(result, name) if hasattr(result, name) else getattr(result, f"_{name}")
            for name in ("task", "host", "result")
        )
        content = {key: value for key, value in found.items() if key != "invocation"}
        line = {"task": task.get_name(), "action": task.action, "check": task.check_mode, "status": status}
        self._write({**line, "host": host.get_name(), "result": content})

    def _write(self, line: dict[str, Any]) -> None:
        with open(os.environ["EPINIO_TASK_RESULTS"], "a", encoding="utf-8") as file:
            file.write(json.dumps(line, default=str) + "\n")
