"""How far a sandbox's supervisor is, in `state.json`: for whoever waits for it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum
from pathlib import Path

FILE = "state.json"


class Phase(Enum):
    """`starting` and `ready` hold only while the supervisor lives."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class State:
    """A phase and, for a failure, its reason."""

    phase: Phase
    detail: str = ""

    def write(self, folder: Path) -> None:
        """Replaces the file at once, so that no reader sees half of it."""
        draft = folder / f".{FILE}"
        draft.write_text(json.dumps({**asdict(self), "phase": self.phase.value}), encoding="utf-8")
        draft.rename(folder / FILE)

    @classmethod
    def read(cls, folder: Path) -> State | None:
        """None if nothing was ever started there."""
        try:
            stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return cls(Phase(stored["phase"]), stored["detail"])
