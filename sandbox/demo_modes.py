"""The ways of wiring, as `make demo` tells them apart: everything else in its story is the same."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mode:
    """A way of wiring.

    - `playbook`: its name, which is the mode's; the way back is `teardown_<playbook>`
    - `way`: in words
    - `session_role`: name of the role that a pod with the account of Epinio's server acts with
    - `own_role`: whether that role is given to this account alone; else it is the node's, and every pod's there
    """

    playbook: str
    way: str
    session_role: str
    own_role: bool


MODES = (
    Mode("irsa", "IAM roles for service accounts", "epinio-server-role", own_role=True),
    Mode("instance_profile", "the IAM role of the nodes", "epinio-nodes", own_role=False),
)
BY_NAME = {mode.playbook: mode for mode in MODES}
