# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the exec plugin of a kubeconfig, such as `aws eks get-token`: without questions, and not for ever."""

from __future__ import annotations

import os

from ansible_collections.epinio.aws.plugins.module_utils import programs
from ansible_collections.epinio.aws.plugins.module_utils.domain import exec_credentials
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, ExecPlugin
from ansible_collections.epinio.aws.plugins.module_utils.domain.exec_credentials import ExecCredential
from ansible_collections.epinio.aws.plugins.module_utils.domain.exit_codes import ending
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed

# Seconds. `aws eks get-token` needs one or two, with a slow SSO more.
LIMIT = 60.0
# Those that it has to end by itself then.
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
        ended = programs.run([plugin.command, *plugin.arguments], "", os.curdir, environment, LIMIT, _GRACE)
    except (OSError, ValueError) as error:
        reason = (
            error.strerror if isinstance(error, OSError) else "its name, arguments or environment have a NUL in them"
        )
        hint = plugin.hint or "Install it where Ansible runs, or correct the kubeconfig."
        raise Refused(f"Could not {attempt}: {reason}. {hint}") from error
    said = f"; it said: {_words(ended.errors)}" if ended.errors.strip() else ""
    if ended.late:
        advice = "Run it by hand: it may wait for an answer, or for a network that cannot be reached from here."
        raise ServiceFailed(attempt, f"it did not end within {LIMIT:.0f} seconds{said}", advice=advice)
    if ended.code:
        words = _words(ended.errors)
        reason = f"{ending(ended.code)}: {words or 'it said nothing on stderr'}"
        raise ServiceFailed(attempt, reason, advice=_advice(plugin, words))
    found = exec_credentials.parsed(plugin, ended.output)
    if isinstance(found, str):
        raise ServiceFailed(attempt, f"{found}{said}", advice=_advice(plugin, said))
    return found


def _words(errors: str) -> str:
    """What the plugin says of itself, in one line; its end counts most."""
    text = " ".join(errors.split())
    return text if len(text) <= _LONGEST_WORDS else f"… {text[-_LONGEST_WORDS:]}"


def _advice(plugin: ExecPlugin, said: str) -> str:
    hint = f" {plugin.hint}" if plugin.hint else ""
    first = "Correct what it says (often AWS_PROFILE, or a login that has expired)" if said else "Run it by hand"
    return f"{first}, or correct the kubeconfig.{hint}"
