"""Roles of nodes in the record: noted beside one another, forgotten one by one."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.attachments import forgotten, noted
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import KeptObject, Record

A, B = (f"arn:aws:iam::123456789012:policy/{name}" for name in "ab")
EMPTY = Record({}, 0, ())
WIRED = Record({("s3", "bucket"): "theirs"}, 3, ("irsa",), {("s3", "bucket"): "ours"})
KEPT = replace(EMPTY, kept=(KeptObject("admin"),))


def test_the_first_roles_make_a_record_of_nothing_else() -> None:
    assert noted(None, A, ["two", "one"]) == replace(EMPTY, attachments={A: ("one", "two")})


def test_roles_are_noted_beside_those_that_are_there() -> None:
    known = replace(WIRED, attachments={A: ("one",), B: ("one",)}, version="7")
    found = noted(known, A, ["two", "one"])
    assert found == replace(WIRED, attachments={A: ("one", "two"), B: ("one",)})
    assert found.version == "7"


@pytest.mark.parametrize(
    ("known", "policy", "roles", "left"),
    [
        ({A: ("one", "two")}, A, ["one"], {A: ("two",)}),
        ({A: ("one",), B: ("one",)}, A, ["one"], {B: ("one",)}),
        ({A: ("one",)}, A, ["other"], {A: ("one",)}),
        ({A: ("one",)}, B, ["one"], {A: ("one",)}),
    ],
)
def test_other_roles_and_other_policies_stay(
    known: dict[str, tuple[str, ...]], policy: str, roles: list[str], left: dict[str, tuple[str, ...]]
) -> None:
    for record in (EMPTY, WIRED):
        assert forgotten(replace(record, attachments=known), policy, roles) == replace(record, attachments=left)


@pytest.mark.parametrize(("record", "gone"), [(EMPTY, True), (WIRED, False), (KEPT, False)])
def test_with_the_last_of_what_is_in_it_the_record_goes(record: Record, gone: bool) -> None:
    left = forgotten(replace(record, attachments={A: ("one",)}), A, ["one"])
    assert left == (None if gone else record)
