# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write our record, each time as it was read: of two runs at once one plans again."""

from __future__ import annotations

from typing import Any, NoReturn

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import attachments
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    COLLECTION,
    FIELD_MANAGER,
    MANAGED_BY,
    WIRING,
    Wiring,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_record

ANOTHER = f"Secret {records.NAME} has changed meanwhile"


class RecordWriter:
    """The operations of a plan that change the record and nothing else.

    All read it anew, and raise `ServiceFailed` with code `409` if it is no longer what was planned with. With
    `rehearsal` every call is a dry run.
    """

    def __init__(self, api_client: Any, wiring: Wiring, *, rehearsal: bool = False) -> None:
        self._api_client = api_client
        self._wiring = wiring
        self._namespace = wiring.namespace
        self._dry_run = {"dryRun": "All"} if rehearsal else {}

    def note_attachments(self, policy: str, roles: list[str]) -> None:
        """Note that a policy is about to be attached to these roles; the record is made if there is none.

        Raises `Refused` if the namespace does not exist.
        """
        known = read_record(self._api_client, self._wiring)
        attempt = f"note in Secret {records.NAME} to which roles policy {policy} is attached"
        try:
            self._write(attempt, attachments.noted(known, policy, roles), exists=known is not None)
        except ServiceFailed as error:
            if error.code == "404" and known is None:
                raise Refused(f"The namespace {self._namespace} does not exist: check epinio_namespace.") from error
            raise

    def forget_attachments(self, policy: str, roles: list[str]) -> None:
        """Forget these roles of a policy, and delete the Secret if nothing else is in it."""
        attempt = f"forget in Secret {records.NAME} to which roles policy {policy} was attached"
        known = read_record(self._api_client, self._wiring)
        if known is None:
            return
        left = attachments.forgotten(known, policy, roles)
        if left is None:
            self._delete(attempt, known)
        else:
            self._write(attempt, left, exists=True)

    def remove_mode(self, mode: str, revision: int) -> None:
        """Forget a mode and what is noted for it alone. `revision` is that of the record which was planned with."""
        attempt = f"note in Secret {records.NAME} that {mode} is no longer wired"
        left = records.without(self._record(attempt, revision), mode)
        if left is None or not left.modes:
            overtaken(attempt, f"no other way of wiring is noted in Secret {records.NAME} any more")
        self._write(attempt, left, exists=True)

    def forget_release(self, revision: int) -> None:
        """Forget what the release was before, and leave the attachments. `revision` is that of the planned record."""
        attempt = f"forget in Secret {records.NAME} what the release was before"
        left = records.without_release(self._record(attempt, revision))
        if left is None:
            overtaken(attempt, ANOTHER)
        self._write(attempt, left, exists=True)

    def delete_record(self, revision: int) -> None:
        """Delete the record, but not one that another run has written since: `revision` is that of the planned one."""
        attempt = f"delete Secret {records.NAME}"
        record = read_record(self._api_client, self._wiring)
        if record is None:
            return
        if record.revision != revision or record.attachments:
            overtaken(attempt, ANOTHER)
        self._delete(attempt, record)

    def _record(self, attempt: str, revision: int | None = None) -> Record:
        """Our record, that of a revision if need be. Raises `ServiceFailed` with code `409` if it is not there."""
        record = read_record(self._api_client, self._wiring)
        if record is None or revision not in (None, record.revision):
            overtaken(attempt, ANOTHER)
        return record

    def _delete(self, attempt: str, record: Record) -> None:
        options = {"preconditions": {"resourceVersion": record.version}}
        where = rest.path(SECRETS, self._namespace, records.NAME)
        rest.delete(attempt, self._api_client, where, options, **self._dry_run)

    def _write(self, attempt: str, record: Record, *, exists: bool) -> None:
        metadata = {"labels": {MANAGED_BY: COLLECTION}, "annotations": {WIRING: str(self._wiring)}}
        data = records.to_data(record)
        query = {"fieldManager": FIELD_MANAGER, **self._dry_run}
        if not exists:
            body = {"metadata": {"name": records.NAME, **metadata}, "data": data}
            rest.create(attempt, self._api_client, rest.path(SECRETS, self._namespace), body, **query)
            return
        # Only as it was read: of two runs at once one plans again.
        body = {"metadata": {"resourceVersion": record.version, **metadata}, "data": {"kept": None, **data}}
        rest.patch(attempt, self._api_client, rest.path(SECRETS, self._namespace, records.NAME), body, **query)


def overtaken(attempt: str, reason: str) -> NoReturn:
    """Raise the conflict after which the world is read and planned again."""
    raise ServiceFailed(attempt, reason, code="409", advice="Run it again.")
