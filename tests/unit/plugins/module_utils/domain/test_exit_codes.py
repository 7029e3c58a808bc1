"""How programs end, in words."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import exit_codes


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (1, "it ended with exit code 1"),
        (137, "it ended with exit code 137, as of signal SIGKILL, as the kernel does where memory is short"),
        (139, "it ended with exit code 139, as of signal SIGSEGV"),
        (255, "it ended with exit code 255"),
        (-11, "it was ended by signal SIGSEGV"),
        (-9, "it was ended by signal SIGKILL, as the kernel does where memory is short"),
        (-200, "it was ended by signal 200"),
    ],
)
def test_ending(code: int, said: str) -> None:
    assert exit_codes.ending(code) == said
    assert exit_codes.by_signal(code) is (abs(code) != 1)
