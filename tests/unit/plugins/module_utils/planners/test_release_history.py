"""Which revision took our values."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_history import undone

from tests.unit.plugins.module_utils.planners.release_world import release

BUCKET, REGION = ("s3", "bucket"), ("s3", "region")
RECORD = Record({}, 1, ("irsa",), {BUCKET: "ours", REGION: "r"})
OURS = {"s3": {"bucket": "ours", "region": "r"}}
THEIRS = {"s3": {"bucket": "theirs"}}


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ([OURS], []),
        ([OURS, {}], [(3, "dropped s3.bucket, s3.region")]),
        ([OURS, THEIRS], [(3, "dropped s3.region and gave another value to s3.bucket")]),
        ([OURS, {"s3": {"bucket": 1, "region": 2}}], [(3, "gave other values to s3.bucket, s3.region")]),
        # The first that has lacked them until now, each key for itself.
        ([OURS, {}, {}], [(3, "dropped s3.bucket, s3.region")]),
        ([{}, OURS, {}], [(4, "dropped s3.bucket, s3.region")]),
        ([OURS, {"s3": {"region": "r"}}, {}], [(3, "dropped s3.bucket"), (4, "dropped s3.region")]),
        ([{}], [(2, "dropped s3.bucket, s3.region")]),
    ],
)
def test_each_revision_is_told_with_what_it_did(configs: list[Any], expected: list[tuple[int, str]]) -> None:
    history = [release(revision=number, config=config) for number, config in enumerate(configs, 2)]
    lost = records.no_longer_ours(RECORD, history[-1].revision, history[-1].config)
    by_number = {one.revision: one.label for one in history}
    assert list(undone(RECORD, history, lost)) == [f"{by_number[number]} {what}" for number, what in expected]
