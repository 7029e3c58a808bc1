"""Stands in for the script that ansible-test would download: pip's wheel, which lies beside it, installs itself."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    # ansible-test feeds the script to Python by a file whose place it tells in GET_PIP.
    (wheel,) = Path(os.environ["GET_PIP"]).parent.glob("pip-*.whl")
    own_pip = [sys.executable, str(wheel / "pip"), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    subprocess.run(own_pip, check=True)
