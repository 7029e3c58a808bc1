"""What names a role of nodes and does not count is said, with the reason."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import trust
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth, MappedRole
from ansible_collections.epinio.aws.plugins.module_utils.domain.left_out_roles import left_out
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import Survey, standings
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import AccessEntry, Instance, Node, NodeGroup
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners import node_roles_info as planner

CLUSTER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/one/epinio").cluster
ROLE, ELSEWHERE = "arn:aws:iam::123456789012:role/n", "arn:aws:iam::999999999999:role/n"
PROFILE = "arn:aws:iam::123456789012:instance-profile/p"


def survey(**known: Any) -> Survey:
    return Survey(CLUSTER, role_arns={"n": ROLE}, **known)


def entry(kind: str, arn: str = ROLE) -> dict[str, Any]:
    return {"entries": (AccessEntry(arn, kind),)}


def row(**of_row: Any) -> dict[str, Any]:
    return {"aws_auth": AwsAuth((MappedRole("n", **of_row),))}


LEFT_OUT = {
    "an unreadable list": ({"aws_auth": AwsAuth(trouble="mapRoles is no YAML")}, "is malformed: mapRoles is no YAML"),
    "a bad row": ({"aws_auth": AwsAuth(left_out=("row 1, null: x",))}, "do not count: row 1, null: x. Where one"),
    "a row of hybrid nodes": (
        {**row(certain=False), "not_of_ec2": frozenset(["n"])}, "role n: its trust policy does not name EC2"
    ),
    "an entry of HyperPod": (entry("HYPERPOD_LINUX"), "(type HYPERPOD_LINUX: instances of SageMaker HyperPod"),
    "an entry of a new type": (entry("MOON_LINUX"), "(type MOON_LINUX: this version of the collection does not know"),
    "an entry without a type": (entry(""), "(type not given: this version"),
    "an entry of another account": (entry("EC2_LINUX", ELSEWHERE), "(type EC2_LINUX, the role is of another account)"),
    "the same of Windows": (entry("EC2_WINDOWS", ELSEWHERE), "(type EC2_WINDOWS, the role is of another account)"),
    "the same of Auto Mode": (entry("EC2", ELSEWHERE), "(type EC2, the role is of another account)"),
    "an entry of another partition": (entry("EC2_LINUX", ROLE.replace("aws", "aws-cn")), "of another account"),
    "a group without a role": ({"groups": (NodeGroup("g", ""),)}, "while they have no nodes: g (EKS names no role"),
    "a group that goes": ({"groups": (NodeGroup("g", ROLE, deleting=True),)}, "the nodes that are left only: g."),
}  # fmt: skip


@pytest.mark.parametrize(("known", "words"), LEFT_OUT.values(), ids=list(LEFT_OUT))
def test_it_does_not_count_and_is_said(known: dict[str, Any], words: str) -> None:
    found = planner.found(survey(**known), every=True)
    assert found.roles == found.missing == ()
    (said,) = left_out(found.survey)
    assert words in said
    assert planner.notices(found) == (said,)


@pytest.mark.parametrize(
    "known",
    [
        row(), row(certain=False), {**row(), "not_of_ec2": frozenset(["n"])},
        entry("EC2_LINUX"), entry("EC2_WINDOWS"), entry("EC2"), {"groups": (NodeGroup("g", ROLE),)},
        # The entry says nothing against it.
        {**entry("EC2_LINUX"), **row(certain=False)},
    ],
)  # fmt: skip
def test_it_counts(known: dict[str, Any]) -> None:
    assert [role.arn for role in planner.found(survey(**known), every=True).roles] == [ROLE]
    assert list(left_out(survey(**known))) == []


@pytest.mark.parametrize("kind", ["STANDARD", "FARGATE_LINUX", "HYBRID_LINUX"])
def test_what_is_certainly_none_of_nodes_is_no_news(kind: str) -> None:
    assert list(left_out(survey(**entry(kind)))) == []


NODE = Node("a", provider_id="aws:///us-east-1a/i-0a1b2c3d4e5f60718", cordoned=True)
ROLELESS = {
    "no providerID": (replace(NODE, provider_id=""), Instance("x"), {}),
    "another provider": (replace(NODE, provider_id="kind://docker/kind/a"), Instance("x"), {}),
    "SageMaker's": (replace(NODE, provider_id="aws:///use1-az1/sagemaker/cluster/hyperpod-a-i-0"), Instance("x"), {}),
    "no instance profile": (NODE, Instance("i-0a1b2c3d4e5f60718"), {}),
    "a profile without a role": (NODE, Instance("i-0a1b2c3d4e5f60718", PROFILE), {PROFILE: ""}),
}  # fmt: skip


@pytest.mark.parametrize(("node", "instance", "profiles"), ROLELESS.values(), ids=list(ROLELESS))
def test_nodes_without_a_known_role(node: Node, instance: Instance, profiles: dict[str, str]) -> None:
    seen = survey(nodes=(node,), instances={instance.id: instance}, profile_roles=profiles)
    (said,) = planner.notices(planner.found(seen, every=True))
    assert "Nodes whose role is not known are left out" in said
    assert said.endswith("known behind them: a.")
    (standing,) = standings(seen)
    assert standing.obstacle is not None


def test_an_instance_that_is_not_found_is_said() -> None:
    (said,) = planner.notices(planner.found(survey(nodes=(NODE,)), every=True))
    assert "instance is gone are left out: a" in said


@pytest.mark.parametrize(
    ("principal", "admits"),
    [
        ({"Service": "ec2.amazonaws.com"}, True),
        ({"Service": ["ssm.amazonaws.com", "ec2.amazonaws.com.cn"]}, True),
        ({"Service": "ec2.c2s.ic.gov"}, True),
        ("*", True),
        ({"Service": "ssm.amazonaws.com"}, False),
        ({"Service": "rolesanywhere.amazonaws.com"}, False),
        ({"Service": "ec2fleet.amazonaws.com"}, False),
        ({"AWS": "arn:aws:iam::123456789012:root"}, False),
        ({"Federated": "ec2.amazonaws.com"}, False),
    ],
)
def test_whether_ec2_may_give_a_role_to_instances(principal: Any, admits: bool) -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    assert trust.admits_ec2({"Statement": statement}) is admits
    assert trust.admits_ec2({"Statement": [{"Effect": "Allow"}, statement]}) is admits
    assert not trust.admits_ec2({"Statement": {**statement, "Effect": "Deny"}})
    assert trust.admits_ec2({"Statement": {"Effect": "Allow", "NotPrincipal": principal}})
