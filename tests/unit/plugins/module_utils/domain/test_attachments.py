"""Roles of nodes in the record: noted beside one another, forgotten one by one."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.attachments import forgotten, noted
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import (
    KeptObject,
    Record,
    from_data,
    renewed,
    to_data,
    without,
    without_release,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

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


ATTACHED = {A: ("one", "two")}


def test_they_are_read_as_they_were_written() -> None:
    for record in (EMPTY, WIRED, KEPT):
        noted_too = replace(record, attachments=ATTACHED)
        assert from_data(to_data(noted_too)) == noted_too


@pytest.mark.parametrize("attachments", [None, [], {A: None}, "x"])
def test_what_cannot_be_read_is_refused(attachments: Any) -> None:
    content = {**json.loads(base64.b64decode(to_data(WIRED)["record"])), "attachments": attachments}
    with pytest.raises(Refused, match="cannot be read"):
        from_data({"record": base64.b64encode(json.dumps(content).encode()).decode()})


def test_the_last_mode_leaves_them() -> None:
    full = replace(WIRED, kept=(KeptObject("admin"),), sources=("blob",), attachments=ATTACHED, version="7")
    left = without(full, "irsa")
    assert left == without_release(full) == replace(EMPTY, attachments=ATTACHED)
    assert left is not None
    assert (left.version, left.of_release) == ("7", False)
    both = without(replace(full, modes=("instance_profile", "irsa")), "irsa")
    assert both is not None
    assert (both.modes, both.attachments) == (("instance_profile",), ATTACHED)


def test_a_record_of_nothing_but_them_is_no_record_of_the_release() -> None:
    """Its first upgrade is the first: what it leaves behind is noted."""
    only = replace(EMPTY, attachments=ATTACHED)
    wanted: dict[Any, Any] = {("s3", "bucket"): "ours", ("minio", "enabled"): False}
    found = renewed(only, 4, {"s3": {"bucket": "theirs"}}, wanted, "instance_profile", ("blob",))
    assert found == replace(
        renewed(None, 4, {"s3": {"bucket": "theirs"}}, wanted, "instance_profile", ("blob",)), attachments=ATTACHED
    )
    assert found.sources == ("blob",)
