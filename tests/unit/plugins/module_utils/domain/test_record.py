"""The record: what is noted, read again, and renewed."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_secrets import ROLES
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import (
    LARGEST,
    KeptObject,
    Record,
    changed_since,
    due,
    from_data,
    no_longer_ours,
    reachable,
    renewed,
    to_data,
    without,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

BUCKET, KEY, DOMAIN = ("s3", "bucket"), ("s3", "accessKeyID"), ("global", "domain")
ROLE = ("serviceAccount", "annotations", "eks.amazonaws.com/role-arn")
OURS = {BUCKET: "ours", KEY: "", ROLE: "arn:role"}
BEFORE: dict[str, Any] = {"s3": {"bucket": "theirs", "accessKeyID": "AKIAEXAMPLE"}, "global": {"domain": "a.test"}}
AFTER: dict[str, Any] = {
    "s3": {"bucket": "ours", "accessKeyID": ""},
    "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:role"}},
}
FORMER = {BUCKET: "theirs", KEY: "AKIAEXAMPLE", ROLE: ABSENT}
RECORD = Record(FORMER, 3, ("irsa",), OURS)


def test_the_first_record_holds_the_former_values_of_our_keys_and_no_others() -> None:
    assert renewed(None, 3, BEFORE, OURS, "irsa") == RECORD


@pytest.mark.parametrize(
    ("revision", "config", "lost"),
    [
        (4, AFTER, ()),
        # The upgrade that was recorded for never came to be.
        (3, BEFORE, ()),
        # helm upgrade -f theirs.yaml
        (5, BEFORE, (BUCKET, KEY, ROLE)),
        (5, {**AFTER, "s3": {"bucket": "third", "accessKeyID": ""}}, (BUCKET,)),
        (5, {**AFTER, "s3": {"bucket": None, "accessKeyID": ""}}, (BUCKET,)),
        (5, {**AFTER, "s3": {"accessKeyID": ""}}, (BUCKET,)),
    ],
)
def test_keys_that_somebody_else_has_set_since(revision: int, config: dict[str, Any], lost: tuple[Any, ...]) -> None:
    assert no_longer_ours(RECORD, revision, config) == lost
    again = renewed(RECORD, revision, config, OURS, "irsa")
    kept = {keys: value for keys, value in FORMER.items() if keys not in lost}
    assert {keys: again.former[keys] for keys in kept} == kept
    assert again.revision == revision


def test_a_lost_key_goes_back_to_what_it_was_given_last() -> None:
    again = renewed(RECORD, 5, {**AFTER, "s3": {"bucket": "third"}}, OURS, "irsa")
    assert again.former == {BUCKET: "third", KEY: ABSENT, ROLE: ABSENT}


def test_another_wish_of_ours_does_not_become_the_former_value() -> None:
    again = renewed(RECORD, 4, AFTER, {**OURS, BUCKET: "ours-two"}, "irsa")
    assert again.former == FORMER
    assert again.ours[BUCKET] == "ours-two"


def test_a_key_that_becomes_ours_later_is_noted_then_and_one_no_longer_wanted_stays_noted() -> None:
    again = renewed(RECORD, 4, {**AFTER, "global": {"domain": "a.test"}}, {BUCKET: "ours", DOMAIN: "b.test"}, "irsa")
    assert again.former == {**FORMER, DOMAIN: "a.test"}
    assert again.ours == {**OURS, DOMAIN: "b.test"}


def test_modes_add_up() -> None:
    assert renewed(RECORD, 4, AFTER, OURS, "instance_profile").modes == ("instance_profile", "irsa")
    assert renewed(RECORD, 4, AFTER, OURS, "irsa").modes == ("irsa",)


BOTH = Record(FORMER, 3, ("instance_profile", "irsa"), OURS, parents={ROLE[:2]: {}, ("s3",): {}})


@pytest.mark.parametrize(
    ("record", "mode", "expected"),
    [
        (RECORD, "irsa", {BUCKET, KEY, ROLE}),
        (RECORD, "instance_profile", set()),
        # The keys that both own stay until the last one goes.
        (BOTH, "irsa", {ROLE}),
        (BOTH, "instance_profile", set()),
    ],
)
def test_the_keys_that_go_back_with_a_mode(record: Record, mode: str, expected: set[Any]) -> None:
    assert due(record, mode) == expected


def test_the_record_without_a_mode() -> None:
    assert without(RECORD, "irsa") is None
    left = without(BOTH, "irsa")
    assert left is not None
    assert (left.modes, set(left.former), set(left.ours)) == (("instance_profile",), {BUCKET, KEY}, {BUCKET, KEY})
    assert left.parents == {("s3",): {}}
    assert due(left, "instance_profile") == {BUCKET, KEY}
    assert without(left, "instance_profile") is None


@pytest.mark.parametrize(
    ("revision", "config", "changed"),
    [
        (4, AFTER, ()),
        # What reads as it did before is as it should be, whoever gave it back.
        (5, BEFORE, ()),
        # The upgrade never came to be.
        (3, BEFORE, ()),
        # The same revision of a release that was installed anew.
        (3, {"s3": {"bucket": "third"}}, (BUCKET, KEY)),
        (5, {**AFTER, "s3": {"bucket": "third", "accessKeyID": ""}}, (BUCKET,)),
        (5, {"s3": {"bucket": "theirs"}}, (KEY,)),
        (5, {**BEFORE, "serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "arn:another"}}}, (ROLE,)),
    ],
)
def test_keys_that_somebody_gave_a_value_of_his_own(revision: int, config: Any, changed: tuple[Any, ...]) -> None:
    assert changed_since(RECORD, "irsa", revision, config) == changed
    assert changed_since(BOTH, "irsa", revision, config) == tuple(keys for keys in changed if keys == ROLE)


SWITCHED: dict[Any, Any] = {**OURS, ("minio", "enabled"): False}


@pytest.mark.parametrize(
    ("config", "switches", "blobs"),
    [
        ({**AFTER, "minio": {"enabled": False}}, ["minio.enabled"], {"old"}),
        # Somebody chose another store since, or the chart to come has another one.
        (
            {**AFTER, "s3": {"bucket": "third", "accessKeyID": ""}, "minio": {"enabled": False}},
            ["minio.enabled"],
            set(),
        ),
        ({**AFTER, "minio": {"enabled": False}}, ["seaweedfs.enabled"], set()),
    ],
)
def test_sources_that_are_where_they_were(config: Any, switches: list[str], blobs: set[str]) -> None:
    record = renewed(None, 3, BEFORE, SWITCHED, "irsa", ("old",))
    assert reachable(record, "irsa", 5, config, switches) == blobs
    # A new one lies in our bucket; a store that somebody chose meanwhile may hold any of them.
    assert renewed(record, 5, {**AFTER, "minio": {"enabled": False}}, SWITCHED, "irsa", ("new",)).sources == ("old",)
    assert renewed(record, 5, BEFORE, SWITCHED, "irsa", ("new",)).sources == ()


def test_leaves_above_our_keys_are_noted_with_them() -> None:
    config: dict[str, Any] = {"s3": None, "serviceAccount": {"annotations": {}}}
    record = renewed(None, 3, config, OURS, "irsa")
    assert record.former == dict.fromkeys(OURS, ABSENT)
    assert record.parents == {("s3",): None, ROLE[:2]: {}}
    # Our keys stand there now, and somebody's since.
    assert renewed(record, 4, AFTER, OURS, "irsa").parents == record.parents
    assert renewed(record, 5, {**AFTER, "serviceAccount": None}, OURS, "irsa").parents == {
        ("s3",): None,
        ("serviceAccount",): None,
    }
    assert renewed(record, 5, BEFORE, OURS, "irsa").parents == {}


def test_it_is_read_as_it_was_written() -> None:
    kept = (KeptObject("radmin", {("data", "password"): "aGFzaA==", ROLES: None}), KeptObject("repinio", deleted=True))
    former = {**FORMER, ("a",): None, ("b",): [1, 2.5, {"c": True}], ("d",): 0}
    record = Record(
        former, 3, ("irsa",), OURS, kept, parents={("account",): None, ROLE[:2]: {}}, kept_at=5, sources=("blob",)
    )
    again = from_data(to_data(record), "77")
    assert again == record
    assert again.version == "77"
    assert again.former[ROLE] is ABSENT


def test_without_anything_kept_no_such_key_is_left() -> None:
    assert list(to_data(RECORD)) == ["record"]


def test_nothing_secret_shows() -> None:
    kept = (KeptObject("radmin", {("data", "password"): "aGFzaA=="}),)
    shown = repr(Record(FORMER, 3, ("irsa",), OURS, kept))
    assert "AKIA" not in shown
    assert "aGFzaA" not in shown


def test_a_record_that_does_not_fit_is_refused_by_what_is_large() -> None:
    kept = tuple(KeptObject(f"user{number}", {("data", "namespaces"): "x" * 10 * number}) for number in range(5))
    large = KeptObject("dex-config", {("data", "config.yaml"): "x" * LARGEST})
    with pytest.raises(
        Refused, match=r"at most 1048576\. Most of it is in Secret dex-config, Secret user4, Secret user3"
    ):
        to_data(Record(FORMER, 3, ("irsa",), OURS, (*kept, large)))
    with pytest.raises(Refused, match="the release's former values"):
        to_data(Record({BUCKET: "x" * LARGEST}, 3, ("irsa",)))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"record": "%%%"},
        {"record": encoded("geheim")},
        {"record": encoded("[]")},
        {"record": encoded("{}")},
        {"record": encoded('{"format": 1}')},
        {**to_data(RECORD), "kept": encoded("geheim")},
        {**to_data(RECORD), "kept": encoded('{"revision": 1, "objects": [{"name": "x"}]}')},
    ],
)
def test_what_cannot_be_read_is_refused_without_quoting_it(data: dict[str, str]) -> None:
    with pytest.raises(Refused, match="cannot be read") as caught:
        from_data(data)
    assert "geheim" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_a_later_format_is_refused() -> None:
    content = json.loads(base64.b64decode(to_data(RECORD)["record"]))
    with pytest.raises(Refused, match="later version"):
        from_data({"record": encoded(json.dumps({**content, "format": 2}))})
