"""`python -m sandbox.lifeline MODULE ARGUMENTS`: as `python -m MODULE`, but ends when its standard input ends.

The supervisor holds the other end of that pipe, so nothing outlives it, however it ends.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import runpy
import sys
import threading


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(1)


if __name__ == "__main__":
    threading.Thread(target=_end_with_input, daemon=True).start()
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
