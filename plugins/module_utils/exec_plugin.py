# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the exec plugin of a kubeconfig, such as `aws eks get-token`: without questions, and not for ever."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess

from ansible_collections.epinio.aws.plugins.module_utils.domain import exec_credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, ExecPlugin
from ansible_collections.epinio.aws.plugins.module_utils.domain.exec_credentials import ExecCredential
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed

# Seconds. `aws eks get-token` needs one or two, with a slow SSO more.
LIMIT = 60.0
_GRACE = 2.0
_LONGEST_WORDS = 600


def run(connection: Connection, plugin: ExecPlugin) -> ExecCredential:
    """What the plugin prints. Raises `Refused` if it cannot be run, `ServiceFailed` if it fails or hangs."""
    attempt = f"get the credentials of {connection} from the {plugin.origin} ({plugin.command})"
    environment = {
        **os.environ,
        **dict(plugin.environment),
        "KUBERNETES_EXEC_INFO": exec_credentials.info(plugin, connection),
    }
    try:
        process = subprocess.Popen(
            [plugin.command, *plugin.arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            text=True,
            encoding="utf-8",
            errors="replace",
            # A group of its own: what the plugin has started ends with it.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name or arguments have a NUL in them"
        hint = plugin.hint or "Install it where Ansible runs, or correct the kubeconfig."
        raise Refused(f"Could not {attempt}: {reason}. {hint}") from error
    with process:
        output, errors = _answered(attempt, process)
    if process.returncode:
        raise ServiceFailed(attempt, _failure(process.returncode, errors), advice=_advice(plugin))
    found = exec_credentials.parsed(plugin, output)
    if isinstance(found, str):
        said = f"; it said: {_words(errors)}" if errors.strip() else ""
        raise ServiceFailed(attempt, f"{found}{said}", advice=_advice(plugin))
    return found


def _answered(attempt: str, process: subprocess.Popen[str]) -> tuple[str, str]:
    try:
        return process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired as error:
        _kill(process)
        errors = _last_words(process)
        said = f"; it said: {_words(errors)}" if errors.strip() else ""
        advice = "Run it by hand: it may wait for an answer, or for a network that cannot be reached from here."
        raise ServiceFailed(attempt, f"it did not end within {LIMIT:.0f} seconds{said}", advice=advice) from error
    finally:
        if process.poll() is None:
            _kill(process)


def _last_words(process: subprocess.Popen[str]) -> str:
    """What a plugin that was ended had said. A child of it that left its group may hold the pipes for ever."""
    try:
        return process.communicate(timeout=_GRACE)[1]
    except subprocess.TimeoutExpired:
        return ""


def _kill(process: subprocess.Popen[str]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _failure(code: int, errors: str) -> str:
    end = f"it was ended by {_signal(-code)}" if code < 0 else f"it ended with exit code {code}"
    return f"{end}: {_words(errors) or 'it said nothing on stderr'}"


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _words(errors: str) -> str:
    """What the plugin says of itself, in one line; its end counts most."""
    text = " ".join(errors.split())
    return text if len(text) <= _LONGEST_WORDS else f"… {text[-_LONGEST_WORDS:]}"


def _advice(plugin: ExecPlugin) -> str:
    hint = f" {plugin.hint}" if plugin.hint else ""
    return f"Correct what it says (often AWS_PROFILE, or a login that has expired), or the kubeconfig.{hint}"
