# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Epinio's own state survives an upgrade of the release: what the upgrade would reset, and what is to be put back.

The chart renders users and dex's settings with `stringData`, so every upgrade sends them again. What differs from the
rendering *before* the upgrade is Epinio's or an operator's; what still reads as the rendering *of* the upgrade is what
the upgrade reset. Everything between the two is decided field by field, so that a field which nobody had touched
follows the values (another domain, a new password in the values), and a field that somebody changes while helm still
waits stays. Renderings are compared as Helm stored them: bcrypt makes every new one different.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import (
    DEX_CONFIG,
    USER,
    Field,
    Fields,
    Rendering,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject


@dataclass(frozen=True)
class Live:
    """A Secret in the cluster. `uid` and `version` (resourceVersion) are the preconditions of a change to it."""

    fields: Fields = field(repr=False)
    uid: str = ""
    version: str = ""


@dataclass(frozen=True)
class PutBack:
    """Fields to be given back to a Secret, `None` for one to be taken out again; `None` for all: delete it again."""

    name: str
    fields: Mapping[Field, str | None] | None = field(repr=False)
    uid: str = ""
    version: str = ""


def to_keep(finished: Rendering, newest: Rendering, live: Mapping[str, Live]) -> tuple[KeptObject, ...]:
    """What an upgrade would reset, in the order of names.

    `finished` is the rendering of the last revision that was deployed, `newest` that of the newest one: the same
    unless that failed. A Secret counts as deleted only if a deployed revision rendered it: a failed one may never have
    made it.
    """
    found = (_to_keep(name, finished, newest, live.get(name)) for name in sorted({*finished, *newest}))
    return tuple(one for one in found if one.fields or one.deleted)


def to_put_back(
    kept: Iterable[KeptObject], newer: Sequence[Rendering], live: Mapping[str, Live]
) -> tuple[PutBack, ...]:
    """What the upgrade has reset and nobody has changed since.

    `newer` are the renderings of the revisions since the record was made: more than one if an upgrade died and another
    one, or a rollback, failed before it came to these Secrets. A field that reads as any of them was reset.
    """
    found = (_to_put_back(one, [r[one.name] for r in newer if one.name in r], live.get(one.name)) for one in kept)
    return tuple(one for one in found if one is not None)


def meanwhile(found: Iterable[PutBack], live: Mapping[str, Live]) -> tuple[PutBack, ...]:
    """What of this can be put back while helm still waits.

    Helm 4 waits for everything that it rendered, so a Secret that is deleted then fails the upgrade. A user who is to
    be deleted again loses the label until then: Epinio finds its users by it (epinio/epinio, internal/auth/auth.go).
    """
    return tuple(
        one if one.fields is not None else replace(one, fields={USER: None})
        for one in found
        if one.fields is not None or USER in live[one.name].fields
    )


def after(live: Mapping[str, Live], put_back: Iterable[PutBack]) -> dict[str, Live]:
    """The Secrets as they will be once this is put back."""
    result = dict(live)
    for one in put_back:
        if one.fields is None:
            del result[one.name]
            continue
        merged = {**live[one.name].fields, **one.fields}
        fields = {key: value for key, value in merged.items() if value is not None}
        result[one.name] = replace(live[one.name], fields=fields)
    return result


def at_odds(kept: Iterable[KeptObject], newest: Rendering, wanted: Rendering) -> tuple[str, ...]:
    """Keys of dex's settings that somebody edited and that the upgrade would render otherwise than before.

    Of these the edited text is put back, so what the new values say must be edited into it by hand. Users are left out:
    their passwords are hashed anew at every rendering.
    """
    before, now = newest.get(DEX_CONFIG, {}), wanted.get(DEX_CONFIG, {})
    edited = next((one.fields for one in kept if one.name == DEX_CONFIG), {})
    return tuple(key for section, key in sorted(edited) if before.get((section, key)) != now.get((section, key)))


def _to_keep(name: str, finished: Rendering, newest: Rendering, live: Live | None) -> KeptObject:
    bases = [base[name] for base in (finished, newest) if name in base]
    if live is None:
        return KeptObject(name, deleted=name in finished)
    present = {*live.fields, *(one for base in bases for one in base)}
    touched = [one for one in sorted(present) if all(live.fields.get(one) != base.get(one) for base in bases)]
    return KeptObject(name, {one: live.fields.get(one) for one in touched})


def _to_put_back(kept: KeptObject, reset: list[Fields], live: Live | None) -> PutBack | None:
    if live is None:
        return None
    if kept.deleted:
        # As a whole, but for the label: a user who was given anything since is somebody's.
        untouched = _unlabelled(live.fields) in [_unlabelled(fields) for fields in reset]
        return PutBack(kept.name, None, live.uid, live.version) if untouched else None
    lost = {
        one: value
        for one, value in kept.fields.items()
        if live.fields.get(one) != value and any(live.fields.get(one) == fields.get(one) for fields in reset)
    }
    return PutBack(kept.name, lost, live.uid, live.version) if lost else None


def _unlabelled(fields: Fields) -> Fields:
    return {one: value for one, value in fields.items() if one != USER}
