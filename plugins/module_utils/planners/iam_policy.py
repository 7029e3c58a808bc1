# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan a managed policy: its document and our mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, differences, documents, names, tags
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    Mark,
    Wiring,
    refuse_another,
    refuse_unmarked,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
MOST_VERSIONS = 5
MOST_CHARACTERS = 6144


@dataclass(frozen=True)
class Use:
    """A `role`, `user` or `group` that has a policy, attached or as its permissions boundary."""

    kind: str
    name: str
    boundary: bool = False


@dataclass(frozen=True)
class Policy:
    """A managed policy that exists.

    `versions` are the identifiers of those that are not the default, oldest first. `uses` are read at a removal, and
    where attachments are to be changed.
    """

    arn: str
    document: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """The policy as it is wanted; the checks of names and sizes are made before any call."""

    wiring: Wiring
    name: str
    path: str
    document: Mapping[str, Any]
    description: str = ""
    tags: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names.check_name("policy", self.name)
        names.check_path(self.path)
        names.check_tags(self.marked)
        documents.check(self.document)
        size = documents.size(self.document)
        if size > MOST_CHARACTERS:
            raise Refused(f"The policy {self.name} has {size} characters: IAM takes at most {MOST_CHARACTERS}.")

    @property
    def arn(self) -> str:
        return arns.policy_arn(self.wiring.cluster, self.path, self.name)

    @property
    def marked(self) -> dict[str, str]:
        return self.wiring.tags(self.tags)


def plan(wanted: Wanted, actual: Policy | None) -> Plan:
    """The changes that make the policy what is wanted.

    Raises `Refused` for a policy of another wiring, and for an unmarked one that says anything else.
    """
    if actual is None:
        return Plan({}, view(wanted.arn, wanted.document, wanted.marked), (_create(wanted),))
    if not _is_ours(wanted, actual):
        found = view(actual.arn, actual.document, actual.tags)
        notice = f"Policy {wanted.name} was not made by this collection; it says what is wanted and is used as it is."
        return Plan(found, found, notices=(notice,))
    after = view(actual.arn, wanted.document, {**actual.tags, **wanted.marked})
    if documents.equal(wanted.document, actual.document):
        after["document"] = actual.document
    return Plan(view(actual.arn, actual.document, actual.tags), after, tuple(_changes(wanted, actual)))


def _is_ours(wanted: Wanted, actual: Policy) -> bool:
    mark = wanted.wiring.mark(actual.tags)
    if mark is Mark.ANOTHER_WIRING:
        refuse_another("policy", wanted.name, actual.tags)
    if mark is Mark.NONE and not documents.equal_but_for_names(wanted.document, actual.document):
        refuse_unmarked("policy", wanted.name, differences.of_documents(actual.document, wanted.document), actual.tags)
    return mark is Mark.OURS


def _changes(wanted: Wanted, actual: Policy) -> Iterator[Change]:
    lacking = tags.missing(wanted.marked, actual.tags)
    if lacking:
        yield Change(
            f"tag policy {wanted.name} with {', '.join(sorted(lacking))}",
            "iam.tag_policy",
            {"PolicyArn": actual.arn, "Tags": tags.to_aws(lacking)},
        )
    if documents.equal(wanted.document, actual.document):
        return
    for version in actual.versions[: max(0, len(actual.versions) + 2 - MOST_VERSIONS)]:
        yield Change(
            f"delete version {version} of policy {wanted.name}, the oldest of {MOST_VERSIONS}",
            "iam.delete_policy_version",
            {"PolicyArn": actual.arn, "VersionId": version},
        )
    yield Change(
        f"make the wanted document the default version of policy {wanted.name}",
        "iam.replace_default_version",
        {"PolicyArn": actual.arn, "PolicyDocument": documents.text(wanted.document)},
    )


def _create(wanted: Wanted) -> Change:
    arguments: dict[str, Any] = {
        "PolicyName": wanted.name,
        "Path": wanted.path,
        "PolicyDocument": documents.text(wanted.document),
        "Tags": tags.to_aws(wanted.marked),
    }
    if wanted.description:
        arguments["Description"] = wanted.description
    return Change(f"create policy {wanted.name}", "iam.create_policy", arguments)


def view(arn: str, document: Mapping[str, Any], marks: Mapping[str, str]) -> dict[str, Any]:
    """The policy as the module returns it."""
    return {"arn": arn, "document": dict(document), "tags": dict(marks)}
