"""From where a proof is carried out."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.places import node_role_findings, places
from ansible_collections.epinio.aws.plugins.module_utils.domain.verdicts import Verdict, overall
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


def not_asked() -> Sequence[str]:
    raise AssertionError("what the caller may do counts for auto only")


@pytest.mark.parametrize(
    ("wanted", "of_nodes", "expected"),
    [
        ("controller", False, (True, False)),
        ("cluster", False, (False, True)),
        ("both", False, (True, True)),
        ("cluster", True, (False, True)),
    ],
)
def test_what_is_asked_for_is_done(wanted: str, of_nodes: bool, expected: tuple[bool, bool]) -> None:
    found = places(wanted, not_asked, of_nodes=of_nodes)
    assert (found.controller, found.pods, found.findings) == (*expected, ())
    assert found.without_jobs is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("missing", "of_nodes", "expected", "verdict"),
    [
        ((), False, (True, True), Verdict.PROVEN),
        ((), True, (False, True), Verdict.PROVEN),
        (("create jobs", "list pods"), False, (True, False), Verdict.PROVEN),
        (("create jobs", "list pods"), True, (False, False), Verdict.INCONCLUSIVE),
    ],
)
def test_auto_is_all_that_is_possible(
    missing: tuple[str, ...], of_nodes: bool, expected: tuple[bool, bool], verdict: Verdict
) -> None:
    found = places("auto", lambda: missing, of_nodes=of_nodes)
    assert (found.controller, found.pods) == expected
    assert overall(found.findings) is verdict
    # That the node's role was not proven is never only noted.
    assert (found.without_jobs is Verdict.NOTED) is (expected == (True, True))
    # Never silently.
    assert [("create jobs, list pods" in str(finding)) for finding in found.findings] == ([True] if missing else [])


@pytest.mark.parametrize("wanted", ["controller", "both"])
def test_nodes_roles_are_refused_from_where_ansible_runs(wanted: str) -> None:
    with pytest.raises(Refused, match=f"from is {wanted}, and must be cluster or auto"):
        places(wanted, not_asked, of_nodes=True)


WITH, WITHOUT = {"name": "a", "nodes": ["n1"]}, {"name": "b", "nodes": []}


@pytest.mark.parametrize(
    ("roles", "verdict", "named"),
    [
        ([WITH], Verdict.PROVEN, False),
        ([WITH, WITHOUT], Verdict.PROVEN, True),
        ([WITHOUT], Verdict.INCONCLUSIVE, True),
    ],
)
def test_a_role_without_a_node_is_noted_as_long_as_another_has_one(
    roles: list[dict[str, object]], verdict: Verdict, named: bool
) -> None:
    found = node_role_findings(roles)
    assert overall(found) is verdict
    assert any("has the role b" in str(finding) for finding in found) is named
    assert "Every pod on the nodes of these roles has the access" in str(found[-1])
