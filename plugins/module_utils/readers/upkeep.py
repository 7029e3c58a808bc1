# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our record, the Secrets that Epinio keeps state in, and what the release's revisions rendered of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_secrets, helm_storage, upkeep
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import Rendering
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import Live, PutBack
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark, Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.readers.helm import find_revisions, read_release
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS, read_secret


@dataclass(frozen=True)
class Bases:
    """What an upgrade starts from: the newest revision, and the last deployed one, which helm upgrades from.

    They are the same unless the newest failed or is pending. `deployed` is `None` if none ever was.
    """

    release: Release
    deployed: Release | None
    revisions: tuple[Revision, ...]

    @property
    def releases(self) -> tuple[Release, ...]:
        """The newest and the deployed revision, each once."""
        one_more = self.deployed if self.deployed is not self.release else None
        return (self.release, one_more) if one_more else (self.release,)

    @cached_property
    def newest(self) -> Rendering:
        return epinio_secrets.rendered(self.release.manifest, self.release.namespace)

    @cached_property
    def finished(self) -> Rendering:
        if self.deployed is None or self.deployed is self.release:
            return self.newest if self.deployed else {}
        return epinio_secrets.rendered(self.deployed.manifest, self.deployed.namespace)

    @property
    def names(self) -> set[str]:
        return {*self.finished, *self.newest}


def read_record(api_client: Any, wiring: Wiring) -> Record | None:
    """Our record for this wiring. Raises `Refused` for a Secret of its name that is not ours or cannot be read."""
    secret = read_secret(api_client, wiring.namespace, records.NAME)
    if secret is None:
        return None
    metadata = secret["metadata"]
    marks = {**(metadata.get("labels") or {}), **(metadata.get("annotations") or {})}
    if wiring.mark(marks) is not Mark.OURS:
        raise Refused(
            f"Secret {records.NAME} in namespace {wiring.namespace} is not this wiring's ({wiring}) but "
            f"{marks.get(WIRING, 'of somebody unknown')}: delete it if nobody needs it, for example if it came with a "
            "backup of another cluster."
        )
    return records.from_data(secret.get("data") or {}, metadata["resourceVersion"])


def read_live(api_client: Any, namespace: str, names: Iterable[str]) -> dict[str, Live]:
    """The Secrets of these names that exist: one list of Epinio's users, one call for each other name."""
    users = rest.items(
        f"list Epinio's users in namespace {namespace}",
        api_client,
        rest.path(SECRETS, namespace),
        labelSelector=f"{epinio_secrets.USERS_LABEL}=true",
    )
    found = {secret["metadata"]["name"]: secret for secret in users}
    wanted = {name: found.get(name) or read_secret(api_client, namespace, name) for name in names}
    return {name: _live(secret) for name, secret in wanted.items() if secret is not None}


def read_bases(api_client: Any, namespace: str, release: str) -> Bases:
    """What an upgrade would start from. Raises `Refused` if there is no release."""
    bases = find_bases(api_client, namespace, release)
    if bases is None:
        raise helm_storage.missing(namespace, release)
    return bases


def find_bases(api_client: Any, namespace: str, release: str) -> Bases | None:
    """What an upgrade would start from; `None` if there is no release."""
    revisions = find_revisions(api_client, namespace, release)
    if not revisions:
        return None
    newest = read_release(api_client, namespace, release, revisions[-1].number)
    finished = helm_storage.last_finished(revisions)
    if finished is None:
        return Bases(newest, None, revisions)
    same = finished == newest.revision
    return Bases(newest, newest if same else read_release(api_client, namespace, release, finished), revisions)


def read_kept(api_client: Any, namespace: str, bases: Bases, left: tuple[PutBack, ...] = ()) -> tuple[KeptObject, ...]:
    """What an upgrade from these bases would reset, once what is `left` from an earlier one is put back."""
    live = read_live(api_client, namespace, bases.names | {one.name for one in left})
    return upkeep.to_keep(bases.finished, bases.newest, upkeep.after(live, left))


def read_left(api_client: Any, namespace: str, release: str, record: Record | None) -> tuple[PutBack, ...]:
    """What an upgrade reset that ended before all was put back: by a kill, or because the API did not answer."""
    if record is None or not record.kept:
        return ()
    newer = Renderings(api_client, namespace, release).since(record.kept_at)
    live = read_live(api_client, namespace, [one.name for one in record.kept]) if newer else {}
    return upkeep.to_put_back(record.kept, newer, live)


def read_since(api_client: Any, bases: Bases, revision: int) -> tuple[Release, ...]:
    """The stored revisions after this one, oldest first."""
    newest = bases.release
    older = [one.number for one in bases.revisions if revision < one.number < newest.revision]
    return (*(read_release(api_client, newest.namespace, newest.name, number) for number in older), newest)


class Renderings:
    """What the revisions of a release rendered. Each is read once: a stored manifest never changes."""

    def __init__(self, api_client: Any, namespace: str, release: str) -> None:
        self._api_client = api_client
        self._namespace = namespace
        self._release = release
        self._known: dict[int, Rendering] = {}

    def since(self, revision: int) -> list[Rendering]:
        """The renderings of all newer revisions, oldest first."""
        revisions = find_revisions(self._api_client, self._namespace, self._release)
        return [self._rendering(one.number) for one in revisions if one.number > revision]

    def _rendering(self, number: int) -> Rendering:
        if number not in self._known:
            release = read_release(self._api_client, self._namespace, self._release, number)
            self._known[number] = epinio_secrets.rendered(release.manifest, self._namespace)
        return self._known[number]


def _live(secret: Any) -> Live:
    metadata = secret["metadata"]
    found = epinio_secrets.fields(
        secret.get("data") or {}, metadata.get("annotations") or {}, metadata.get("labels") or {}
    )
    return Live(found, metadata["uid"], metadata["resourceVersion"])
