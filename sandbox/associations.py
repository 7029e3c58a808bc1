"""The service accounts with an EKS Pod Identity association, as the webhook knows them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sandbox.stand_in import StandInError

CACHE_SECONDS = 1.0
LOG = logging.getLogger(__name__)


class Associations:
    """What EKS says of the cluster's associations, up to one second old. Safe to use from many threads.

    Amazon's webhook reads a file that EKS keeps up to date (pkg/containercredentials/config.go); here EKS is asked.
    While it does not answer, what was known stays known.

    - `read`: gives `<namespace>/<name>` of every account whose new pods get an association's role
    - `clock`: in seconds, from any start
    """

    def __init__(self, read: Callable[[], frozenset[str]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._known: frozenset[str] = frozenset()
        self._due = clock()

    def has(self, namespace: str, name: str) -> bool:
        """Whether pods of that account get an association's role."""
        with self._lock:
            if self._clock() >= self._due:
                self._renew()
            return f"{namespace}/{name}" in self._known

    def _renew(self) -> None:
        self._due = self._clock() + CACHE_SECONDS
        try:
            self._known = self._read()
        except StandInError as fault:
            LOG.warning("associations are taken to be as before: %s", fault)
