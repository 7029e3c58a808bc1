# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The changes around an upgrade: put back what an earlier one left, note what this one resets, and put that back.

No change carries a value: former values may be S3 keys, and what is kept are password hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change


@dataclass(frozen=True)
class Upkeep:
    """What was found: our record, what an earlier upgrade left to be put back, and what an upgrade now would reset."""

    record: Record | None = None
    left: tuple[PutBack, ...] = ()
    kept: tuple[KeptObject, ...] = ()


def first(found: Upkeep) -> tuple[Change, ...]:
    """Finish what a run that died has left, whether an upgrade follows or not."""
    if found.record is None or not found.record.kept:
        return ()
    return (_put_back(found.record.kept, found.left),)


def note(
    found: Upkeep, revision: int, config: Values, wanted: Mapping[Path, Any], mode: str, *, sources: bool
) -> Change:
    """Note what is to be gone back to, and what this upgrade of the newest revision will reset.

    `config` are that revision's user-supplied values, `wanted` those of our keys. `sources` says that applications'
    sources are left behind. Raises `Refused` for a record that is too large for a Secret.
    """
    records.to_data(replace(records.renewed(found.record, revision, config, wanted, mode), kept=found.kept))
    names = [one.name for one in found.kept]
    kept = f", and what Epinio and its operators wrote into {_secrets(names)}" if names else ""
    return Change(
        f"note in Secret {records.NAME} the values that {len(wanted)} keys had in revision {revision}{kept}",
        "upkeep.save_record",
        {
            "revision": revision,
            "mode": mode,
            "values": {helm.dotted(keys): value for keys, value in wanted.items()},
            "objects": names,
            "sources": sources,
        },
    )


def note_mode(revision: int, wanted: Mapping[Path, Any], mode: str) -> Change:
    """Note a mode whose values the newest revision has already, of ours in another mode or of somebody's."""
    return Change(
        f"note in Secret {records.NAME} that {mode} is wired",
        "upkeep.save_mode",
        {"revision": revision, "mode": mode, "values": {helm.dotted(keys): value for keys, value in wanted.items()}},
    )


def keep(found: Upkeep, record: Record, revision: int) -> Change:
    """Note what an upgrade of the newest revision that takes values back will reset; what is noted else stays.

    Raises `Refused` for a record that is too large for a Secret.
    """
    records.to_data(replace(record, kept=found.kept, kept_at=revision))
    names = [one.name for one in found.kept]
    kept = f"what Epinio and its operators wrote into {_secrets(names)}" if names else "that the upgrade resets nothing"
    return Change(f"note in Secret {records.NAME} {kept}", "upkeep.save_kept", {"revision": revision, "objects": names})


def forget(record: Record, mode: str) -> Change:
    """Forget the values to go back to once a mode is taken down: all of them with the last one."""
    left = records.without(record, mode)
    if left is None or not left.modes:
        return delete(record)
    return Change(
        f"note in Secret {records.NAME} that {mode} is no longer wired",
        "upkeep.remove_mode",
        {"mode": mode, "revision": record.revision},
    )


def delete(record: Record) -> Change:
    """Delete the record. Attachments to roles of nodes stay noted until they are detached."""
    if record.attachments:
        summary = f"forget in Secret {records.NAME} what the release was before"
        return Change(summary, "upkeep.forget_release", {"revision": record.revision})
    return Change(f"delete Secret {records.NAME}", "upkeep.delete_record", {"revision": record.revision})


def last(found: Upkeep) -> tuple[Change, ...]:
    """Put back what the upgrade reset."""
    return (_put_back(found.kept, found.kept),) if found.kept else ()


def _put_back(kept: Iterable[KeptObject], lost: Iterable[KeptObject | PutBack]) -> Change:
    names = [one.name for one in lost]
    summary = (
        f"put back what Epinio and its operators wrote into {_secrets(names)}"
        if names
        else f"remove from Secret {records.NAME} what an earlier upgrade was to put back: nothing is left to do"
    )
    return Change(summary, "upkeep.put_back", {"objects": [one.name for one in kept]})


def _secrets(names: list[str]) -> str:
    return f"Secret{'s' if len(names) > 1 else ''} {', '.join(names)}"
