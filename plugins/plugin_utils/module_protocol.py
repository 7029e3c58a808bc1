# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How ansible-core gives a module its arguments, and how it reads the module's answer.

ansible-core's own wrapper puts the arguments into variables of `ansible.module_utils.basic`, encoded with a profile
since 2.19, and reads what the module prints. None of this is a public interface, so nothing here is taken for granted:
`difference` carries a small module out, once for each process, and tells in which way this ansible-core is another one.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils import basic
from ansible.module_utils.common import warnings
from ansible.plugins.action import ActionBase

try:
    from ansible.module_utils.common.json import Direction, get_module_decoder, get_module_encoder
except ImportError:  # ansible-core before 2.19
    Direction = get_module_decoder = get_module_encoder = None

# Whether an action may raise anything: before that, what the exception says was rendered as a template.
TELLS_OF_EXCEPTIONS = get_module_decoder is not None
# How arguments and answers are serialised for modules written in Python, ours among them.
_PROFILE = "legacy"
# The variables of `basic` that a module reads its arguments from. The second one exists since 2.19.
ARGUMENTS, PROFILE = "_ANSIBLE_ARGS", "_ANSIBLE_PROFILE"
# Where `ansible.module_utils.common.warnings` keeps what a module warned of, for the life of its Python.
WARNINGS = ("_global_warnings", "_global_deprecations")
# Methods of `ActionBase` that an action of ours calls, each with the names of its parameters.
METHODS: Mapping[str, tuple[str, ...]] = {
    "_compute_environment_string": ("raw_environment_out",),
    "_update_module_args": ("module_name", "module_args", "task_vars"),
}
# What code does where it meets names, parameters or data that are not as it expects them.
_FAULTS = (AnsibleError, AttributeError, ImportError, LookupError, OSError, TypeError, ValueError)
_WORD = "probe"


def answer(main: Callable[[], Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What a module answers to these arguments, as a task's result. Raises whatever the module raises."""
    given = _given(_encoded({"ANSIBLE_MODULE_ARGS": dict(arguments)}))
    for name in WARNINGS:
        # A loop's rounds share a worker, but not their warnings.
        getattr(warnings, name, {}).clear()
    with given, contextlib.redirect_stdout(io.StringIO()) as output, contextlib.suppress(SystemExit):
        main()
    return _result(output.getvalue())


def death(traceback: str) -> dict[str, Any]:
    """The result of a module that has ended with a traceback, as ansible-core makes it of the module's own Python."""
    reason = traceback.strip().splitlines()[-1]
    return {"failed": True, "msg": f"MODULE FAILURE: {reason}", "exception": traceback, "module_stderr": traceback}


@functools.cache
def difference() -> str:
    """Why modules cannot be run this way with this ansible-core; empty if they can."""
    for method, parameters in METHODS.items():
        found = getattr(ActionBase, method, None)
        if found is None:
            return f"ActionBase has no method {method}"
        missing = [name for name in parameters if name not in inspect.signature(found).parameters]
        if missing:
            return f"ActionBase.{method} takes no {missing[0]}"
    try:
        result = answer(_probe, {"word": _WORD})
    except _FAULTS as fault:
        return f"a module cannot be given its arguments ({type(fault).__name__}: {fault})"
    if (result.get("word"), result.get("changed")) != (_WORD, False):
        return "a module's answer cannot be read"
    return ""


def _probe() -> None:
    module = basic.AnsibleModule({"word": {"type": "str", "required": True}}, supports_check_mode=True)
    module.exit_json(changed=False, word=module.params["word"])


@contextlib.contextmanager
def _given(encoded: bytes) -> Iterator[None]:
    former = {name: getattr(basic, name) for name in (ARGUMENTS, PROFILE) if hasattr(basic, name)}
    setattr(basic, ARGUMENTS, encoded)
    if PROFILE in former:
        setattr(basic, PROFILE, _PROFILE)
    try:
        yield
    finally:
        for name, value in former.items():
            setattr(basic, name, value)


def _encoded(given: Mapping[str, Any]) -> bytes:
    if get_module_encoder is not None:
        return json.dumps(given, cls=get_module_encoder(_PROFILE, Direction.CONTROLLER_TO_MODULE)).encode()
    from ansible.module_utils.common.json import AnsibleJSONEncoder  # noqa: PLC0415  # deprecated since 2.19

    return json.dumps(given, cls=AnsibleJSONEncoder, vault_to_text=True).encode()


def _result(printed: str) -> dict[str, Any]:
    """The answer, which is the last line that a module prints, without what is ansible-core's own in it."""
    lines = [line for line in printed.splitlines() if line.startswith("{")]
    if not lines:
        return {"failed": True, "msg": "The module ended without an answer.", "module_stdout": printed}
    decoder = get_module_decoder(_PROFILE, Direction.MODULE_TO_CONTROLLER) if get_module_decoder is not None else None
    read: dict[str, Any] = json.loads(lines[-1], cls=decoder)
    empty = [name for name in ("warnings", "deprecations") if not read.get(name)]
    return {name: value for name, value in read.items() if not name.startswith("_ansible_") and name not in empty}
