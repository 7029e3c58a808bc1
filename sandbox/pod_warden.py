"""`python -m sandbox.pod_warden`: ends the processes of pods when the supervisor ends, however it ends.

A pod's process has no lifeline: nothing stands between the supervisor and the pod's own program. This one waits for
the end of its standard input, on which it is told `+<process group>` and `-<process group>`, a line each.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Kills the groups that are left at the end."""
    living: set[int] = set()
    for line in sys.stdin:
        group = int(line[1:])
        if line.startswith("+"):
            living.add(group)
        else:
            living.discard(group)
    for group in living:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
