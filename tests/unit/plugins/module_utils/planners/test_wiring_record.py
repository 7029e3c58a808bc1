"""What is noted of roles of nodes before a policy is attached to them, and forgotten when it is detached."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners import wiring_record, wiring_record_removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.wiring_record import Wanted
from ansible_collections.epinio.aws.plugins.module_utils.planners.wiring_record_removal import Unwanted

A, B = (f"arn:aws:iam::123456789012:policy/{name}" for name in "ab")
NOTHING: dict[str, Any] = {"modes": [], "attachments": {}}
FORMER: dict[tuple[str, ...], Any] = {("s3", "secretAccessKey"): "hush"}


def record(attachments: dict[str, tuple[str, ...]], *modes: str) -> Record:
    return Record(FORMER if modes else {}, 3, modes, attachments=attachments)


@pytest.mark.parametrize(
    ("actual", "roles", "lacking"),
    [
        (None, ("two", "one", "two"), ["one", "two"]),
        (record({}, "irsa"), ("one",), ["one"]),
        (record({A: ("one",)}), ("one", "two"), ["two"]),
        (record({B: ("one",)}), ("one",), ["one"]),
    ],
)
def test_only_what_is_not_noted_is(actual: Record | None, roles: tuple[str, ...], lacking: list[str]) -> None:
    planned = wiring_record.plan(Wanted(A, roles), actual)
    (change,) = planned.changes
    assert change.operation == "record.note_attachments"
    assert change.arguments == {"policy": A, "roles": lacking}
    assert change.summary.endswith(f"{A} is attached to role{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}")
    assert set(planned.after["attachments"][A]) >= set(roles)
    assert planned.before["modes"] == planned.after["modes"]
    assert "hush" not in repr(planned)


@pytest.mark.parametrize(
    ("actual", "roles"), [(None, ()), (record({A: ("one", "two")}), ("one",)), (record({A: ("two", "one")}), ())]
)
def test_nothing_to_note(actual: Record | None, roles: tuple[str, ...]) -> None:
    planned = wiring_record.plan(Wanted(A, roles), actual)
    assert (planned.changes, planned.before) == ((), planned.after)


def test_what_is_noted_is_shown_sorted() -> None:
    found = record({B: ("two", "one"), A: ("x",)}, "irsa", "instance_profile")
    shown = wiring_record.view(found)
    assert shown == {"modes": ["instance_profile", "irsa"], "attachments": {A: ["x"], B: ["one", "two"]}}
    assert list(shown["attachments"]) == [A, B]


@pytest.mark.parametrize(("policy", "roles"), [("EpinioECEKSClusterPolicy", ("a",)), (A, ("team/a",)), (A, ("",))])
def test_what_no_policy_and_no_role_is_called_is_refused(policy: str, roles: tuple[str, ...]) -> None:
    with pytest.raises(Refused):
        Wanted(policy, roles)


BOTH = {A: ("one", "two"), B: ("one",)}


@pytest.mark.parametrize(
    ("unwanted", "forgotten", "left"),
    [
        (Unwanted(A, ("one",)), [(A, ["one"])], {A: ["two"], B: ["one"]}),
        (Unwanted(A, ("one", "other")), [(A, ["one"])], {A: ["two"], B: ["one"]}),
        (Unwanted(A), [(A, ["one", "two"])], {B: ["one"]}),
        (Unwanted(), [(A, ["one", "two"]), (B, ["one"])], {}),
        (Unwanted(A, ()), [], {A: ["one", "two"], B: ["one"]}),
        (Unwanted("arn:aws:iam::123456789012:policy/c"), [], {A: ["one", "two"], B: ["one"]}),
    ],
)
@pytest.mark.parametrize("modes", [(), ("irsa",)])
def test_what_is_forgotten(
    unwanted: Unwanted, forgotten: list[tuple[str, list[str]]], left: dict[str, list[str]], modes: tuple[str, ...]
) -> None:
    planned = wiring_record_removal.plan(unwanted, record(BOTH, *modes))
    assert [change.operation for change in planned.changes] == ["record.forget_attachments"] * len(forgotten)
    assert [(one.arguments["policy"], one.arguments["roles"]) for one in planned.changes] == forgotten
    assert planned.after == {"modes": list(modes), "attachments": left}


def test_the_changes_do_not_tell_what_else_is_in_the_record() -> None:
    """In the planning pass of a teardown the release's part is still there, in the run that follows it is not."""
    first, then = (wiring_record_removal.plan(Unwanted(), record(BOTH, *modes)) for modes in (("irsa",), ()))
    assert first.changes == then.changes


def test_without_a_record_there_is_nothing_to_forget() -> None:
    planned = wiring_record_removal.plan(Unwanted(), None)
    assert (planned.changes, planned.before, planned.after) == ((), NOTHING, NOTHING)
