"""What the record and the putting back do when the API, helm or somebody else gets in the way."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import kubernetes_api
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import restoring
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer

from tests.unit.plugins.module_utils.writers.fake_release import LABEL, ROLES, Epinio, Secrets, b64

OWNER = wiring("arn:aws:eks:us-east-1:111122223333:cluster/epinio/epinio")
RECORD = "epinio-aws-wiring"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    made = Secrets()
    for module in (reader, writer, restoring, kubernetes_api):
        monkeypatch.setattr(module, "CoreV1Api", made)
    return made


@pytest.fixture
def epinio(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> Epinio:
    """Installed, its default password changed."""
    made = Epinio(secrets)
    monkeypatch.setattr(reader, "find_revisions", made.revisions)
    secrets.put("admin", {"password": b64("own")}, labels=dict(LABEL), annotations=dict(ROLES))
    return made


@pytest.fixture
def upkeep(epinio: Epinio) -> writer.UpkeepWriter:
    made = writer.UpkeepWriter(None, OWNER, "epinio")
    made.save_record(1, "irsa", {"s3.bucket": "ours"}, ["admin"])
    return made


def failing(epinio: Epinio) -> Callable[[], None]:
    def call() -> None:
        epinio.upgrade()
        raise ServiceFailed("upgrade", "timed out", troubles=["a pod"])

    return call


def kept() -> int:
    record = reader.read_record(None, OWNER)
    return len(record.kept) if record else -1


def test_a_run_that_died_before_the_upgrade_leaves_nothing_but_its_note(
    epinio: Epinio, upkeep: writer.UpkeepWriter
) -> None:
    assert reader.read_left(None, "epinio", "epinio", reader.read_record(None, OWNER)) == ()
    upkeep.put_back(["admin"])
    assert (epinio.password(), kept()) == ("own", 0)


def test_only_what_a_newer_revision_rendered_was_reset(epinio: Epinio, upkeep: writer.UpkeepWriter) -> None:
    epinio.upgrade()
    epinio.secrets.put("admin", {"password": b64("hash-1")}, labels=dict(LABEL), annotations=dict(ROLES))
    upkeep.put_back(["admin"])
    assert epinio.password() == "hash-1"


def test_one_that_died_after_it_leaves_what_was_reset(epinio: Epinio, upkeep: writer.UpkeepWriter) -> None:
    epinio.upgrade()
    left = reader.read_left(None, "epinio", "epinio", reader.read_record(None, OWNER))
    assert [one.name for one in left] == ["admin"]
    assert [
        one.name for one in reader.read_kept(None, "epinio", reader.read_bases(None, "epinio", "epinio"), left)
    ] == ["admin"]
    upkeep.put_back(["admin"])
    assert (epinio.password(), kept()) == ("own", 0)


@pytest.mark.parametrize(
    ("status", "newest", "finished"),
    [("deployed", "failed", "hash-1"), ("failed", "pending-upgrade", None), ("superseded", "deployed", "hash-2")],
)
def test_an_upgrade_starts_from_the_newest_revision_and_the_last_deployed(
    epinio: Epinio, status: str, newest: str, finished: str | None
) -> None:
    epinio.upgrade()
    epinio.status, epinio.newest = status, newest
    bases = reader.read_bases(None, "epinio", "epinio")
    password = ("data", "password")
    assert bases.newest["admin"][password] == b64("hash-2")
    assert bases.finished.get("admin", {}).get(password) == (finished and b64(finished))
    assert len(bases.releases) == (2 if finished == "hash-1" else 1)


def test_what_is_reset_is_put_back_and_noted_until_the_plan_is_done(
    epinio: Epinio, upkeep: writer.UpkeepWriter
) -> None:
    upkeep.during(epinio.upgrade)
    assert (epinio.password(), kept()) == ("own", 1)
    upkeep.put_back(["admin"])
    assert (epinio.password(), kept()) == ("own", 0)


def test_an_upgrade_after_a_rollback_is_guarded_too(epinio: Epinio, upkeep: writer.UpkeepWriter) -> None:
    upkeep.during(epinio.upgrade)
    upkeep.during(epinio.upgrade)
    assert epinio.password() == "own"


def test_without_a_record_the_call_is_simply_made(epinio: Epinio) -> None:
    assert writer.UpkeepWriter(None, OWNER, "epinio").during(lambda: 7) == 7


def test_after_a_failure_it_is_put_back_and_forgotten(epinio: Epinio, upkeep: writer.UpkeepWriter) -> None:
    with pytest.raises(ServiceFailed, match="timed out"):
        upkeep.during(failing(epinio))
    assert (epinio.password(), kept()) == ("own", 0)


def test_where_that_fails_too_both_are_told_and_the_note_stays(
    epinio: Epinio, upkeep: writer.UpkeepWriter, secrets: Secrets
) -> None:
    secrets.refusals = [403]
    with pytest.raises(
        EpinioAwsError, match=r"timed out.*Besides: Could not put back .* Secret admin.*next run"
    ) as caught:
        upkeep.during(failing(epinio))
    assert caught.value.facts == {"troubles": ["a pod"]}
    assert kept() == 1


@pytest.mark.parametrize("status", [404, 409])
def test_who_was_overtaken_looks_again(
    epinio: Epinio, upkeep: writer.UpkeepWriter, secrets: Secrets, status: int
) -> None:
    secrets.refusals = [status, status]
    upkeep.during(epinio.upgrade)
    assert epinio.password() == "own"


def test_but_not_for_ever(epinio: Epinio, upkeep: writer.UpkeepWriter, secrets: Secrets) -> None:
    secrets.refusals = [409] * 5
    with pytest.raises(ServiceFailed) as caught:
        upkeep.during(epinio.upgrade)
    assert (caught.value.code, secrets.refusals) == ("409", [])


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
