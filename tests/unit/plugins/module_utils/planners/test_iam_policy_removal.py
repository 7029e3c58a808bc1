"""A policy of ours goes with all its versions, unless somebody else uses it."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Use
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy_removal import Unwanted, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
UNWANTED = Unwanted(OWNER, "p", "/team/", ("server", "staging"))
ARN = "arn:aws:iam::123456789012:policy/team/p"
DOCUMENT = documents.document({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
OURS = Policy(ARN, DOCUMENT, OWNER.tags({"team": "a"}))
DELETED = ("iam.delete_policy", {"PolicyArn": ARN})


def _changes(actual: Policy | None) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(UNWANTED, actual).changes]


def test_no_policy_is_nothing() -> None:
    found = plan(UNWANTED, None)
    assert (found.before, found.after, found.changes, found.residue) == ({}, {}, (), ())


def test_ours_goes_whatever_it_says_by_now() -> None:
    found = plan(UNWANTED, OURS)
    assert _changes(OURS) == [DELETED]
    assert found.before == {"arn": ARN, "document": DOCUMENT, "tags": OURS.tags}
    assert (found.after, found.residue) == ({}, ())


def test_other_versions_go_first() -> None:
    deleted = [("iam.delete_policy_version", {"PolicyArn": ARN, "VersionId": name}) for name in ("v2", "v7")]
    assert _changes(replace(OURS, versions=("v2", "v7"))) == [*deleted, DELETED]


def test_roles_that_release_it_do_not_keep_it() -> None:
    bounded = Use("role", "staging", boundary=True)
    assert _changes(replace(OURS, uses=(Use("role", "server"), Use("role", "staging"), bounded))) == [DELETED]


@pytest.mark.parametrize(
    ("use", "word", "command"),
    [
        (
            Use("role", "r"),
            "attached to role r",
            f"aws iam detach-role-policy --role-name r --policy-arn {ARN}",
        ),
        (Use("user", "server"), "attached to user server", "aws iam detach-user-policy --user-name server"),
        (Use("group", "staging"), "attached to group staging", "aws iam detach-group-policy --group-name staging"),
        (
            Use("role", "r", boundary=True),
            "the permissions boundary of role r",
            "aws iam delete-role-permissions-boundary --role-name r",
        ),
        (
            Use("user", "u", boundary=True),
            "the permissions boundary of user u",
            "aws iam delete-user-permissions-boundary --user-name u",
        ),
    ],
)
def test_any_other_use_keeps_it_with_all_its_versions(use: Use, word: str, command: str) -> None:
    found = plan(UNWANTED, replace(OURS, versions=("v2",), uses=(Use("role", "server"), use)))
    (residue,) = found.residue
    assert (found.changes, found.before) == ((), found.after)
    assert word in residue.reason
    assert command in residue.advice
    assert (residue.object, residue.wiring) == ("policy p", "")


def test_all_users_are_named() -> None:
    uses = (Use("role", "a"), Use("user", "b"), Use("role", "c", boundary=True))
    (residue,) = plan(UNWANTED, replace(OURS, uses=uses)).residue
    assert residue.reason.endswith("it is attached to role a, user b; it is the permissions boundary of role c")
    assert residue.advice.count(" && ") == 2


def test_what_the_other_mode_of_the_wiring_has_goes_with_that_one() -> None:
    """Nobody is told to detach it; whoever else has it is named once that mode is taken down."""
    unwanted = replace(UNWANTED, kept_for=("nodes", "gone"))
    uses = (Use("role", "server"), Use("role", "nodes"), Use("user", "u"))
    found = plan(unwanted, replace(OURS, uses=uses))
    (residue,) = found.residue
    assert (found.changes, found.before) == ((), found.after)
    assert residue.reason == "the other mode of this wiring uses it: it is attached to role nodes"
    assert residue.advice == "It goes when that mode is taken down."


@pytest.mark.parametrize("use", [Use("user", "nodes"), Use("role", "nodes", boundary=True)])
def test_the_other_mode_has_it_only_attached_to_its_roles(use: Use) -> None:
    (residue,) = plan(replace(UNWANTED, kept_for=("nodes",)), replace(OURS, uses=(use,))).residue
    assert residue.reason.startswith("somebody else uses it")


@pytest.mark.parametrize(
    ("marks", "word", "other"),
    [({}, "not made by this collection", ""), (OTHER.tags({}), "cluster/two/epinio", str(OTHER))],
)
def test_what_is_not_ours_is_not_touched(marks: dict[str, str], word: str, other: str) -> None:
    found = plan(UNWANTED, replace(OURS, tags=marks))
    (residue,) = found.residue
    assert (found.changes, found.before) == ((), found.after)
    assert word in residue.reason
    assert residue.wiring == other


@pytest.mark.parametrize(
    "change", [{"name": "a b"}, {"path": "team"}, {"released_by": ("a b",)}, {"kept_for": ("a b",)}]
)
def test_what_iam_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(UNWANTED, **change)
