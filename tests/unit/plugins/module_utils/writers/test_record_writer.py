"""What is written into the record, and what is not because the world has changed."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record, to_data
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer
from ansible_collections.epinio.aws.plugins.module_utils.writers.record import RecordWriter

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


POLICY = "arn:aws:iam::111122223333:policy/p"


def modes_and_roles() -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]] | None:
    record = reader.read_record(None, OWNER)
    return (record.modes, dict(record.attachments)) if record else None


def test_attachments_are_noted_before_anything_else_and_outlive_the_release(epinio: Epinio, secrets: Secrets) -> None:
    made = writer.UpkeepWriter(None, OWNER, "epinio")
    made.note_attachments(POLICY, ["one"])
    assert modes_and_roles() == ((), {POLICY: ("one",)})
    metadata = secrets.found[RECORD]["metadata"]
    assert metadata["labels"] == {"epinio.aws/managed-by": "epinio.aws"}
    assert metadata["annotations"] == {"epinio.aws/wiring": str(OWNER)}
    made.note_attachments(POLICY, ["two"])
    made.save_record(1, "instance_profile", {"s3.bucket": "ours"}, ["admin"])
    assert modes_and_roles() == (("instance_profile",), {POLICY: ("one", "two")})
    # Noted in the meantime, so the plan that knew nothing of them is made anew.
    with pytest.raises(ServiceFailed, match="has changed meanwhile"):
        made.delete_record(1)
    made.forget_release(1)
    assert modes_and_roles() == ((), {POLICY: ("one", "two")})
    assert "kept" not in secrets.found[RECORD]["data"]
    made.forget_attachments(POLICY, ["one"])
    assert modes_and_roles() == ((), {POLICY: ("two",)})
    made.forget_attachments(POLICY, ["two"])
    assert RECORD not in secrets.found
    made.forget_attachments(POLICY, ["two"])


def test_with_the_attachments_the_release_stays_noted(upkeep: writer.UpkeepWriter) -> None:
    upkeep.note_attachments(POLICY, ["one"])
    upkeep.forget_attachments(POLICY, ["one"])
    assert modes_and_roles() == (("irsa",), {})
    # They are gone, and so is the reason to leave anything.
    with pytest.raises(ServiceFailed, match="has changed meanwhile"):
        upkeep.forget_release(1)


def test_a_mode_is_noted_with_what_the_release_has(upkeep: writer.UpkeepWriter, epinio: Epinio) -> None:
    epinio.upgrade()
    upkeep.save_mode(2, "instance_profile", {"s3.bucket": "ours", "s3.region": "r"})
    record = reader.read_record(None, OWNER)
    assert record is not None
    assert (record.modes, record.revision) == (("instance_profile", "irsa"), 2)
    assert record.ours == {("s3", "bucket"): "ours", ("s3", "region"): "r"}
    assert [one.name for one in record.kept] == ["admin"]
    with pytest.raises(ServiceFailed) as caught:
        upkeep.save_mode(1, "instance_profile", {})
    assert caught.value.code == "409"


def test_in_a_rehearsal_nothing_is_written(secrets: Secrets) -> None:
    made = RecordWriter(None, OWNER, rehearsal=True)
    made.note_attachments(POLICY, ["one"])
    content = to_data(Record({}, 0, (), attachments={POLICY: ("one", "two")}))
    mark = {"labels": {"epinio.aws/managed-by": "epinio.aws"}, "annotations": {"epinio.aws/wiring": str(OWNER)}}
    secrets.put(RECORD, content, **mark)
    made.forget_attachments(POLICY, ["one"])
    made.forget_attachments(POLICY, ["one", "two"])
    tried = [call for call in secrets.client.calls if call.method != "GET"]
    assert [call.method for call in tried] == ["POST", "PATCH", "DELETE"]
    assert all(call.query["dryRun"] == "All" for call in tried)
    # With a body the server does not look at the query.
    assert tried[-1].body["dryRun"] == ["All"]
