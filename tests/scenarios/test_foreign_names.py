"""What others made, under the names that a wiring would use: what becomes of it when wiring, and when tearing down."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.people import NAMESPACE
from sandbox.playbook import Run
from tests.scenarios import foreign
from tests.scenarios.foreign import ANNOTATION, EC2, EVERYTHING, FOREIGN_ROLE
from tests.scenarios.world import STAGING_ROLE, Wire, World

pytestmark = [pytest.mark.scenario, pytest.mark.usefixtures("consistent")]

UNMARKED, OF_STACK = "was not made by this collection", "CloudFormation or eksctl owns it, as its tags"
NOT_WANTED = (UNMARKED, "is not what is wanted")
# The server's policy of the rows about roles: an unmarked one that says what is wanted, so it is used.
EQUAL = "equal-policy"


@dataclass(frozen=True)
class Row:
    """A foreign object, which has the row's name, and words of what is said of it when wiring and when tearing down.

    `torn` is empty for another wiring's: where nothing else has this wiring's names, the teardown is refused.
    """

    kind: str
    wired: tuple[str, ...]
    torn: tuple[str, ...] = (UNMARKED,)


# By name. An unmarked object that is used is in the row `equal` and in the scenario of foreign objects.
ROWS: Mapping[str, Row] = {
    "policy-different": Row("policy", (*NOT_WANTED, "is not wanted", "epinio_name_suffix")),
    "policy-with-more-rights": Row("policy", (*NOT_WANTED, "is not wanted")),
    "policy-of-a-stack": Row("policy", (*NOT_WANTED, OF_STACK), (OF_STACK, "Have its owner remove it")),
    "policy-of-another-cluster": Row("policy", ("another wiring, {other}", "epinio_name_suffix"), ()),
    "role-different": Row("role", (*NOT_WANTED, "does not trust system:serviceaccount:epinio:epinio-server")),
    "role-that-trusts-more": Row("role", (*NOT_WANTED, "it trusts", "ec2.amazonaws.com")),
    "role-with-another-policy": Row("role", (*NOT_WANTED, "policy {arn}:policy/somebodys is attached")),
    "role-with-an-inline-policy": Row("role", (*NOT_WANTED, "it has the inline policy more")),
    "role-of-a-stack": Row("role", (*NOT_WANTED, OF_STACK), (OF_STACK, "Have its owner remove it")),
    "role-of-another-namespace": Row("role", ("another wiring, {neighbour}", "epinio_name_suffix"), ()),
    "account-of-eksctl": Row(
        "account",
        (FOREIGN_ROLE, "The account is eksctl's", "Let eksctl take away account and role (eksctl delete"),
        ("the account is eksctl's", "Let eksctl take away account and role: eksctl delete"),
    ),
    "account-without-a-role": Row(
        "account", (UNMARKED, "lacks the annotation", "epinio_staging_service_account"), ("did not make it",)
    ),
    "account-of-another-cluster": Row("account", ("another wiring, {other}",), ()),
}


# By host of IRSA's teardown the names that it asks for, as many of the rows at once as one wiring has names.
TEARDOWNS: Mapping[str, Mapping[str, str]] = {
    "first": {
        "policy_name": "policy-different",
        "staging_policy_name": "policy-with-more-rights",
        "server_role_name": "role-different",
        "staging_role_name": "role-that-trusts-more",
        "staging_service_account": "account-of-eksctl",
    },
    "second": {
        "policy_name": "policy-of-a-stack",
        "server_role_name": "role-with-another-policy",
        "staging_role_name": "role-with-an-inline-policy",
        "staging_service_account": "account-without-a-role",
    },
    "third": {"server_role_name": "role-of-a-stack"},
    "others": {
        "policy_name": "policy-of-another-cluster",
        "server_role_name": "role-of-another-namespace",
        "staging_service_account": "account-of-another-cluster",
    },
}
# By mode the rows whose objects a wiring of it would have.
OF_MODE: Mapping[str, list[str]] = {
    "irsa": list(ROWS),
    "instance_profile": [row for row, its in ROWS.items() if its.kind == "policy"],
}
OF_OTHERS = {"irsa": "others", "instance_profile": "policy-of-another-cluster"}


def wirings() -> dict[str, dict[str, str]]:
    """A host for each row in each mode, with the names by which the row's object would be the wiring's."""
    own = {"policy": "policy_name", "role": "server_role_name", "account": "staging_service_account"}
    return {
        # For all but the policies' rows the server's policy is one that is used.
        f"{mode} {row}": {"playbook": mode, "policy_name": EQUAL, own[ROWS[row].kind]: row}
        for mode, rows in OF_MODE.items()
        for row in rows
    }


def teardowns() -> dict[str, dict[str, str | None]]:
    """IRSA's hosts, and for the other mode, which has one name, one for each row."""
    hosts = {f"irsa {host}": {"playbook": "teardown_irsa", **names} for host, names in TEARDOWNS.items()}
    for row in OF_MODE["instance_profile"]:
        hosts[f"instance_profile {row}"] = {"playbook": "teardown_instance_profile", "policy_name": row}
    return {host: {"create_bucket": None, **names} for host, names in hosts.items()}


@pytest.fixture(scope="module")
def words(world: World) -> Mapping[str, str]:
    here = f"arn:aws:eks:us-east-1:{world.account}:cluster"
    return {"arn": f"arn:aws:iam::{world.account}", "other": f"{here}/other/epinio", "neighbour": f"{here}/epinio/next"}


@pytest.fixture(scope="module")
def planted(world: World, words: Mapping[str, str]) -> dict[str, Any]:
    """The rows' objects, as independent readers see them."""
    rights, trust, more = foreign.server_rights(world), foreign.trust(world), foreign.EVERYTHING
    equal = foreign.create_policy(world, EQUAL, {"Sid": "Any", **rights[0]}, rights[1])
    somebodys = foreign.create_policy(world, "somebodys", more)
    foreign.create_policy(world, "policy-different", EVERYTHING, tags={"team": "apps"})
    foreign.create_policy(world, "policy-with-more-rights", *rights, more)
    foreign.of_stack(world, foreign.create_policy(world, "policy-of-a-stack", more))
    foreign.create_policy(world, "policy-of-another-cluster", *rights, tags=foreign.mark(words["other"]))
    foreign.create_role(world, "role-different", EC2)
    foreign.create_role(world, "role-that-trusts-more", trust, EC2, policies=(equal,))
    foreign.create_role(world, "role-with-another-policy", trust, policies=(equal, somebodys))
    foreign.create_role(world, "role-with-an-inline-policy", trust, policies=(equal,))
    world.iam.put_role_policy(
        RoleName="role-with-an-inline-policy", PolicyName="more", PolicyDocument=foreign.document(more)
    )
    foreign.of_stack(world, foreign.create_role(world, "role-of-a-stack", EC2))
    foreign.create_role(
        world, "role-of-another-namespace", trust, policies=(equal,), tags=foreign.mark(words["neighbour"])
    )
    foreign.create_role(world, "equal", {"Sid": "EpinioAwsIrsa", **trust}, policies=(equal,))
    eksctl = {"labels": {"app.kubernetes.io/managed-by": "eksctl"}}
    foreign.create_account(world, "account-of-eksctl", "eksctl", annotations={ANNOTATION: FOREIGN_ROLE}, **eksctl)
    foreign.create_account(world, "account-without-a-role", "kubectl-create")
    marks = {"epinio.aws/wiring": words["other"], ANNOTATION: FOREIGN_ROLE}
    labels = {"epinio.aws/managed-by": "epinio.aws"}
    foreign.create_account(world, "account-of-another-cluster", "epinio.aws", annotations=marks, labels=labels)
    role = world.arn("role", STAGING_ROLE)
    foreign.create_account(world, "equal", "eksctl", annotations={ANNOTATION: role}, **eksctl)
    return seen(world)


def seen(world: World) -> dict[str, Any]:
    """All roles and policies of the account and all service accounts of the namespace."""
    roles = world.iam.get_paginator("list_roles").paginate().search("Roles[].RoleName")
    policies = world.iam.get_paginator("list_policies").paginate(Scope="Local").search("Policies[].Arn")
    accounts = world.core.list_namespaced_service_account(NAMESPACE).items
    return {
        **{f"role {name}": foreign.role(world, name) for name in roles},
        **{arn: foreign.policy(world, arn) for arn in policies},
        **{f"account {one.metadata.name}": (one.metadata.annotations, one.metadata.labels) for one in accounts},
    }


@pytest.fixture(scope="module")
def wired(world: World, planted: Mapping[str, Any]) -> tuple[Run, Wire]:
    with world.wire() as wire:
        return world.run_each(wirings()), wire


@pytest.fixture(scope="module")
def torn(world: World, wired: object) -> tuple[Run, Wire]:
    with world.wire() as wire:
        return world.run_each(teardowns()), wire


@pytest.mark.parametrize("host", wirings())
def test_wiring_refuses_it(host: str, wired: tuple[Run, Wire], words: Mapping[str, str]) -> None:
    message, row = wired[0].failures.get(host, ""), host.partition(" ")[2]
    assert [word for word in (row, *ROWS[row].wired) if word.format_map(words) not in message] == [], message


def test_no_refusal_comes_after_a_write(
    world: World, planted: Mapping[str, Any], wired: tuple[Run, Wire], torn: tuple[Run, Wire]
) -> None:
    assert set(wired[0].failures) == set(wirings())
    assert [(found.changed, wire.writes) for found, wire in (wired, torn)] == [(0, []), (0, [])]
    assert "iam:GetRole" in wired[1].actions
    assert seen(world) == planted


@pytest.mark.parametrize("mode", OF_MODE)
def test_teardown_leaves_it(mode: str, torn: tuple[Run, Wire]) -> None:
    said = [line for host, lines in torn[0].summaries.items() if host.startswith(mode) for line in lines]
    for row in OF_MODE[mode]:
        lines = [line for line in said if line.startswith("Left: ") and f"{row}:" in line]
        assert len(lines) == bool(ROWS[row].torn), row
        assert [word for word in ROWS[row].torn if word not in lines[0]] == [], lines


def test_teardown_refuses_what_is_all_another_wirings(torn: tuple[Run, Wire], words: Mapping[str, str]) -> None:
    refused = {host: failure.partition("is wired for ")[2] for host, failure in torn[0].failures.items()}
    assert set(refused) == {f"{mode} {host}" for mode, host in OF_OTHERS.items()}
    assert [words["other"] in others for others in refused.values()] == [True, True], refused
    assert words["neighbour"] in refused["irsa others"]


def test_what_is_equal_is_used(world: World, torn: object) -> None:
    """Policy (equal but for its Sids), role and eksctl's staging account: planned as they are."""
    names = {"policy_name": EQUAL, "server_role_name": "equal", "staging_service_account": "equal"}
    with world.wire() as wire:
        found = world.run_each({mode: {"playbook": mode, **names} for mode in OF_MODE}, "--check")
    assert (found.code, wire.writes) == (0, []), found.output
    used = {
        "irsa": (f"Policy {EQUAL}", "Role equal", "service account epinio/equal"),
        "instance_profile": (f"Policy {EQUAL}",),
    }
    for mode, subjects in used.items():
        text = "\n".join(found.summaries[mode])
        assert [subject for subject in subjects if f"{subject} {UNMARKED}" not in text] == [], text
    changes = {task.name.rpartition(" : ")[2]: task.changes for task in found.named(", planned")}
    for task in ("Policy of the server", "Role of the server", "Service account of the staging jobs"):
        assert changes[f"{task}, planned"] == []
    (attached,) = changes["Policy of the nodes, planned"]
    assert attached["operation"] == "iam.attach_role_policy"
