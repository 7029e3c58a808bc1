"""A role that somebody else gave to the server's account, and the upgrade that takes the wiring back."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import ANNOTATION
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import FIELD_MANAGER
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual

from tests.unit.plugins.module_utils.planners.release_world import OTHER_ROLE, ROLE, USERS, account
from tests.unit.plugins.module_utils.planners.removal_world import (
    REMOVAL,
    given_back,
    planned,
    wired_from,
    with_release,
)

THEIRS = account(OTHER_ROLE, "kubectl-annotate")


@pytest.mark.parametrize("former", [{}, helm.tree({ANNOTATION: ROLE})])
def test_one_that_helm_would_take_away_is_refused(former: dict[str, Any]) -> None:
    actual = wired_from(helm.merge(USERS, former), account=THEIRS)
    with pytest.raises(Refused, match=rf"annotated with {OTHER_ROLE} by kubectl-annotate.*would take it away"):
        planned(actual)


@pytest.mark.parametrize(
    "actual",
    [
        # Its own upgrade has been made, the chart does not render it, or the values go back to it.
        replace(given_back(), account=THEIRS),
        with_release(wired_from(account=THEIRS), chart_version="1.13.4"),
        wired_from(helm.merge(USERS, helm.tree({ANNOTATION: OTHER_ROLE})), account=THEIRS),
        wired_from(account=account(ROLE, "kubectl-annotate")),
        wired_from(account=account("")),
    ],
)
def test_any_other_is_not(actual: Actual) -> None:
    assert planned(actual).changes


def test_nor_is_a_release_that_keeps_its_values() -> None:
    kept = planned(wired_from(account=THEIRS), replace(REMOVAL, keep=True))
    assert (kept.changes, [one.object for one in kept.residue]) == ((), ["release epinio", "Secret epinio-aws-wiring"])


def test_an_annotation_of_this_collection_that_is_kept_is_reported() -> None:
    kept = planned(wired_from(account=account(ROLE, FIELD_MANAGER)), replace(REMOVAL, keep=True))
    (found,) = [one for one in kept.residue if one.object == "service account epinio-server"]
    assert found.advice.endswith("serviceaccount epinio-server --namespace epinio eks.amazonaws.com/role-arn-")
