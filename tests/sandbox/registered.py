"""A cluster that is registered with the AWS stand-in, and runs nowhere."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path

from sandbox import pki, stand_in
from sandbox.settings import Settings


def register(folder: Path, settings: Settings) -> None:
    """As the supervisor does it; its keys are in that folder."""
    if not (folder / "pki").exists():
        pki.create(folder / "pki")
    stand_in.register_cluster(folder, settings)
