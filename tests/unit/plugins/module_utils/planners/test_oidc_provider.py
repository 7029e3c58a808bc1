"""The provider is the cluster's: made if it is missing, else only its audience is added."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.oidc_provider import Provider, Wanted, plan

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
NEIGHBOUR = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/staging")
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/ABC"
ARN = "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-central-1.amazonaws.com/id/ABC"
WANTED = Wanted(OWNER, ISSUER, tags={"team": "a"})
OURS = Provider(("sts.amazonaws.com",), WANTED.marked)
ADDED = (
    "iam.add_client_id_to_open_id_connect_provider",
    {"OpenIDConnectProviderArn": ARN, "ClientID": "sts.amazonaws.com"},
)


def _changes(actual: Provider | None) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(WANTED, actual).changes]


def test_a_missing_provider_is_created_without_a_thumbprint() -> None:
    tags = [{"Key": key, "Value": WANTED.marked[key]} for key in sorted(WANTED.marked)]
    assert _changes(None) == [
        ("iam.create_open_id_connect_provider", {"Url": ISSUER, "ClientIDList": ["sts.amazonaws.com"], "Tags": tags})
    ]
    after = {"arn": ARN, "issuer": ISSUER, "audiences": ["sts.amazonaws.com"], "tags": WANTED.marked}
    assert (plan(WANTED, None).before, plan(WANTED, None).after) == ({}, after)


def test_a_missing_provider_that_we_must_not_make_is_refused() -> None:
    with pytest.raises(Refused, match="epinio_manage_oidc_provider"):
        plan(replace(WANTED, create=False), None)


@pytest.mark.parametrize("create", [True, False])
def test_ours_stays(create: bool) -> None:
    found = plan(replace(WANTED, create=create), OURS)
    assert (found.changes, found.notices, found.before) == ((), (), found.after)


def test_ours_gets_its_tags_and_audience_back() -> None:
    actual = Provider(("other",), {**WANTED.marked, "team": "b", "theirs": "x"})
    tagged = {"OpenIDConnectProviderArn": ARN, "Tags": [{"Key": "team", "Value": "a"}]}
    assert _changes(actual) == [("iam.tag_open_id_connect_provider", tagged), ADDED]
    after = plan(WANTED, actual).after
    assert after["audiences"] == ["other", "sts.amazonaws.com"]
    assert after["tags"] == {**WANTED.marked, "theirs": "x"}


@pytest.mark.parametrize(
    ("tags", "word"), [({}, "not made by this collection"), (NEIGHBOUR.tags({}), "cluster/one/staging")]
)
def test_anothers_gets_nothing_but_the_audience(tags: dict[str, str], word: str) -> None:
    used = plan(WANTED, Provider(("sts.amazonaws.com", "other"), tags))
    assert (used.changes, used.before) == ((), used.after)
    assert [word in notice for notice in used.notices] == [True]
    actual = Provider((), tags)
    assert _changes(actual) == [ADDED]
    assert plan(WANTED, actual).after["tags"] == tags
    assert "never taken back" in plan(WANTED, actual).notices[1]


@pytest.mark.parametrize("change", [{"issuer": "http://x"}, {"tags": {"a": "*"}}])
def test_what_iam_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(WANTED, **change)
