"""The provider is the cluster's: it stays, and is reported."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider import Provider
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider_removal import Unwanted, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
ARN = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"


@pytest.mark.parametrize(
    ("marks", "word", "other"),
    [
        (OWNER.tags({}), "made by this wiring", ""),
        (OTHER.tags({}), "cluster/two/epinio", str(OTHER)),
        ({"theirs": "x"}, "not made by this collection", ""),
    ],
)
def test_one_that_is_there_is_reported(marks: dict[str, str], word: str, other: str) -> None:
    found = plan(Unwanted(OWNER, ISSUER), Provider(("sts.amazonaws.com",), marks))
    assert (found.changes, found.notices, found.before) == ((), (), found.after)
    assert found.after == {"arn": ARN, "issuer": ISSUER, "audiences": ["sts.amazonaws.com"], "tags": marks}
    (residue,) = found.residue
    assert (residue.object, residue.wiring) == (f"OIDC provider {ARN}", other)
    assert word in residue.reason
    assert residue.advice.endswith(f"delete-open-id-connect-provider --open-id-connect-provider-arn {ARN}")


def test_none_is_nothing() -> None:
    found = plan(Unwanted(OWNER, ISSUER), None)
    assert (found.after, found.residue, found.notices) == ({}, (), ())


def test_without_an_issuer_a_notice_says_how_to_find_it() -> None:
    found = plan(Unwanted(OWNER), None)
    assert (found.after, found.residue) == ({}, ())
    (notice,) = found.notices
    assert f"epinio.aws/wiring={OWNER}" in notice


def test_an_issuer_that_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="malformed"):
        Unwanted(OWNER, "http://oidc.test")
