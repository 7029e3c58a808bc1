"""What is written into the record, and what is not because the world has changed."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer

from tests.unit.plugins.module_utils.writers.fake_release import LABEL, OWNER, ROLES, Epinio, Secrets, b64

RECORD = "epinio-aws-wiring"


def test_the_former_values_are_those_of_the_newest_revision(upkeep: writer.UpkeepWriter) -> None:
    record = reader.read_record(None, OWNER)
    assert record is not None
    assert dict(record.former) == {("s3", "bucket"): "theirs"}
    assert dict(record.ours) == {("s3", "bucket"): "ours"}


@pytest.mark.parametrize(("revision", "objects"), [(2, ["admin"]), (1, []), (1, ["admin", "epinio"])])
def test_another_world_than_the_planned_is_planned_anew(epinio: Epinio, revision: int, objects: list[str]) -> None:
    with pytest.raises(ServiceFailed) as caught:
        writer.UpkeepWriter(None, OWNER, "epinio").save_record(revision, "irsa", {}, objects)
    assert caught.value.code == "409"
    assert RECORD not in epinio.secrets.found


def test_putting_back_for_another_record_is_planned_anew(upkeep: writer.UpkeepWriter) -> None:
    with pytest.raises(ServiceFailed) as caught:
        upkeep.put_back(["admin", "epinio"])
    assert caught.value.code == "409"


def test_of_two_runs_at_once_one_plans_again(upkeep: writer.UpkeepWriter, secrets: Secrets) -> None:
    secrets.refusals = [409]
    with pytest.raises(ServiceFailed) as caught:
        upkeep.save_record(1, "irsa", {"s3.bucket": "ours"}, ["admin"])
    assert caught.value.code == "409"


@pytest.mark.parametrize(
    ("labels", "annotations", "reason"),
    [
        ({}, {}, "somebody unknown"),
        ({"epinio.aws/managed-by": "epinio.aws"}, {"epinio.aws/wiring": "another"}, "another"),
    ],
)
def test_a_secret_of_its_name_that_is_not_ours_is_refused(
    secrets: Secrets, labels: dict[str, str], annotations: dict[str, str], reason: str
) -> None:
    secrets.put(RECORD, {}, labels=labels, annotations=annotations)
    with pytest.raises(Refused, match=reason):
        reader.read_record(None, OWNER)


def test_taking_back_notes_what_it_resets_and_leaves_the_rest(epinio: Epinio, upkeep: writer.UpkeepWriter) -> None:
    epinio.upgrade()
    epinio.secrets.put("admin", {"password": b64("newer")}, labels=dict(LABEL), annotations=dict(ROLES))
    before = reader.read_record(None, OWNER)
    upkeep.save_kept(2, ["admin"])
    after = reader.read_record(None, OWNER)
    assert before is not None
    assert after is not None
    assert (after.former, after.ours, after.revision, after.modes) == (
        before.former,
        before.ours,
        before.revision,
        before.modes,
    )
    assert (before.kept_at, after.kept_at) == (1, 2)
    upkeep.during(epinio.upgrade)
    assert epinio.password() == "newer"


def test_without_the_record_or_in_another_world_it_is_planned_anew(epinio: Epinio, secrets: Secrets) -> None:
    made = writer.UpkeepWriter(None, OWNER, "epinio")
    calls: list[Callable[[], None]] = [
        lambda: made.save_kept(1, ["admin"]),
        lambda: made.remove_mode("irsa", 1),
        lambda: made.put_back(["admin"]),
    ]
    for call in calls:
        with pytest.raises(ServiceFailed) as caught:
            call()
        assert caught.value.code == "409"
    made.save_record(1, "irsa", {}, ["admin"])
    calls = [
        lambda: made.save_kept(2, ["admin"]),
        lambda: made.remove_mode("irsa", 2),
        # It has become the last one.
        lambda: made.remove_mode("irsa", 1),
        lambda: made.delete_record(2),
    ]
    for call in calls:
        with pytest.raises(ServiceFailed) as caught:
            call()
        assert caught.value.code == "409"
    assert RECORD in secrets.found


def test_a_mode_is_forgotten_and_the_record_with_the_last(
    epinio: Epinio, upkeep: writer.UpkeepWriter, secrets: Secrets
) -> None:
    upkeep.save_record(1, "instance_profile", {}, ["admin"])
    upkeep.remove_mode("irsa", 1)
    record = reader.read_record(None, OWNER)
    assert record is not None
    assert record.modes == ("instance_profile",)
    upkeep.delete_record(1)
    assert RECORD not in secrets.found
    upkeep.delete_record(1)
