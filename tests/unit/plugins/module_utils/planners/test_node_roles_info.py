"""Which roles of nodes are found, case by case, and what is said about them."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import nodes
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth, aws_auth
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import fargate_profile
from ansible_collections.epinio.aws.plugins.module_utils.domain.node_roles import Survey, has_fargate, unverified
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import pods
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners import node_preflight as preflight
from ansible_collections.epinio.aws.plugins.module_utils.planners import node_roles_info as planner

from tests.node_cases import CASES, DEFAULT, NODES, POOLS, SPARE, TEAM, Case
from tests.node_worlds import ACCOUNT, SERVER_LABELS, WIRING, Pool, World, group, of_group, role, taint

STAGING_LABELS = {"app.kubernetes.io/component": "staging", "app.kubernetes.io/name": None}


def survey(world: World, chosen: tuple[str, ...] = ()) -> Survey:
    """What the readers make of a world."""
    cluster = wiring(WIRING).cluster
    entries = tuple(nodes.AccessEntry(arn, kind) for arn, kind in world.entries.items() if ":role/" in arn)
    found = Survey(
        cluster,
        (
            replace(pods(world.server), kind="server", namespace="epinio", labels=SERVER_LABELS),
            replace(pods(world.staging), kind="staging jobs", namespace="epinio", labels=STAGING_LABELS),
        ),
        tuple(map(nodes.node_group, world.groups)),
        () if world.mode == "CONFIG_MAP" else entries,
        world.auto_role,
        tuple(map(nodes.node, world.nodes)),
        {one["InstanceId"]: nodes.instance(one) for one in world.instances},
        {f"arn:aws:iam::{ACCOUNT}:instance-profile/{name}": arn for name, arn in world.profiles.items()},
        AwsAuth() if world.mode == "API" else aws_auth(world.map_roles, cluster),
    )
    if chosen:
        found = Survey(
            cluster, found.pods, nodes=found.nodes, instances=found.instances, profile_roles=found.profile_roles,
            chosen=chosen,
        )  # fmt: skip
    if has_fargate(found):
        found = replace(found, profiles=tuple(map(fargate_profile, world.profiles_of_fargate)))
    there = {arn.rpartition("/")[2]: arn for arn in (*world.roles, *world.profiles.values())}
    named = {name: there.get(name, "") for name in chosen or unverified(found)}
    return replace(found, role_arns=named, not_of_ec2=frozenset(["hybrid"]))


def checked(found: planner.Found) -> None:
    preflight.refuse_no_role(found)
    preflight.refuse_unreachable(found)


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
@pytest.mark.parametrize("every", [False, True], ids=["schedulable", "all"])
def test_the_right_roles_are_found(case: Case, every: bool) -> None:
    found = planner.found(survey(case.world), every=every)
    shown = planner.view(found)
    assert tuple(one["arn"] for one in shown) == (case.everything if every else case.schedulable)
    assert {one["name"]: one["reachable"] for one in shown} == {
        one["name"]: case.reachable.get(one["name"], True) for one in shown
    }
    assert tuple(name for one in planner.unreachable_view(found) for name in one["nodes"]) == case.unreachable
    if not case.refused:
        checked(found)
        return
    with pytest.raises(Refused) as refusal:
        checked(found)
    assert case.refused in str(refusal.value)


@pytest.mark.parametrize("case", [case for case in CASES.values() if case.schedulable])
def test_notices_say_what_was_left_out(case: Case) -> None:
    notices = planner.notices(planner.found(survey(case.world), every=False))
    assert len(notices) == len(case.notices), notices
    for notice, words in zip(notices, case.notices, strict=True):
        assert words in notice


def test_each_place_is_named_once() -> None:
    world = replace(CASES["three groups with two roles, one with a path"].world, map_roles="")
    (first, second) = planner.view(planner.found(survey(world), every=False))
    assert first["found_in"] == ["node group a", "node group c", "access entry", "3 nodes, such as a-0000"]
    assert second["found_in"] == ["node group b", "access entry", "node b-0000"]
    assert (first["nodes"], first["node_count"]) == (["a-0000", "a-0001", "c-0000"], 3)


def test_names_differ_by_more_than_case() -> None:
    row = f"- {{rolearn: 'arn:aws:iam::{ACCOUNT}:role/NODES', username: 'system:node:{{{{EC2PrivateDNSName}}}}',"
    world = World(pools=(DEFAULT,), map_roles=f"{row} groups: [system:nodes]}}")
    (shown,) = planner.view(planner.found(survey(world), every=False))
    assert (shown["arn"], shown["found_in"]) == (NODES, ["aws-auth", "node default-0000"])


def test_a_group_that_is_being_deleted_makes_no_more_nodes() -> None:
    groups = (group("old", SPARE, status="DELETING"), group("default", NODES))
    shown = planner.view(planner.found(survey(World(groups=groups, pools=(DEFAULT,))), every=True))
    assert [one["arn"] for one in shown] == [NODES]


def test_states_of_nodes_are_no_purpose() -> None:
    states = (taint("node.kubernetes.io/not-ready", effect="NoExecute"), taint("karpenter.sh/disrupted"))
    found = planner.found(survey(World(pools=(Pool("n", NODES, taints=states, ready=False),))), every=False)
    (shown,) = planner.view(found)
    assert (shown["arn"], shown["node_count"], shown["nodes"], shown["reachable"]) == (NODES, 0, [], True)


def test_a_node_that_gives_credentials_comes_first() -> None:
    found = planner.found(survey(World(pools=(Pool("a", NODES, 12, hops=1), Pool("b", NODES)))), every=False)
    (shown,) = planner.view(found)
    assert (shown["reachable"], shown["node_count"]) == (True, 13)
    assert shown["nodes"] == ["b-0000", *(f"a-{number:04}" for number in range(9))]


def test_nodes_whose_instance_is_gone_are_left_out() -> None:
    seen = survey(World(groups=(group("default", NODES),), pools=(DEFAULT, Pool("gone", SPARE, hops=1))))
    left = {key: one for key, one in seen.instances.items() if one.hop_limit == 2}
    found = planner.found(replace(seen, instances=left), every=False)
    checked(found)
    assert [role.arn for role in found.roles] == [NODES]
    (notice,) = planner.notices(found)
    assert "EC2 instance is gone are left out: gone-0000" in notice


def test_a_hidden_instance_of_auto_mode_is_not_gone() -> None:
    seen = replace(survey(CASES["Auto Mode"].world), instances={})
    (problem,) = planner.found(seen, every=False).problems
    assert (problem.nodes, problem.roles) == (("auto-0000",), ())


def test_auto_mode_does_not_matter_to_pods_that_avoid_it() -> None:
    avoided = {"key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["auto"]}
    required = {"nodeSelectorTerms": [{"matchExpressions": [avoided]}]}
    spec = {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}
    world = CASES["Auto Mode beside a group, without a node"].world
    found = planner.found(survey(replace(world, server=spec, staging=spec)), every=False)
    assert [role.arn for role in found.roles] == [NODES]
    assert [notice for notice in planner.notices(found) if "Auto Mode is on" in notice] == []


def test_pods_that_fit_nowhere_are_told_so() -> None:
    nowhere = {"nodeSelector": {"disk": "ssd"}}
    found = planner.found(survey(replace(POOLS, server=nowhere, staging=nowhere)), every=False)
    with pytest.raises(Refused, match=r"of any role of EKS cluster one: arm \(node group arm, access entry"):
        preflight.refuse_no_role(found)


def test_problems_are_told_by_their_reason() -> None:
    pools = (
        Pool("a", NODES, 30, of_group("a"), hops=1), Pool("b", TEAM, 1, of_group("b"), metadata="disabled"),
        Pool("c", TEAM, 2, {"karpenter.sh/nodepool": "p", "karpenter.k8s.aws/ec2nodeclass": "k"}, hops=1),
    )  # fmt: skip
    found = planner.found(survey(World(pools=pools)), every=False)
    shown = planner.unreachable_view(found)
    assert [(one["roles"], one["node_count"], len(one["nodes"])) for one in shown] == [
        (["nodes"], 30, 10),
        (["team-nodes"], 1, 1),
        (["team-nodes"], 2, 2),
    ]
    assert shown[1]["instances"] == [pools[1].instance_id("b-0000")]
    with pytest.raises(Refused) as refusal:
        preflight.refuse_unreachable(found)
    text = str(refusal.value)
    for part in ("30 nodes (a-0000", "and 20 more", "node b-0000: the metadata service", "EC2NodeClass k"):
        assert part in text
    assert (refusal.value.facts["unreachable_nodes"], len(refusal.value.facts["node_roles"])) == (shown, 2)
    assert len(preflight.unreachable(found)) == 3


def test_a_profile_that_takes_pods_is_shown_without_nodes() -> None:
    case = CASES["a Fargate profile that takes the namespace, before any pod is there"]
    (shown,) = planner.unreachable_view(planner.found(survey(case.world), every=False))
    assert shown["reason"].startswith("it takes the pods of Epinio's server and staging jobs")
    assert "replace the profile by one whose selectors do not match" in shown["remedy"]
    assert (shown["roles"], shown["node_count"], shown["nodes"], shown["instances"]) == ([], 0, [], [])


def test_chosen_roles_are_all_that_counts() -> None:
    found = planner.found(survey(replace(POOLS, roles=(SPARE,)), chosen=("spare", "gpu")), every=False)
    checked(found)
    shown = planner.view(found)
    assert [(one["arn"], one["reachable"], one["nodes"]) for one in shown] == [
        (role("gpu"), True, ["gpu-0000"]),
        (SPARE, None, []),
    ]
    assert {tuple(one["found_in"]) for one in shown} == {
        ("epinio_node_role_names", "node gpu-0000"),
        ("epinio_node_role_names",),
    }
    (unknown, notice) = planner.notices(found)
    assert "No node has these roles at present: spare" in unknown
    assert "can land on 2 nodes with roles that are not in epinio_node_role_names (arm, nodes)" in notice


def test_a_chosen_role_that_does_not_exist_is_refused() -> None:
    found = planner.found(survey(POOLS, chosen=("nodes", "typo", "gone")), every=False)
    with pytest.raises(
        Refused, match="There is no role gone or typo in account 123456789012: correct epinio_node_role_names"
    ):
        preflight.refuse_no_role(found)


def test_a_thousand_nodes_take_no_time_and_no_room() -> None:
    pools = tuple(Pool(f"p{number}", role(f"r{number}"), 250, of_group(f"p{number}"), hops=1) for number in range(4))
    seen = survey(World(pools=pools))
    start = time.process_time()
    found = planner.found(seen, every=False)
    shown = [*planner.view(found), *planner.unreachable_view(found), *planner.notices(found)]
    assert time.process_time() - start < 0.5
    assert (len(found.standings), len(found.roles), len(found.problems)) == (1000, 4, 4)
    assert len(str(shown)) < 10_000
