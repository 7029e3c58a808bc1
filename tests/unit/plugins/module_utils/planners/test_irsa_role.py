"""A role lets one service account in; what others added to ours stays; what is not ours is not touched."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role import plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role, Wanted

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
POLICY, THEIRS, BOUNDARY, FORMER = (
    f"arn:aws:iam::123456789012:policy/{name}" for name in ("ours", "theirs", "boundary", "former")
)
WANTED = Wanted(
    OWNER, "r", "/team/", "https://oidc.test/id/A", "epinio-server", (POLICY,), tags={"team": "a"}, description="words"
)
TRUST = documents.document(WANTED.statement)
OURS = Role("r", "/team/", TRUST, WANTED.marked, (POLICY,), description="words")
UNMARKED = replace(OURS, tags={})
FOREIGN = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def _reordered(statement: dict[str, Any]) -> dict[str, Any]:
    """As IAM gives it back."""
    (condition,) = statement["Condition"].values()
    turned = {"StringEquals": {key: [condition[key]] for key in reversed(condition)}}
    return {key: turned if key == "Condition" else statement[key] for key in reversed(statement)}


def _changes(actual: Role | None, wanted: Wanted = WANTED) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(wanted, actual).changes]


def test_a_missing_role_is_created_with_all_that_one_call_takes() -> None:
    wanted = replace(WANTED, permissions_boundary=BOUNDARY, max_session_duration=7200)
    (created, arguments), attached = _changes(None, wanted)
    assert created == "iam.create_role"
    assert json.loads(arguments.pop("AssumeRolePolicyDocument")) == TRUST
    assert arguments == {
        "RoleName": "r",
        "Path": "/team/",
        "Description": "words",
        "MaxSessionDuration": 7200,
        "PermissionsBoundary": BOUNDARY,
        "Tags": [{"Key": key, "Value": WANTED.marked[key]} for key in sorted(WANTED.marked)],
    }
    assert attached == ("iam.attach_role_policy", {"RoleName": "r", "PolicyArn": POLICY})


def test_a_missing_role_shows_what_it_will_be() -> None:
    assert plan(WANTED, None).before == {}
    assert plan(WANTED, None).after == plan(WANTED, OURS).after
    assert plan(WANTED, None).after["arn"] == "arn:aws:iam::123456789012:role/team/r"
    assert "PermissionsBoundary" not in _changes(None)[0][1]


@pytest.mark.parametrize("trust", [TRUST, {"Statement": _reordered(WANTED.statement), "Version": "2012-10-17"}])
def test_ours_stays(trust: dict[str, Any]) -> None:
    found = plan(WANTED, replace(OURS, trust=trust))
    assert (found.changes, found.notices) == ((), ())
    assert found.before == found.after


@pytest.mark.parametrize(
    ("drift", "change"),
    [
        ({"tags": OWNER.tags({})}, ("iam.tag_role", {"RoleName": "r", "Tags": [{"Key": "team", "Value": "a"}]})),
        ({"policies": ()}, ("iam.attach_role_policy", {"RoleName": "r", "PolicyArn": POLICY})),
        (
            {"description": "x"},
            ("iam.update_role", {"RoleName": "r", "Description": "words", "MaxSessionDuration": 3600}),
        ),
    ],
)
def test_each_drift_makes_its_own_change(drift: dict[str, Any], change: tuple[str, dict[str, Any]]) -> None:
    assert _changes(replace(OURS, **drift)) == [change]
    assert plan(WANTED, replace(OURS, **drift)).after == plan(WANTED, OURS).after


def test_settings_are_sent_together_and_kept_where_nothing_is_wanted() -> None:
    long = replace(OURS, max_session_duration=7200, description="x")
    assert _changes(long) == [
        ("iam.update_role", {"RoleName": "r", "Description": "words", "MaxSessionDuration": 7200})
    ]
    wanted = replace(WANTED, max_session_duration=43200)
    assert _changes(OURS, wanted)[0][1]["MaxSessionDuration"] == 43200


@pytest.mark.parametrize(
    "edited",
    [
        {**WANTED.statement, "Effect": "Deny"},
        {**WANTED.statement, "Condition": {"StringLike": {"oidc.test/id/A:sub": "system:serviceaccount:*"}}},
        replace(WANTED, issuer="https://oidc.test/id/RECREATED").statement,
        replace(WANTED, service_account="default").statement,
    ],
)
def test_our_statement_is_put_right_and_others_stay(edited: dict[str, Any]) -> None:
    actual = {"Version": "2008-10-17", "Id": "X", "Statement": [FOREIGN, edited]}
    found = plan(WANTED, replace(OURS, trust=actual))
    (change,) = found.changes
    assert change.operation == "iam.update_assume_role_policy"
    assert json.loads(change.arguments["PolicyDocument"]) == {**actual, "Statement": [FOREIGN, WANTED.statement]}
    assert "ec2.amazonaws.com" in found.notices[0]


def test_our_statement_is_added_beside_others() -> None:
    ((_operation, arguments),) = _changes(replace(OURS, trust=documents.document(FOREIGN)))
    assert json.loads(arguments["PolicyDocument"])["Statement"] == [FOREIGN, WANTED.statement]


def test_the_provider_of_the_cluster_before_is_a_notice() -> None:
    statement = trust.statement(OWNER, "https://oidc.test/id/B", "epinio-server")
    (notice,) = plan(WANTED, replace(OURS, trust=documents.document(statement))).notices
    assert "trusted OIDC provider arn:aws:iam::123456789012:oidc-provider/oidc.test/id/B" in notice


def test_what_others_added_is_kept_and_reported() -> None:
    actual = replace(
        OURS,
        trust=documents.document(WANTED.statement, FOREIGN),
        policies=(POLICY, THEIRS),
        permissions_boundary=BOUNDARY,
        tags={**WANTED.marked, "theirs": "x"},
    )
    found = plan(WANTED, actual)
    assert (found.changes, found.before) == ((), found.after)
    assert [
        word in notice for word, notice in zip(["ec2", THEIRS, BOUNDARY, "theirs"], found.notices, strict=True)
    ] == [True] * 4


def test_a_policy_that_the_role_no_longer_has_is_detached_once_the_wanted_one_is_there() -> None:
    wanted = replace(WANTED, retired_policies=(FORMER,))
    found = plan(wanted, replace(OURS, policies=(FORMER, THEIRS)))
    assert [(change.operation, change.arguments["PolicyArn"]) for change in found.changes] == [
        ("iam.attach_role_policy", POLICY),
        ("iam.detach_role_policy", FORMER),
    ]
    assert found.changes[-1].arguments == {"RoleName": "r", "PolicyArn": FORMER}
    assert found.after["policies"] == [POLICY, THEIRS]
    (kept,) = found.notices
    assert THEIRS in kept


@pytest.mark.parametrize("actual", [None, OURS])
def test_a_retired_policy_that_is_not_attached_makes_no_difference(actual: Role | None) -> None:
    assert plan(replace(WANTED, retired_policies=(FORMER,)), actual) == plan(WANTED, actual)


def test_nothing_is_detached_from_an_unmarked_role() -> None:
    with pytest.raises(Refused, match="former is attached"):
        plan(replace(WANTED, retired_policies=(FORMER,)), replace(UNMARKED, policies=(POLICY, FORMER)))


@pytest.mark.parametrize("actual", [None, THEIRS])
def test_the_boundary_is_put(actual: str | None) -> None:
    wanted = replace(WANTED, permissions_boundary=BOUNDARY)
    assert _changes(replace(OURS, permissions_boundary=actual), wanted) == [
        ("iam.put_role_permissions_boundary", {"RoleName": "r", "PermissionsBoundary": BOUNDARY})
    ]
    assert _changes(replace(OURS, permissions_boundary=BOUNDARY), wanted) == []


def test_a_role_is_narrowed_before_it_is_given_more() -> None:
    drifted = replace(OURS, trust=documents.document(FOREIGN), tags=OWNER.tags({}), policies=(), description="x")
    assert [operation for operation, _ in _changes(drifted, replace(WANTED, permissions_boundary=BOUNDARY))] == [
        "iam.tag_role",
        "iam.put_role_permissions_boundary",
        "iam.update_assume_role_policy",
        "iam.update_role",
        "iam.attach_role_policy",
    ]


def test_a_large_trust_policy_is_a_notice() -> None:
    large = documents.document(WANTED.statement, {**FOREIGN, "Sid": "X" * 2000})
    assert "2048" in plan(WANTED, replace(OURS, trust=large)).notices[-1]


@pytest.mark.parametrize(
    "same",
    [
        {},
        {"trust": documents.document({**_reordered(WANTED.statement), "Sid": "Theirs"})},
        {"trust": {"Statement": {key: value for key, value in WANTED.statement.items() if key != "Sid"}}},
        {"tags": {"alpha.eksctl.io/cluster-name": "one"}, "description": "x"},
        {"permissions_boundary": BOUNDARY},
    ],
)
def test_an_unmarked_role_that_grants_just_this_is_used_as_it_is(same: dict[str, Any]) -> None:
    found = plan(WANTED, replace(UNMARKED, **same))
    assert (found.changes, found.before) == ((), found.after)
    assert "used as it is" in found.notices[0]


@pytest.mark.parametrize(
    ("other", "word"),
    [
        ({"trust": documents.document(FOREIGN)}, "does not trust system:serviceaccount:epinio:epinio-server"),
        ({"trust": documents.document(WANTED.statement, FOREIGN)}, "ec2.amazonaws.com"),
        ({"trust": documents.document({**WANTED.statement, "Effect": "Deny"})}, "does not trust"),
        ({"policies": ()}, "ours is not attached"),
        ({"policies": (POLICY, THEIRS)}, "theirs is attached"),
        ({"inline": ("secret-powers",)}, "inline policy secret-powers"),
        ({"policies": (), "tags": {"aws:cloudformation:stack-name": "eksctl-one"}}, "aws:cloudformation:stack-name"),
    ],
)
def test_any_other_unmarked_role_is_refused(other: dict[str, Any], word: str) -> None:
    with pytest.raises(Refused) as refused:
        plan(WANTED, replace(UNMARKED, **other))
    assert word in str(refused.value)
    assert "epinio_name_suffix" in str(refused.value)


@pytest.mark.parametrize(
    ("wanted", "word"),
    [({"permissions_boundary": BOUNDARY}, "boundary is none"), ({"max_session_duration": 7200}, "3600 s")],
)
def test_an_unmarked_role_that_lacks_a_setting_is_refused(wanted: dict[str, Any], word: str) -> None:
    with pytest.raises(Refused, match=word):
        plan(replace(WANTED, **wanted), UNMARKED)


def test_another_wirings_role_is_refused_even_if_it_is_equal() -> None:
    with pytest.raises(Refused, match=r"cluster/two/epinio.*epinio_name_suffix"):
        plan(WANTED, replace(OURS, tags=OTHER.tags({})))


@pytest.mark.parametrize("place", [{"path": "/"}, {"name": "R"}])
@pytest.mark.parametrize("actual", [OURS, UNMARKED])
def test_a_role_of_this_name_elsewhere_is_refused(actual: Role, place: dict[str, Any]) -> None:
    with pytest.raises(Refused, match="epinio_iam_path"):
        plan(WANTED, replace(actual, **place))
