# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep our record, and see to it that Epinio's own state survives while helm is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import upkeep
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_blobs
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import (
    Bases,
    read_bases,
    read_live,
    read_record,
)
from ansible_collections.epinio.aws.plugins.module_utils.writers.record import ANOTHER, RecordWriter, overtaken
from ansible_collections.epinio.aws.plugins.module_utils.writers.restoring import Restorer

T = TypeVar("T")

_NOTING = f"note in Secret {records.NAME} what the upgrade changes"


class UpkeepWriter(RecordWriter):
    """The operations `upkeep.…` of a plan, and `during`, in which the plan's other writer runs helm."""

    def __init__(self, api_client: Any, wiring: Wiring, release: str) -> None:
        super().__init__(api_client, wiring)
        self._release = release

    def save_record(
        self, revision: int, mode: str, values: Mapping[str, Any], objects: list[str], sources: bool = False
    ) -> None:
        """Note the former values of our keys (`values`, by dotted path) and what an upgrade resets of these Secrets.

        With `sources` also which blobs of applications it leaves in the store. All is read anew. Raises `ServiceFailed`
        with code `409` if it is no longer what was planned with.
        """
        known = read_record(self._api_client, self._wiring)
        bases = read_bases(self._api_client, self._namespace, self._release)
        kept = self._kept(bases, revision, objects)
        wanted = {helm.path(keys): value for keys, value in values.items()}
        blobs = read_blobs(self._api_client) if sources else ()
        record = records.renewed(known, revision, bases.release.config, wanted, mode, blobs)
        self._write(_NOTING, replace(record, kept=kept, kept_at=revision), exists=known is not None)

    def save_mode(self, revision: int, mode: str, values: Mapping[str, Any]) -> None:
        """Note that a mode is wired, whose `values` the release has already, by dotted path.

        Raises `ServiceFailed` with code `409` if the release is no longer what was planned with.
        """
        known = read_record(self._api_client, self._wiring)
        newest = read_bases(self._api_client, self._namespace, self._release).release
        if newest.revision != revision:
            overtaken(_NOTING, f"release {self._release} has changed meanwhile")
        wanted = {helm.path(keys): value for keys, value in values.items()}
        self._write(_NOTING, records.renewed(known, revision, newest.config, wanted, mode), exists=known is not None)

    def save_kept(self, revision: int, objects: list[str]) -> None:
        """Note what an upgrade resets of these Secrets, in a record that is there, and leave the rest of it as it is.

        Raises `ServiceFailed` with code `409` if the world is no longer what was planned with.
        """
        bases = read_bases(self._api_client, self._namespace, self._release)
        kept = self._kept(bases, revision, objects)
        record = self._record(_NOTING)
        self._write(_NOTING, replace(record, kept=kept, kept_at=revision), exists=True)

    def put_back(self, objects: list[str]) -> None:
        """Put back what is still as an upgrade made it, and forget it: it holds hashes of passwords.

        Raises `ServiceFailed` with code `409` if the record is not about these Secrets.
        """
        attempt = "put back what an upgrade reset"
        record = self._record(attempt)
        if [one.name for one in record.kept] != objects:
            overtaken(attempt, ANOTHER)
        self._restorer(record).finish()
        self._forget(record)

    def during(self, call: Callable[[], T]) -> T:
        """The call's answer. What the upgrade or rollback in it resets is put back every second, and when it has ended.

        A failure that is to be passed over belongs inside the call: after any other the run is at its end, so the
        record forgets what is put back. Without a record the call is simply made.
        """
        record = read_record(self._api_client, self._wiring)
        if record is None:
            return call()
        restorer = self._restorer(record)
        try:
            with restorer.repeatedly(read_bases(self._api_client, self._namespace, self._release)):
                answer = call()
        except EpinioAwsError as failure:
            self._after_failure(restorer, record, failure)
            raise
        restorer.finish()
        return answer

    def _after_failure(self, restorer: Restorer, record: Record, failure: EpinioAwsError) -> None:
        try:
            restorer.finish()
            self._forget(record)
        except ServiceFailed as error:
            raise EpinioAwsError(f"{failure} Besides: {error} The next run puts it back.", **failure.facts) from failure

    def _kept(self, bases: Bases, revision: int, objects: list[str]) -> tuple[KeptObject, ...]:
        """What an upgrade would reset, read anew. Raises `ServiceFailed` with code `409` if it is not as planned."""
        live = read_live(self._api_client, self._namespace, sorted(bases.names))
        kept = upkeep.to_keep(bases.finished, bases.newest, live)
        if bases.release.revision != revision or [one.name for one in kept] != objects:
            overtaken(_NOTING, f"release {self._release} or one of Epinio's users has changed meanwhile")
        return kept

    def _restorer(self, record: Record) -> Restorer:
        return Restorer(self._api_client, self._namespace, self._release, record.kept_at, record.kept)

    def _forget(self, record: Record) -> None:
        if record.kept:
            attempt = f"remove from Secret {records.NAME} what is put back"
            self._write(attempt, replace(record, kept=()), exists=True)
