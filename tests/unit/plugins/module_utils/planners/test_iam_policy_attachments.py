"""A policy is attached to the wanted roles of nodes, and to nobody else; no other attachment is touched."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import documents
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import iam_policy, iam_policy_removal
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy import Policy, Use
from ansible_collections.epinio.aws.plugins.module_utils.planners.iam_policy_attachments import Attachments, extended

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
OTHER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/two/epinio")
DOCUMENT = documents.document({"Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["*"]})
WANTED = iam_policy.Wanted(OWNER, "p", "/", DOCUMENT)
ARN = WANTED.arn
OURS = Policy(ARN, DOCUMENT, WANTED.marked)
# Neither a user nor a boundary is an attachment to a role.
ELSEWHERE = (Use("user", "one"), Use("role", "one", boundary=True))


def attached(*roles: str, policy: Policy = OURS) -> Policy:
    return replace(policy, uses=(*(Use("role", role) for role in roles), *ELSEWHERE))


def present(wanted: Attachments, actual: Policy | None, counts: Mapping[str, int | None] | None = None) -> Plan:
    roles = dict.fromkeys(wanted.lacking(actual), 1) if counts is None else counts
    return extended(iam_policy.plan(WANTED, actual), wanted, actual, roles)


def absent(wanted: Attachments | None, actual: Policy | None, *released_by: str) -> Plan:
    return iam_policy_removal.plan(iam_policy_removal.Unwanted(OWNER, "p", "/", released_by, wanted), actual)


def steps(plan: Plan) -> list[str]:
    """Each change in two words: what is done, and to which role if to one."""
    found = [(one.operation.partition(".")[2].split("_")[0], one.arguments.get("RoleName", "")) for one in plan.changes]
    return [" ".join(filter(None, step)) for step in found]


@pytest.mark.parametrize(
    ("wanted", "actual", "expected", "after"),
    [
        (Attachments(("b", "a", "b")), None, ["create", "attach b", "attach a"], ["a", "b"]),
        (Attachments(("a",)), attached(), ["attach a"], ["a"]),
        (Attachments(("a", "b")), attached("theirs", "a"), ["attach b"], ["a", "b", "theirs"]),
        (Attachments(("a",)), attached("a", "theirs"), [], ["a", "theirs"]),
        (Attachments((), ("a",)), attached("a", "theirs"), ["detach a"], ["theirs"]),
        (Attachments((), ("gone", "a", "one")), attached("a"), ["detach a"], []),
        (Attachments((), ("a",)), None, ["create"], []),
        # Nobody loses the policy before somebody else has it.
        (Attachments(("b",), ("a",)), attached("a"), ["attach b", "detach a"], ["b"]),
        (Attachments(), attached("theirs"), [], ["theirs"]),
    ],
)
def test_attachments(wanted: Attachments, actual: Policy | None, expected: list[str], after: list[str]) -> None:
    plan = present(wanted, actual)
    assert steps(plan) == expected
    assert plan.after["attached_to"] == after
    assert plan.before.get("attached_to") == (None if actual is None else sorted(r.name for r in actual.uses[:-2]))
    assert all(one.arguments["PolicyArn"] == ARN for one in plan.changes if "RoleName" in one.arguments)


def test_another_document_comes_before_whom_it_is_for() -> None:
    wider = documents.document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    assert steps(present(Attachments(("a",)), attached(policy=replace(OURS, document=wider)))) == [
        "replace",
        "attach a",
    ]


def test_one_that_is_used_as_it_is_may_be_attached_too() -> None:
    unmarked = attached("theirs", policy=replace(OURS, tags={}))
    plan = present(Attachments(("a",), ("theirs",)), unmarked)
    assert steps(plan) == ["attach a", "detach theirs"]
    assert "used as it is" in plan.notices[0]
    with pytest.raises(Refused, match="cluster/two/epinio"):
        present(Attachments(("a",)), replace(unmarked, tags=OTHER.tags({})))


def test_roles_that_do_not_exist_are_refused_by_name() -> None:
    with pytest.raises(
        Refused, match=r"no role b or c in the account.*epinio_node_role_names \(names, without a path\)"
    ):
        present(Attachments(("a", "b", "c")), None, {"a": 0, "b": None, "c": None})


@pytest.mark.parametrize(("count", "said"), [(0, False), (9, False), (10, True), (12, True)])
def test_a_role_that_has_as_many_policies_as_is_usual_is_told(count: int, said: bool) -> None:
    notices = present(Attachments(("a",)), OURS, {"a": count}).notices
    assert [f"Role a has {count} policies" in one and "quota" in one for one in notices] == [True] * said


@pytest.mark.parametrize(
    "given",
    [
        {"attach_to": ("a b",)},
        {"detach_from": ("",)},
        {"attach_to": ("arn:aws:iam::123456789012:role/a",)},
        {"attach_to": ("a", "b"), "detach_from": ("b",)},
    ],
)
def test_what_cannot_be_is_refused_before_any_call(given: Any) -> None:
    with pytest.raises(Refused):
        Attachments(**given)


GONE = ["delete"]


@pytest.mark.parametrize(
    ("wanted", "uses", "released_by", "expected"),
    [
        (Attachments((), ("a", "b")), ("a", "b"), (), ["detach a", "detach b", *GONE]),
        (Attachments((), ("a", "gone")), ("a",), (), ["detach a", *GONE]),
        (Attachments((), ("a",)), ("a", "server"), ("server",), ["detach a", *GONE]),
        (Attachments(), (), (), GONE),
        (None, (), (), GONE),
    ],
)
def test_a_policy_that_nobody_else_uses_goes(
    wanted: Attachments | None, uses: tuple[str, ...], released_by: tuple[str, ...], expected: list[str]
) -> None:
    actual = replace(OURS, uses=tuple(Use("role", role) for role in uses))
    plan = absent(wanted, actual, *released_by)
    assert (steps(plan), plan.after, plan.residue) == (expected, {}, ())


def test_one_that_somebody_else_uses_is_detached_and_kept() -> None:
    plan = absent(Attachments((), ("a", "one")), attached("a", "theirs"))
    assert steps(plan) == ["detach a"]
    assert (plan.before["attached_to"], plan.after["attached_to"]) == (["a", "theirs"], ["theirs"])
    (residue,) = plan.residue
    assert residue.reason.endswith(
        "it is attached to role theirs, user one; it is the permissions boundary of role one"
    )


def test_an_unmarked_one_is_detached_and_never_deleted() -> None:
    plan = absent(Attachments((), ("a",)), attached("a", policy=replace(OURS, tags={})))
    assert steps(plan) == ["detach a"]
    assert plan.after["attached_to"] == []
    assert "not made by this collection" in plan.residue[0].reason


def test_what_another_wiring_has_is_left_alone() -> None:
    plan = absent(Attachments((), ("a",)), attached("a", policy=replace(OURS, tags=OTHER.tags({}))))
    assert (plan.changes, plan.before) == ((), plan.after)
    assert plan.residue[0].wiring == str(OTHER)


def test_where_nobody_asks_nothing_is_said_of_attachments() -> None:
    assert "attached_to" not in absent(None, attached("a")).after
    assert absent(Attachments((), ("a",)), None).after == {}
