# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module of this collection in the worker that Ansible has for its task, instead of in a Python of its own.

A module's own Python spends half a second and more on compiling, and on importing the SDKs, before it makes its first
call. Here the strategy imports them once, with the action plugin, and each worker inherits them. What a module is given
and what it answers are the same. Where ansible-core is not as `module_protocol` knows it, modules run as usual.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from ansible.plugins.action import ActionBase
from ansible.release import __version__ as core_version
from ansible.utils.display import Display
from ansible_collections.epinio.aws.plugins.plugin_utils import module_protocol, service_models


class InProcess(ActionBase):  # type: ignore[misc]  # Ansible has no types
    """The action of one of our modules, `module`.

    A task that is asynchronous, becomes somebody else, or runs elsewhere or with another Python than Ansible's own gets
    a Python of its own, as every module does.
    """

    module: ModuleType
    _supports_async = True

    def __init_subclass__(cls) -> None:
        """The strategy loads an action before the workers are forked that run it."""
        super().__init_subclass__()
        service_models.prepare()
        _can_run()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """The module's result."""
        super().run(tmp, task_vars)
        variables = task_vars or {}
        if self._is_at_home(variables):
            return self._answer(variables)
        result: dict[str, Any] = self._execute_module(task_vars=variables, wrap_async=self._task.async_val)
        return result

    def _is_at_home(self, variables: Mapping[str, Any]) -> bool:
        interpreter = self._templar.template(variables.get("ansible_python_interpreter"))
        elsewhere = self._connection.transport != "local" or interpreter != sys.executable
        return _can_run() and not (elsewhere or self._task.async_val or self._play_context.become)

    def _answer(self, variables: dict[str, Any]) -> dict[str, Any]:
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        given = dict(self._task.args)
        self._update_module_args(self._task.action, given, variables)
        try:
            return run(self.module, given, environment)
        except Exception:
            # Since 2.19 ansible-core tells of it as of any other failure. Older ones take the text for a template.
            if module_protocol.TELLS_OF_EXCEPTIONS:
                raise
            return module_protocol.death(traceback.format_exc())


@functools.cache
def _can_run() -> bool:
    """Whether this ansible-core is known. It is said once if it is not: the workers are forked later."""
    difference = module_protocol.difference()
    if difference:
        Display().v(
            f"epinio.aws: each module runs in a Python of its own, which takes longer: this ansible-core, "
            f"{core_version}, is not one that its shortcut knows: {difference}."
        )
    return not difference


@contextlib.contextmanager
def _environment(variables: Mapping[str, Any]) -> Iterator[None]:
    """The task's own environment variables, until the module has ended: a loop's rounds share a worker."""
    former = dict(os.environ)
    os.environ.update({name: str(value) for name, value in variables.items()})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(former)


def run(module: ModuleType, arguments: Mapping[str, Any], environment: Mapping[str, Any]) -> dict[str, Any]:
    """The module's answer to these arguments with these environment variables. Raises whatever it raises."""
    # A worker ends without the clean-up that a module registers for the end of its Python.
    with (
        tempfile.TemporaryDirectory(prefix="ansible-epinio-aws-") as folder,
        _environment(environment),
        service_models.shared(),
    ):
        return module_protocol.answer(module.main, {**arguments, "_ansible_tmpdir": folder})
