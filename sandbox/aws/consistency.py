"""Eventual consistency: what has happened, and since when others can see it.

IAM answers a write at once and tells the rest of the world later. Two delays, in seconds: a new object stays invisible
to reads for `visible_after`, and what was detached stays visible for as long; what policies and trust say counts for
decisions after `effective_after`.
Source: IAM User Guide, "Changes that I make are not always immediately visible"; terraform-provider-aws waits up to
two minutes for the same.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

ALWAYS = float("-inf")


@dataclass(frozen=True)
class Delays:
    """Seconds; zero is an AWS that is consistent at once."""

    visible_after: float = 2.0
    effective_after: float = 3.0


class Consistency:
    """Births and values by key, with times from one clock. Safe to use from many threads."""

    def __init__(self, clock: Callable[[], float], delays: Delays) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._born: dict[Hashable, float] = {}
        self._ended: dict[Hashable, float] = {}
        self._values: dict[Hashable, list[tuple[float, Any]]] = {}
        self.delays = delays

    def born(self, key: Hashable) -> None:
        """Notes that an object has been made now."""
        with self._lock:
            self._born[key] = self._clock()

    def visible(self, key: Hashable) -> bool:
        """Whether reads see the object. One whose birth was never noted has always been there."""
        with self._lock:
            return self._clock() >= self._born.get(key, ALWAYS) + self.delays.visible_after

    def ended(self, key: Hashable) -> None:
        """Notes that a relation between two objects has ended now."""
        with self._lock:
            self._ended[key] = self._clock()

    def renewed(self, key: Hashable) -> None:
        """Notes that the relation is there again."""
        with self._lock:
            self._ended.pop(key, None)

    def lingers(self, key: Hashable) -> bool:
        """Whether reads still see a relation that has ended."""
        with self._lock:
            return self._clock() < self._ended.get(key, ALWAYS) + self.delays.visible_after

    def record(self, key: Hashable, value: Any, *, at_once: bool = False) -> None:
        """Notes a value from now on; None: it is gone. `at_once`: as if it had always been so."""
        with self._lock:
            history = self._values.setdefault(key, [])
            if history and history[-1][1] == value:
                return
            history.append((ALWAYS if at_once else self._clock(), value))
            self._forget(history)

    def effective(self, key: Hashable) -> Any:
        """The value that counts for decisions now: the newest that is old enough, else None."""
        with self._lock:
            moment = self._clock() - self.delays.effective_after
            return next((value for time, value in reversed(self._values.get(key, [])) if time <= moment), None)

    def _forget(self, history: list[tuple[float, Any]]) -> None:
        """Keeps what can still count: everything since the newest value that is in effect already."""
        moment = self._clock() - self.delays.effective_after
        in_effect = [index for index, (time, _) in enumerate(history) if time <= moment]
        del history[: max(in_effect, default=0)]
