"""The changes around an upgrade."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import LARGEST, KeptObject, Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import listed
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import (
    Upkeep,
    delete,
    first,
    forget,
    keep,
    last,
    note,
    note_mode,
)

KEPT = KeptObject("radmin", {("data", "password"): "c2VjcmV0"})
GONE = KeptObject("repinio", deleted=True)
RECORD = Record({("s3", "bucket"): "theirs"}, 3, ("irsa",), {("s3", "bucket"): "ours"})
OURS: dict[tuple[str, ...], str] = {("s3", "bucket"): "ours", ("s3", "accessKeyID"): ""}
CONFIG = {"s3": {"bucket": "theirs", "accessKeyID": "AKIAEXAMPLE"}}


@pytest.mark.parametrize("record", [None, RECORD])
def test_nothing_is_left_to_do(record: Record | None) -> None:
    assert first(Upkeep(record)) == ()
    assert last(Upkeep(record)) == ()


def test_what_an_earlier_run_left_comes_first() -> None:
    record = Record({}, 3, ("irsa",), kept=(KEPT, GONE))
    (change,) = first(Upkeep(record, left=(PutBack("radmin", {}),)))
    assert change.summary == "put back what Epinio and its operators wrote into Secret radmin"
    assert (change.operation, change.arguments) == ("upkeep.put_back", {"objects": ["radmin", "repinio"]})


def test_what_is_put_back_already_is_forgotten() -> None:
    (change,) = first(Upkeep(Record({}, 3, ("irsa",), kept=(KEPT,))))
    assert change.summary.startswith("remove from Secret epinio-aws-wiring")
    assert (change.operation, change.arguments) == ("upkeep.put_back", {"objects": ["radmin"]})


def test_the_note_names_objects_and_our_values_and_holds_nothing_secret() -> None:
    found = Upkeep(kept=(KEPT, GONE))
    change = note(found, 3, CONFIG, OURS, "irsa", sources=False)
    assert change.arguments == {
        "revision": 3,
        "mode": "irsa",
        "values": {"s3.bucket": "ours", "s3.accessKeyID": ""},
        "objects": ["radmin", "repinio"],
        "sources": False,
    }
    assert "Secrets radmin, repinio" in change.summary
    shown = json.dumps(listed((change, *last(found))))
    assert "AKIA" not in shown
    assert "c2VjcmV0" not in shown


def test_a_note_without_anything_to_keep_says_nothing_of_users() -> None:
    change = note(Upkeep(RECORD), 4, CONFIG, OURS, "irsa", sources=False)
    assert change.summary == "note in Secret epinio-aws-wiring the values that 2 keys had in revision 4"


def test_what_the_upgrade_resets_is_put_back_after_it() -> None:
    (change,) = last(Upkeep(kept=(KEPT, GONE)))
    assert (change.operation, change.arguments) == ("upkeep.put_back", {"objects": ["radmin", "repinio"]})


def test_a_note_that_does_not_fit_is_refused_while_planning() -> None:
    with pytest.raises(Refused, match="holds at most"):
        note(
            Upkeep(kept=(KeptObject("dex-config", {("data", "a"): "x" * LARGEST}),)),
            3,
            CONFIG,
            OURS,
            "irsa",
            sources=False,
        )
    with pytest.raises(Refused, match="holds at most"):
        keep(Upkeep(RECORD, kept=(KeptObject("dex-config", {("data", "a"): "x" * LARGEST}),)), RECORD, 3)


@pytest.mark.parametrize(
    ("kept", "said", "objects"),
    [((KEPT, GONE), "Secrets radmin, repinio", ["radmin", "repinio"]), ((), "resets nothing", [])],
)
def test_taking_back_notes_what_it_resets(kept: tuple[KeptObject, ...], said: str, objects: list[str]) -> None:
    change = keep(Upkeep(RECORD, kept=kept), RECORD, 5)
    assert (change.operation, change.arguments) == ("upkeep.save_kept", {"revision": 5, "objects": objects})
    assert said in change.summary
    assert "c2VjcmV0" not in json.dumps(listed((change,)))


def test_the_last_mode_takes_the_record_with_it() -> None:
    assert forget(RECORD, "irsa") == delete(RECORD)
    assert (delete(RECORD).operation, delete(RECORD).arguments) == ("upkeep.delete_record", {"revision": 3})
    change = forget(replace(RECORD, modes=("instance_profile", "irsa")), "irsa")
    assert (change.operation, change.arguments) == ("upkeep.remove_mode", {"mode": "irsa", "revision": 3})


def test_attachments_stay_noted_when_the_last_mode_goes() -> None:
    attached = replace(RECORD, attachments={"arn:aws:iam::123456789012:policy/p": ("nodes",)})
    assert forget(attached, "irsa") == delete(attached)
    assert (delete(attached).operation, delete(attached).arguments) == ("upkeep.forget_release", {"revision": 3})
    two = replace(attached, modes=("instance_profile", "irsa"))
    assert forget(two, "irsa").operation == "upkeep.remove_mode"


def test_a_mode_whose_values_are_there_is_noted_without_an_upgrade() -> None:
    change = note_mode(4, OURS, "instance_profile")
    assert change.operation == "upkeep.save_mode"
    values = {"s3.bucket": "ours", "s3.accessKeyID": ""}
    assert change.arguments == {"revision": 4, "mode": "instance_profile", "values": values}
