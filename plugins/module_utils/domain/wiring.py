# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose is it? The mark that every object of ours carries, and what it says about an object that is found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NoReturn

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, names
from ansible_collections.epinio.aws.plugins.module_utils.domain.tags import owners, texts
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

MANAGED_BY = "epinio.aws/managed-by"
WIRING = "epinio.aws/wiring"
COLLECTION = "epinio.aws"
FIELD_MANAGER = "epinio.aws"


class Mark(Enum):
    """What an object's tags or labels say."""

    OURS = "ours"
    ANOTHER_WIRING = "another wiring's"
    NONE = "unmarked"


@dataclass(frozen=True)
class Wiring:
    """One Epinio on one cluster: `<cluster ARN>/<namespace>`, the owner of everything that a run makes."""

    cluster: arns.Cluster
    namespace: str

    def __str__(self) -> str:
        return f"{self.cluster.arn}/{self.namespace}"

    def tags(self, own: Mapping[str, str]) -> dict[str, str]:
        """The user's tags and our mark. Raises `Refused` where a tag of the user's takes a key of the mark."""
        chosen = texts(own)
        taken = {MANAGED_BY, WIRING} & {key.lower() for key in chosen}
        if taken:
            raise Refused(f"The tag {sorted(taken)[0]} marks what this collection made: take it out of epinio_tags.")
        return {**chosen, MANAGED_BY: COLLECTION, WIRING: str(self)}

    def mark(self, tags: Mapping[str, str]) -> Mark:
        """What the tags of an object say about its owner."""
        if tags.get(MANAGED_BY) != COLLECTION:
            return Mark.NONE
        return Mark.OURS if tags.get(WIRING) == str(self) else Mark.ANOTHER_WIRING


def wiring(text: str) -> Wiring:
    """The wiring that a text names. Raises `Refused` for anything but `<cluster ARN>/<namespace>`."""
    arn, _slash, namespace = text.rpartition("/")
    if not namespace:
        raise Refused(f"{text!r} does not name a wiring: <ARN of the EKS cluster>/<namespace of the release>.")
    names.check_namespace(namespace)
    return Wiring(arns.cluster(arn), namespace)


def refuse_another(kind: str, name: str, tags: Mapping[str, str]) -> NoReturn:
    """Raise `Refused` for an object that belongs to another wiring: IAM objects are never shared between clusters."""
    raise Refused(
        f"The {kind} {name} belongs to another wiring, {tags.get(WIRING, 'which it does not name')}. "
        "IAM objects are never shared between clusters: set epinio_name_suffix to give this wiring names of its own."
    )


def refuse_unmarked(kind: str, name: str, differences: list[str], tags: Mapping[str, str]) -> NoReturn:
    """Raise `Refused` for an unmarked object that would have to be changed, or that grants more than is wanted."""
    owner = owners(tags)
    removal = "have its owner remove it" if owner else "remove it"
    raise Refused(
        f"The {kind} {name} exists, was not made by this collection, and is not what is wanted: "
        f"{'; '.join(differences)}. {f'{owner}. ' if owner else ''}It is left as it is. Set epinio_name_suffix to use "
        f"names of its own, or {removal} if nobody needs it."
    )
