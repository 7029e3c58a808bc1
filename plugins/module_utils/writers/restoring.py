# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Give Epinio's Secrets back what an upgrade of the release took, also while helm is still at it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import upkeep
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import FIELD_MANAGER
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import Bases, Renderings, read_live

# Seconds. A default password that an upgrade brought back must not live for long.
INTERVAL = 1.0
_TRIES = 5
# Somebody changed the Secret since it was read, or deleted it.
_OVERTAKEN = ("409", "404")


class Restorer:
    """Puts back what the revisions after `revision` reset of what is `kept`."""

    def __init__(
        self, api_client: Any, namespace: str, release: str, revision: int, kept: tuple[KeptObject, ...]
    ) -> None:
        self._api_client = api_client
        self._namespace = namespace
        self._revision = revision
        self._kept = kept
        self._renderings = Renderings(api_client, namespace, release)
        self._bases: Bases | None = None

    @contextmanager
    def repeatedly(self, bases: Bases) -> Iterator[None]:
        """Put back every second, in a thread, until the block ends.

        `bases` are what the upgrade starts from: until it has made its revision, what people change is kept too.
        """
        self._bases = bases
        ended = threading.Event()
        thread = threading.Thread(target=self._watch, args=(ended,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def finish(self) -> None:
        """Put back all that is still as it was reset. Raises `ServiceFailed` if the API does not let us."""
        for last in [False] * (_TRIES - 1) + [True]:
            try:
                self._once(waiting=False)
            except ServiceFailed as error:
                if last or error.code not in _OVERTAKEN:
                    raise
            else:
                return

    def _watch(self, ended: threading.Event) -> None:
        while not ended.wait(INTERVAL):
            try:
                self._once(waiting=True)
            except EpinioAwsError:
                # An API that does not answer now may in a second; `finish` tries a last time, and says it.
                continue

    def _once(self, *, waiting: bool) -> None:
        names = {one.name for one in self._kept} | (self._bases.names if self._bases else set())
        # In this order: helm stores its revision before it applies anything, so these Secrets were read before that.
        live = read_live(self._api_client, self._namespace, sorted(names))
        newer = self._renderings.since(self._revision)
        if not newer and self._bases:
            self._kept = upkeep.to_keep(self._bases.finished, self._bases.newest, live)
        found = upkeep.to_put_back(self._kept, newer, live)
        for one in upkeep.meanwhile(found, live) if waiting else found:
            self._put_back(one)

    def _put_back(self, one: PutBack) -> None:
        attempt = f"put back what Epinio and its operators wrote into Secret {one.name}"
        where = rest.path(SECRETS, self._namespace, one.name)
        preconditions = {"resourceVersion": one.version, "uid": one.uid}
        if one.fields is None:
            rest.delete(attempt, self._api_client, where, {"preconditions": preconditions})
            return
        sections: dict[str, dict[str, str | None]] = {"data": {}, "annotations": {}, "labels": {}}
        for (section, key), value in one.fields.items():
            sections[section][key] = value
        data = sections.pop("data")
        body = {"metadata": {**preconditions, **sections}, "data": data}
        rest.patch(attempt, self._api_client, where, body, fieldManager=FIELD_MANAGER)
