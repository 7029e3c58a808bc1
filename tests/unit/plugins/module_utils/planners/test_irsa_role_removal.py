"""A role of ours goes; what somebody else added keeps it, without anything of ours that IAM lets go."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents, trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_removal import Unwanted, plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Role

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
POLICY, FORMER, THEIRS = (f"arn:aws:iam::123456789012:policy/{name}" for name in ("ours", "former", "theirs"))
ISSUER, PROVIDER = "https://oidc.test/id/A", "arn:aws:iam::123456789012:oidc-provider/oidc.test/id/A"
UNWANTED = Unwanted(OWNER, "r", (POLICY, FORMER), {"team": "a"}, ISSUER)
STATEMENT = trust.statement(OWNER, ISSUER, "epinio-server")
TRUST = documents.document(STATEMENT)
OURS = Role("r", "/team/", TRUST, UNWANTED.marked, (POLICY,))
FOREIGN = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"Service": "ec2.amazonaws.com"},
    "Action": "sts:AssumeRole",
}
BOTH = documents.document(STATEMENT, FOREIGN)
DETACHED = ("iam.detach_role_policy", {"RoleName": "r", "PolicyArn": POLICY})
DELETED = ("iam.delete_role", {"RoleName": "r"})


def _changes(actual: Role | None) -> list[tuple[str, dict[str, Any]]]:
    return [(change.operation, dict(change.arguments)) for change in plan(UNWANTED, actual).changes]


def test_no_role_is_nothing() -> None:
    found = plan(UNWANTED, None)
    assert (found.before, found.after, found.changes, found.notices, found.residue) == ({}, {}, (), (), ())


def test_ours_goes() -> None:
    found = plan(UNWANTED, OURS)
    assert _changes(OURS) == [DETACHED, DELETED]
    assert (found.before["arn"], found.after) == ("arn:aws:iam::123456789012:role/team/r", {})
    assert (found.notices, found.residue) == ((), ())


@pytest.mark.parametrize(
    ("issuer", "word"), [("https://oidc.test/id/B", "has another issuer now"), ("", "issuer is not known any more")]
)
def test_the_provider_of_a_cluster_that_is_gone_is_reported(issuer: str, word: str) -> None:
    (residue,) = plan(replace(UNWANTED, issuer=issuer), OURS).residue
    assert (residue.object, word in residue.reason) == (f"OIDC provider {PROVIDER}", True)
    assert residue.advice.endswith(f"delete-open-id-connect-provider --open-id-connect-provider-arn {PROVIDER}")
    kept = plan(replace(UNWANTED, issuer=issuer), replace(OURS, trust=BOTH))
    assert [one.object for one in kept.residue] == ["role r", f"OIDC provider {PROVIDER}"]
    # Where our statement has to stay, its provider is still trusted.
    bound = plan(replace(UNWANTED, issuer=issuer), replace(OURS, inline=("more",)))
    assert [one.object for one in bound.residue] == ["role r"]


@pytest.mark.parametrize(
    ("policies", "changes"),
    [
        ((), [DELETED]),
        ((FORMER,), [("iam.detach_role_policy", {"RoleName": "r", "PolicyArn": FORMER}), DELETED]),
        (
            (FORMER, POLICY),
            [("iam.detach_role_policy", {"RoleName": "r", "PolicyArn": FORMER}), DETACHED, DELETED],
        ),
    ],
)
def test_what_a_broken_run_left_goes(policies: tuple[str, ...], changes: list[Any]) -> None:
    assert _changes(replace(OURS, policies=policies)) == changes


@pytest.mark.parametrize(
    "drift",
    [
        {"trust": documents.document({**STATEMENT, "Effect": "Deny"})},
        {"description": "x", "max_session_duration": 7200, "permissions_boundary": THEIRS, "path": "/"},
    ],
)
def test_settings_do_not_keep_it(drift: dict[str, Any]) -> None:
    assert _changes(replace(OURS, **drift)) == [DETACHED, DELETED]


def test_tags_of_others_go_with_it_and_are_named() -> None:
    found = plan(UNWANTED, replace(OURS, tags={**UNWANTED.marked, "theirs": "x"}))
    assert found.after == {}
    assert found.notices == ("Role r: tags that are not ours go with it: theirs.",)


@pytest.mark.parametrize(
    ("added", "word", "command"),
    [
        (
            {"policies": (POLICY, THEIRS)},
            f"policy {THEIRS} is attached",
            f"aws iam detach-role-policy --role-name r --policy-arn {THEIRS}",
        ),
        (
            {"inline": ("more",)},
            "the inline policy more",
            "aws iam delete-role-policy --role-name r --policy-name more",
        ),
        (
            {"instance_profiles": ("nodes",)},
            "the instance profile nodes",
            "aws iam remove-role-from-instance-profile --role-name r --instance-profile-name nodes",
        ),
    ],
)
def test_what_others_added_keeps_it(added: dict[str, Any], word: str, command: str) -> None:
    actual = replace(OURS, **added)
    found = plan(UNWANTED, actual)
    (residue,) = found.residue
    assert _changes(actual) == [DETACHED]
    assert found.after == {**found.before, "policies": [arn for arn in actual.policies if arn == THEIRS]}
    assert word in residue.reason
    assert "our trust statement stays" in residue.reason
    assert residue.advice.endswith(f"{command} && aws iam delete-role --role-name r")
    assert (residue.object, residue.wiring) == ("role r", "")


def test_only_our_statement_leaves_a_trust_policy_of_others() -> None:
    actual = replace(OURS, trust={**BOTH, "Id": "X"})
    found = plan(UNWANTED, actual)
    detached, (operation, arguments) = _changes(actual)
    assert (detached, operation) == (DETACHED, "iam.update_assume_role_policy")
    assert (
        json.loads(arguments["PolicyDocument"]) == {**BOTH, "Id": "X", "Statement": [FOREIGN]} == found.after["trust"]
    )
    (residue,) = found.residue
    assert "ec2.amazonaws.com" in residue.reason
    assert "our trust statement stays" not in residue.reason
    assert residue.advice.endswith("run: aws iam delete-role --role-name r")


def test_a_trust_policy_that_iam_would_not_take_stays_as_it_is() -> None:
    deleted = {**FOREIGN, "Principal": {"AWS": ["arn:aws:iam::123456789012:root", "AIDAEXAMPLE0123456789"]}}
    actual = replace(OURS, trust=documents.document(STATEMENT, deleted))
    found = plan(UNWANTED, actual)
    assert _changes(actual) == [DETACHED]
    (residue,) = found.residue
    assert "our trust statement stays" in residue.reason
    assert "names a deleted user or role (AIDAEXAMPLE0123456789)" in residue.reason
    assert plan(UNWANTED, replace(actual, policies=())).changes == ()


def test_everything_of_others_is_one_residue_and_stays_the_same_in_the_next_run() -> None:
    actual = replace(
        OURS, policies=(POLICY, THEIRS), inline=("more",), instance_profiles=("nodes",), trust=BOTH, path="/"
    )
    first = plan(UNWANTED, actual)
    left = replace(actual, policies=(THEIRS,), trust=documents.document(FOREIGN))
    second = plan(UNWANTED, left)
    assert len(first.residue) == 1
    assert (second.changes, second.before, second.after) == ((), first.after, first.after)
    assert second.residue == first.residue


def test_a_last_statement_of_ours_is_no_change_in_the_next_run() -> None:
    left = replace(OURS, policies=(THEIRS,))
    assert _changes(left) == []
    assert plan(UNWANTED, left).before == plan(UNWANTED, left).after


@pytest.mark.parametrize(
    ("marks", "word", "other"),
    [({}, "not made by this collection", ""), (OTHER.tags({}), "cluster/two/epinio", str(OTHER))],
)
def test_what_is_not_ours_is_not_touched(marks: dict[str, str], word: str, other: str) -> None:
    found = plan(UNWANTED, replace(OURS, tags=marks))
    (residue,) = found.residue
    assert (found.changes, found.before) == ((), found.after)
    assert word in residue.reason
    assert residue.wiring == other


@pytest.mark.parametrize("change", [{"name": "a b"}, {"policies": ("p",)}])
def test_what_iam_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(UNWANTED, **change)
