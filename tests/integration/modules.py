"""A module of the collection, run as Ansible runs it: a process of its own with its arguments on standard input."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tools import tree

_PACKAGE = "ansible_collections.epinio.aws.plugins.modules"
# Seconds. Longer than a module waits for AWS to propagate.
_LONGEST = 180
# Nobody listens there: a module that is told of no endpoint reaches nothing at all.
_NOWHERE = "http://127.0.0.1:9"


def run_module(name: str, args: Mapping[str, Any], env: Mapping[str, str], check: bool = False) -> dict[str, Any]:
    """The result of a module; `failed` is in it where the module failed.

    `env` is all of the environment but for `PATH` and what Python needs to find the collection.
    """
    arguments = {**args, "_ansible_check_mode": check, "_ansible_diff": True}
    ended = subprocess.run(
        [sys.executable, "-m", f"{_PACKAGE}.{name}"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={"PATH": os.environ["PATH"], "AWS_ENDPOINT_URL": _NOWHERE, **env, "PYTHONPATH": str(tree.linked())},
        capture_output=True,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    try:
        result: dict[str, Any] = json.loads(ended.stdout)
    except ValueError as error:
        raise AssertionError(f"{name} gave no result: {ended.stdout}{ended.stderr}") from error
    return result
