# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which revision of the release took our values, when, and how."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path


def undone(record: Record, history: Sequence[Release], lost: Iterable[Path]) -> Iterator[str]:
    """What each revision did to keys of ours that are lost, as `<revision> dropped a and gave another value to b`.

    `history` are the revisions since our last upgrade, oldest first. A key was lost in the first of those that have
    lacked our value until now.
    """
    found: dict[int, list[Path]] = {}
    for keys in lost:
        found.setdefault(_lost_in(record, history, keys), []).append(keys)
    for release in history:
        if release.revision in found:
            yield f"{release.label} {_done(release, found[release.revision])}"


def _lost_in(record: Record, history: Sequence[Release], keys: Path) -> int:
    since = takewhile(lambda one: not _ours(record, one, keys), reversed(history))
    return min(one.revision for one in since)


def _ours(record: Record, release: Release, keys: Path) -> bool:
    return helm.equal(helm.get(release.config, keys), record.ours[keys])


def _done(release: Release, lost: list[Path]) -> str:
    dropped = [helm.dotted(keys) for keys in lost if helm.get(release.config, keys) is ABSENT]
    given = [helm.dotted(keys) for keys in lost if helm.get(release.config, keys) is not ABSENT]
    parts = [
        f"dropped {', '.join(dropped)}" if dropped else "",
        f"gave {'other values' if len(given) > 1 else 'another value'} to {', '.join(given)}" if given else "",
    ]
    return " and ".join(filter(None, parts))
