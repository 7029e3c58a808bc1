"""Only what carries the mark of this very wiring may go."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import MANAGED_BY, wiring
from ansible_collections.epinio.aws.plugins.module_utils.plan import Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners import removal

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")


def _kept(marks: dict[str, str]) -> Residue | None:
    return removal.foreign(OWNER, "policy p", marks, "aws iam delete-policy")


def test_ours_may_go() -> None:
    assert _kept({**OWNER.tags({}), "theirs": "x"}) is None


def test_another_wirings_is_named() -> None:
    assert _kept(OTHER.tags({})) == Residue(
        "policy p",
        f"it belongs to another wiring, {OTHER}",
        "It goes when that wiring is torn down.",
        str(OTHER),
    )


def test_another_wirings_that_does_not_say_which() -> None:
    found = _kept({MANAGED_BY: "epinio.aws"})
    assert found is not None
    assert (found.wiring, "which it does not name" in found.reason) == ("", True)


def test_an_unmarked_one_comes_with_the_command_that_deletes_it() -> None:
    assert _kept({"theirs": "x"}) == Residue(
        "policy p", "it was not made by this collection", "If nobody needs it any more, run: aws iam delete-policy"
    )


def test_one_that_a_tool_owns_is_for_that_tool() -> None:
    found = _kept({"aws:cloudformation:stack-name": "s"})
    assert found is not None
    assert "aws:cloudformation:stack-name" in found.reason
    assert "aws iam" not in found.advice
