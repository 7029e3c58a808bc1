"""Start the project's commands, but refuse a Python that cannot run them before it stumbles over anything else."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import sys

# https://docs.ansible.com/ansible/latest/reference_appendices/release_and_maintenance.html: controllers of 2.19.
OLDEST, NEWEST = (3, 11), (3, 13)


def refused(version: tuple[int, int]) -> str | None:
    """Why this Python cannot run the project, with the way out, or nothing."""
    if OLDEST <= version <= NEWEST:
        return None
    named = "{}.{}".format(*version)
    return (
        f"Python {named} cannot run ansible-core 2.19: 3.11, 3.12 or 3.13 is needed. "
        "Install one of them, or name it: make PYTHON=/path/to/python3.12 ..."
    )


if __name__ == "__main__":
    refusal = refused(sys.version_info[:2])
    if refusal:
        sys.exit(refusal)
    # Set on some machines that build images. Here every playbook would compile all that it imports anew, for seconds.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    from tools.commands import main

    sys.exit(main())
