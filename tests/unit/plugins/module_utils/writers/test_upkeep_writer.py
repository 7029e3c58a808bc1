"""What the putting back does when the API, helm or somebody else gets in the way."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer

from tests.unit.plugins.module_utils.writers.fake_release import LABEL, OWNER, ROLES, Epinio, Secrets, b64


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
