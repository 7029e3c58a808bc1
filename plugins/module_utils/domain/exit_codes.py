# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a program ended, in words: by an exit code, or by a signal."""

from __future__ import annotations

import signal

# Shells give exit codes above it for a program that a signal ended.
_OF_SHELLS = 128


def by_signal(code: int) -> bool:
    """Whether a signal ended the program, or one below the shell that it is: a negative code is Python's for that."""
    return code < 0 or code > _OF_SHELLS


def ending(code: int) -> str:
    """Such as "it ended with exit code 3", or "it was ended by signal SIGSEGV"."""
    number = -code if code < 0 else code - _OF_SHELLS
    known = {one.value: one.name for one in signal.Signals}
    memory = ", as the kernel does where memory is short" if number == signal.SIGKILL else ""
    if code < 0:
        return f"it was ended by signal {known.get(number, number)}{memory}"
    if number in known:
        return f"it ended with exit code {code}, as of signal {known[number]}{memory}"
    return f"it ended with exit code {code}"
