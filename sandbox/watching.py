"""Lists and watches, kept up across restarts of the API server."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from sandbox.rest import UNREACHABLE, Api, ApiError, Json, Stream

RETRY_SECONDS = 0.5
LOG = logging.getLogger(__name__)


class Watch(threading.Thread):
    """Delivers every object of a resource and every later event, in order, in a thread of its own.

    `listed` gets all objects at the start and after each interruption (so it also learns what went away meanwhile),
    `changed` the type (`ADDED`, `MODIFIED`, `DELETED`) and object of each event.
    """

    def __init__(
        self,
        api: Api,
        path: str,
        listed: Callable[[list[Json]], None],
        changed: Callable[[str, Json], None],
        **query: str,
    ) -> None:
        super().__init__(name=f"watch {path}", daemon=True)
        self._api, self._path, self._query = api, path, query
        self._listed, self._changed = listed, changed
        self._stopped = threading.Event()
        self._stream: Stream | None = None

    def stop(self) -> None:
        """Ends the watch."""
        self._stopped.set()
        if self._stream:
            self._stream.close()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._follow()
            except (ApiError, UNREACHABLE, OSError) as fault:
                if not self._stopped.wait(RETRY_SECONDS):
                    LOG.info("%s: listing again after %s", self._path, fault)

    def _follow(self) -> None:
        answer = self._api.get(self._path, **self._query)
        self._listed(answer["items"])
        version = answer["metadata"]["resourceVersion"]
        self._stream = self._api.watch(self._path, version, **self._query)
        for event in self._stream:
            if self._stopped.is_set():
                return
            if event["type"] == "ERROR":
                status = event["object"]
                raise ApiError(int(status.get("code", 0)), str(status.get("reason")), str(status.get("message")))
            self._changed(event["type"], event["object"])
