# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secret `epinio-aws-wiring`: what the release was before it was wired, and what an upgrade must not reset.

It also names the nodes' roles that a policy of ours is attached to: those roles are somebody else's and carry no mark.

It lies in the release's namespace. Former values may be S3 keys and the kept part holds password hashes: both stay in
this Secret and enter no result.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import Field
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import OF_MODE, OF_STORE
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

NAME = "epinio-aws-wiring"
# Kubernetes' own limit: all values of a Secret's data together (k8s.io/api/core/v1, MaxSecretSize).
LARGEST = 1024 * 1024
# The format, so that a later version can read what this one wrote.
_FORMAT = 1


@dataclass(frozen=True)
class KeptObject:
    """What an upgrade resets of one Secret: fields with their values, `None` for one that was taken out.

    `deleted`: somebody deleted the Secret, and the chart renders it anew.
    """

    name: str
    fields: Mapping[Field, str | None] = field(default_factory=dict, repr=False)
    deleted: bool = False


@dataclass(frozen=True)
class Record:
    """`former`: the values of our keys before they were ours; `ours`: those that we gave them. `ABSENT` is no value.

    `parents` are the leaves that stood above keys of ours (`annotations: {}`). `revision` was the release's newest
    when our values were noted last, before an upgrade that gave them; `modes` are the ways that are wired (`irsa`,
    `instance_profile`).
    `kept` is what an upgrade of revision `kept_at` resets, and empty once it is put back: the last one of ours, also
    one that takes values back. `sources` are the blobs of applications that were in the store of the former values when
    it was left. `attachments` are names of roles by the ARN of the policy that is attached to them, or about to be; a
    record may hold nothing else. `version` is the Secret's resourceVersion when it was read.
    """

    former: Mapping[Path, Any] = field(repr=False)
    revision: int
    modes: tuple[str, ...]
    ours: Mapping[Path, Any] = field(default_factory=dict)
    kept: tuple[KeptObject, ...] = ()
    version: str = field(default="", compare=False)
    parents: Mapping[Path, Any] = field(default_factory=dict, repr=False)
    kept_at: int = 0
    sources: tuple[str, ...] = ()
    attachments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def of_release(self) -> bool:
        """Whether it says anything of the release."""
        return bool(self.modes or self.former or self.kept)


def no_longer_ours(record: Record, revision: int, config: Values) -> tuple[Path, ...]:
    """Key paths of ours to which somebody gave another value since; `config` are the newest revision's values.

    Where our upgrade never came to be, nobody has undone it: the former values are there. Any other value is
    somebody's, of a release that was installed anew.
    """
    waiting = record.former if revision <= record.revision else {}

    def is_ours(keys: Path) -> bool:
        value = helm.get(config, keys)
        return helm.equal(value, record.ours[keys]) or (keys in waiting and helm.equal(value, waiting[keys]))

    return tuple(keys for keys in record.ours if not is_ours(keys))


def renewed(
    record: Record | None,
    revision: int,
    config: Values,
    wanted: Mapping[Path, Any],
    mode: str,
    sources: tuple[str, ...] = (),
) -> Record:
    """The record for an upgrade that gives the wanted values to our keys.

    `revision` is the newest, `config` are its values, `sources` are the blobs that the upgrade leaves behind. A former
    value once recorded stays, unless the key is no longer ours: then what somebody gave it is the value to go back to.
    Which blobs are in a store that somebody chose since, nobody knows.
    """
    known = record or Record({}, revision, ())
    lost = no_longer_ours(known, revision, config)
    anew = [keys for keys in wanted if keys not in known.former or keys in lost]
    above = {found: helm.get(config, found) for keys in anew if (found := helm.leaf_above(config, keys))}
    return replace(
        known,
        former={**known.former, **{keys: helm.get(config, keys) for keys in anew}},
        parents={**_parents(known.parents, set(known.former) - set(anew)), **above},
        ours={**known.ours, **wanted},
        sources=sources if not known.modes else () if OF_STORE & set(anew) else known.sources,
        revision=revision,
        modes=tuple(sorted({*known.modes, mode})),
    )


def due(record: Record, mode: str) -> frozenset[Path]:
    """The keys that go back with a mode: all with the last one, its own before that, none if it is not wired."""
    if mode not in record.modes:
        return frozenset()
    known = frozenset(record.former)
    return known & OF_MODE.get(mode, frozenset()) if len(record.modes) > 1 else known


def changed_since(record: Record, mode: str, revision: int, config: Values) -> tuple[Path, ...]:
    """Keys that are due to go back with a mode, but that somebody gave a value of his own, which stays."""
    lost = no_longer_ours(record, revision, config)
    return tuple(
        keys
        for keys in lost
        if keys in due(record, mode) and not helm.equal(helm.get(config, keys), record.former[keys])
    )


def reachable(record: Record, mode: str, revision: int, config: Values, switches: Iterable[str]) -> frozenset[str]:
    """The noted blobs that are in the store which Epinio has once a mode is taken down.

    `switches` are those of the bundled stores of the chart to come: another family's store is another store.
    """
    gone = OF_STORE & set(changed_since(record, mode, revision, config))
    known = all(helm.path(switch) in record.former for switch in switches)
    return frozenset(record.sources) if known and not gone else frozenset()


def without(record: Record, mode: str) -> Record | None:
    """The record once a mode is taken down; `None` if it was the last one and nothing else is noted."""
    modes = tuple(one for one in record.modes if one != mode)
    if not modes:
        return without_release(record)
    stay = set(record.former) - due(record, mode)
    return replace(
        record,
        modes=modes,
        former={keys: record.former[keys] for keys in record.former if keys in stay},
        ours={keys: record.ours[keys] for keys in record.ours if keys in stay},
        parents=_parents(record.parents, stay),
    )


def without_release(record: Record) -> Record | None:
    """The record without all that it says of the release; `None` if it says nothing else."""
    if not record.attachments:
        return None
    return Record({}, 0, (), version=record.version, attachments=record.attachments)


def to_data(record: Record) -> dict[str, str]:
    """The Secret's data, base64. Raises `Refused` for a record that does not fit into a Secret."""
    content = {
        "format": _FORMAT,
        "revision": record.revision,
        "modes": list(record.modes),
        "former": _listed(record.former),
        "ours": _listed(record.ours),
        "parents": _listed(record.parents),
        "sources": list(record.sources),
        "attachments": {policy: list(roles) for policy, roles in record.attachments.items()},
    }
    texts = {"record": json.dumps(content)}
    if record.kept:
        texts["kept"] = json.dumps({"revision": record.kept_at, "objects": [_object(kept) for kept in record.kept]})
    size = sum(len(text.encode()) for text in texts.values())
    if size > LARGEST:
        raise Refused(
            f"What has to be noted before the upgrade has {size} bytes, and Secret {NAME} holds at most {LARGEST}. "
            f"Most of it is in {', '.join(_largest(record.kept))}: make that smaller first."
        )
    return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}


def from_data(data: Mapping[str, str], version: str = "") -> Record:
    """The record in the Secret's data. Raises `Refused` for one that this version of the collection cannot read."""
    try:
        content = json.loads(base64.b64decode(data["record"]))
        kept: Any = json.loads(base64.b64decode(data["kept"])) if "kept" in data else {"revision": 0, "objects": []}
        if content["format"] != _FORMAT:
            raise Refused(f"Secret {NAME} was written by a later version of this collection: use that one.")
        return Record(
            former=_mapping(content["former"]),
            revision=int(content["revision"]),
            modes=tuple(content["modes"]),
            ours=_mapping(content["ours"]),
            kept=tuple(_kept(one) for one in kept["objects"]),
            version=version,
            parents=_mapping(content["parents"]),
            kept_at=int(kept["revision"]),
            sources=tuple(content["sources"]),
            attachments={policy: tuple(roles) for policy, roles in content["attachments"].items()},
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        # The parser's own error would quote the content.
        raise Refused(
            f"Secret {NAME} cannot be read: somebody changed it. Put it back as it was. If nobody can, keep a copy "
            f"(kubectl get secret {NAME} --output yaml) and delete it: the next run of the wiring notes the release's "
            "present values as those to go back to."
        ) from None


def _parents(parents: Mapping[Path, Any], keys: set[Path]) -> dict[Path, Any]:
    """Those of the parents that stand above one of these keys."""
    return {above: value for above, value in parents.items() if any(one[: len(above)] == above for one in keys)}


def _largest(kept: tuple[KeptObject, ...]) -> list[str]:
    by_size = sorted(kept, key=lambda one: -len(json.dumps(_object(one))))
    return [f"Secret {one.name}" for one in by_size[:3]] or ["the release's former values"]


def _listed(leaves: Mapping[Path, Any]) -> list[dict[str, Any]]:
    return [{"key": list(keys), **({} if value is ABSENT else {"value": value})} for keys, value in leaves.items()]


def _mapping(listed: list[dict[str, Any]]) -> dict[Path, Any]:
    return {tuple(one["key"]): one.get("value", ABSENT) for one in listed}


def _object(kept: KeptObject) -> dict[str, Any]:
    listed = [[section, key, value] for (section, key), value in kept.fields.items()]
    return {"name": kept.name, "fields": listed, "deleted": kept.deleted}


def _kept(one: Mapping[str, Any]) -> KeptObject:
    fields = {(section, key): value for section, key, value in one["fields"]}
    return KeptObject(one["name"], fields, one["deleted"])
