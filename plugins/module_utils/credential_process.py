# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the `credential_process` of a profile as botocore does it, but without questions, and not for ever."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import programs
from ansible_collections.epinio.aws.plugins.module_utils.domain.exit_codes import ending

try:
    from botocore.credentials import ProcessProvider
    from botocore.exceptions import CredentialRetrievalError
except ImportError:  # AnsibleAWSModule says so
    ProcessProvider = CredentialRetrievalError = None

# Seconds, and those that it has to end by itself then.
LIMIT = 60.0
_GRACE = 2.0


class Process:
    """As much of `subprocess.Popen` as botocore uses."""

    def __init__(self, command: Sequence[str], **_pipes: Any) -> None:
        self._command = command
        self.returncode = 0

    def communicate(self) -> tuple[bytes, bytes]:
        """What it prints; if it fails, how it ended comes before its words."""
        ended = programs.run(self._command, "", os.curdir, os.environ, LIMIT, _GRACE)
        words = f": {ended.errors.strip()}" if ended.errors.strip() else ""
        if ended.late:
            reason = f"it did not end within {LIMIT:.0f} seconds{words or ', and said nothing on stderr'}"
            raise CredentialRetrievalError(provider=ProcessProvider.METHOD, error_msg=reason)
        self.returncode = ended.code
        return ended.output.encode(), f"{ending(ended.code)}{words}".encode() if ended.code else b""


def limited(source: Any, session: Any) -> Any:
    """The source, or in the place of botocore's own one for `credential_process` one that takes no more than the limit.

    Those that it makes for the source of a role are not within reach.
    """
    if source.METHOD != ProcessProvider.METHOD:
        return source
    profile = session.get_config_variable("profile") or "default"
    return ProcessProvider(profile, lambda: session.full_config, popen=Process)
