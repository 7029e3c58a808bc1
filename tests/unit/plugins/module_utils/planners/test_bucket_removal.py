"""The bucket stays with all its objects, and is reported."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.bucket_removal import Unwanted, Whereabouts, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
UNWANTED = Unwanted(OWNER, "sources")


def test_one_that_is_there_is_reported() -> None:
    found = plan(UNWANTED, Whereabouts("eu-central-1"))
    assert (found.changes, found.notices, found.before) == ((), (), found.after)
    assert found.after == {
        "name": "sources",
        "arn": "arn:aws:s3:::sources",
        "region": "eu-central-1",
        "account": "123456789012",
    }
    (residue,) = found.residue
    assert (residue.object, residue.wiring) == ("bucket sources", "")
    assert "deletes no bucket and no object" in residue.reason


@pytest.mark.parametrize(
    ("actual", "word"),
    [
        (Whereabouts(closed=True), "another account than 123456789012"),
        (Whereabouts("eu-west-1"), "eu-west-1"),
        (Whereabouts(), ""),
    ],
)
def test_any_other_is_no_failure_and_nothing_that_is_left(actual: Whereabouts, word: str) -> None:
    found = plan(UNWANTED, actual)
    assert (found.changes, found.after, found.residue) == ((), {}, ())
    assert (len(found.notices), word in "".join(found.notices)) == (int(bool(word)), True)


def test_a_name_that_s3_does_not_take_is_refused() -> None:
    with pytest.raises(Refused, match="malformed"):
        Unwanted(OWNER, "Bad_Name")
