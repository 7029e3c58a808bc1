"""A module of the collection, run as Ansible runs it: in a worker of its own, which inherits what is imported."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import gc
import json
import multiprocessing
import os
from collections.abc import Mapping
from importlib import import_module
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any

from ansible_collections.epinio.aws.plugins.plugin_utils import in_process

_PACKAGE = "ansible_collections.epinio.aws.plugins.modules"
# Seconds. Longer than a module waits for AWS to propagate.
_LONGEST = 180
# Nobody listens there: a module that is told of no endpoint reaches nothing at all.
_NOWHERE = "http://127.0.0.1:9"
_WORKERS = multiprocessing.get_context("fork")


def run_module(name: str, args: Mapping[str, Any], env: Mapping[str, str], check: bool = False) -> dict[str, Any]:
    """The result of a module; `failed` is in it where the module failed.

    `env` is all of the environment but for `PATH`.
    """
    arguments = {**args, "_ansible_check_mode": check, "_ansible_diff": True}
    environment = {"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": _NOWHERE, **env}
    answers, answering = _WORKERS.Pipe(duplex=False)
    worker = _WORKERS.Process(
        target=_answer, args=(answering, import_module(f"{_PACKAGE}.{name}"), arguments, environment)
    )
    worker.start()
    # With the worker's end alone left, a worker that dies without an answer is no endless wait.
    answering.close()
    answered = answers.poll(_LONGEST)
    if not answered:
        worker.kill()
    try:
        result: dict[str, Any] = json.loads(answers.recv())
    except (EOFError, ValueError) as error:
        raise AssertionError(f"{name} gave no result{'' if answered else f' in {_LONGEST} seconds'}") from error
    finally:
        worker.join()
    return result


def _answer(answering: Connection, module: ModuleType, arguments: Mapping[str, Any], env: Mapping[str, str]) -> None:
    # Else the worker's garbage collection would touch, and so copy, all that the tests have in memory.
    gc.freeze()
    os.environ.clear()
    answering.send(json.dumps(in_process.run(module, arguments, env), default=str))
