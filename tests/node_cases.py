"""Which roles of nodes are to be found in which cluster, written down by hand.

The same cases hold the planner, the module and the sandbox to one expectation.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.node_worlds import ACCOUNT, COMPUTE_TYPE, Pool, World, group, of_group, profile, role, taint


@dataclass(frozen=True)
class Case:
    """A cluster, the ARNs of the roles that count by scope, and what pods get.

    - `schedulable`, `everything`: the roles' ARNs by scope, in order
    - `reachable`: by a role's name, where it is not true
    - `unreachable`: names of nodes that give Epinio's pods no credentials
    - `refused`: words of the error where no role is found, or none can be used
    - `notices`: words, one for each notice of scope `schedulable`, in order
    """

    world: World
    schedulable: tuple[str, ...] = ()
    everything: tuple[str, ...] = ()
    reachable: Mapping[str, bool | None] = field(default_factory=dict)
    unreachable: tuple[str, ...] = ()
    refused: str = ""
    notices: tuple[str, ...] = ()


NODES, GPU, ARM, TEAM = role("nodes"), role("gpu"), role("arm"), role("team-nodes", "/team/blue/")
AUTO, FARGATE, ADMIN, SPARE = role("auto"), role("fargate-pods"), role("admin"), role("spare", "/team/")
USER = f"arn:aws:iam::{ACCOUNT}:user/jane"
PEOPLE = {ADMIN: "STANDARD", USER: "STANDARD"}
ON_FARGATE = Pool(
    "fargate-ip-10-0-2-1", labels={COMPUTE_TYPE: "fargate"}, taints=(taint(COMPUTE_TYPE, "fargate"),),
    provider_id="aws:///us-east-1a/5f3c2-0a1b/{}",
)  # fmt: skip
DEFAULT = Pool("default", NODES, labels=of_group("default"))
GPU_TAINT = taint("nvidia.com/gpu", "true")
GPU_POOL = Pool("gpu", GPU, labels=of_group("gpu"), taints=(GPU_TAINT,))
GPU_GROUP = group("gpu", GPU, "AL2023_x86_64_NVIDIA", taints=[{**GPU_TAINT, "effect": "NO_SCHEDULE"}])
ARM_POOL = Pool("arm", ARM, labels={**of_group("arm"), "kubernetes.io/arch": "arm64"})
ARM_GROUP = group("arm", ARM, "AL2023_ARM_64_STANDARD")
POOLS = World(
    groups=(group("default", NODES), GPU_GROUP, ARM_GROUP),
    entries={**PEOPLE, **dict.fromkeys((NODES, GPU, ARM), "EC2_LINUX")},
    pools=(DEFAULT, GPU_POOL, ARM_POOL),
)
ON_AMD64 = {"nodeSelector": {"kubernetes.io/arch": "amd64"}}
# The path of `team-nodes` and `spare` is left out, as `aws-auth` demands.
MAPPED = f"""
- rolearn: arn:aws:iam::{ACCOUNT}:role/team-nodes
  username: system:node:{{{{EC2PrivateDNSName}}}}
  groups: [system:bootstrappers, system:nodes]
- {{"rolearn": "arn:aws:iam::{ACCOUNT}:role/spare", "username": "system:node:{{{{EC2PrivateDNSName}}}}", "groups":
   ["system:bootstrappers", "system:nodes"]}}
- rolearn: {ADMIN}
  username: admin
  groups: [system:masters]
- rolearn: {FARGATE}
  username: system:node:{{{{SessionName}}}}
  groups: [system:bootstrappers, system:nodes, system:node-proxier]
"""
BY_INSTANCE_ID = f"""
- roleARN: arn:aws:iam::{ACCOUNT}:role/spare
  username: system:node:{{{{SessionName}}}}
  groups: [system:bootstrappers, system:nodes]
"""

CASES: dict[str, Case] = {
    "one managed group": Case(
        World(groups=(group("default", NODES),), entries={**PEOPLE, NODES: "EC2_LINUX"}, pools=(DEFAULT,)),
        (NODES,), (NODES,),
    ),
    "three groups with two roles, one with a path": Case(
        World(
            groups=(group("a", NODES), group("b", TEAM), group("c", NODES)),
            entries={NODES: "EC2_LINUX", TEAM: "EC2_LINUX"},
            pools=(Pool("a", NODES, 2, of_group("a")), Pool("b", TEAM, 1, of_group("b")), Pool("c", NODES, 1)),
        ),
        (NODES, TEAM), (NODES, TEAM),
    ),
    "access entries only": Case(
        World(
            mode="API",
            entries={**PEOPLE, TEAM: "EC2_LINUX", SPARE: "EC2_LINUX", FARGATE: "FARGATE_LINUX",
                     role("hybrid"): "HYBRID_LINUX", role("gone"): "EC2_LINUX"},
            pools=(Pool("self", TEAM),),
            # What is left of the time before: it lets nobody in.
            map_roles=MAPPED.replace("spare", "former"),
            roles=(SPARE, role("former")),
        ),
        (SPARE, TEAM), (SPARE, TEAM), {"spare": None},
        notices=("no role gone, though it is named in: access entry", "No node has these roles at present: spare"),
    ),
    "aws-auth only, roles with a path": Case(
        World(mode="CONFIG_MAP", map_roles=MAPPED, roles=(TEAM, SPARE, ADMIN, FARGATE), pools=(Pool("self", TEAM),)),
        (SPARE, TEAM), (SPARE, TEAM), {"spare": None}, notices=("No node has these roles at present: spare",),
    ),
    "aws-auth with nodes that are named by the id of their instance, and rows that are none": Case(
        World(
            mode="CONFIG_MAP", roles=(TEAM, SPARE, role("hybrid")), pools=(Pool("self", TEAM),),
            map_roles=f"- null\n{BY_INSTANCE_ID}{BY_INSTANCE_ID.replace('spare', 'hybrid')}",
        ),
        (SPARE, TEAM), (SPARE, TEAM), {"spare": None},
        notices=(
            "aws-auth that do not count: row 1, null: it is no row of rolearn, username and groups, role hybrid: its",
            "No node has these roles at present: spare",
        ),
    ),
    "Auto Mode": Case(
        World(
            auto_role=AUTO, entries={**PEOPLE, AUTO: "EC2"},
            pools=(Pool("auto", AUTO, labels={COMPUTE_TYPE: "auto"}, hops=1),),
        ),
        (AUTO,), (AUTO,), {"auto": False}, ("auto-0000",), "Auto Mode keeps its nodes' credentials from pods",
    ),
    "Auto Mode that has made no node": Case(
        World(auto_role=AUTO, entries={AUTO: "EC2"}, roles=(AUTO,)),
        (AUTO,), (AUTO,), {"auto": False}, refused="gives pods its credentials: auto (access entry)",
    ),
    "Auto Mode beside a group, without a node": Case(
        World(auto_role=AUTO, groups=(group("default", NODES),), pools=(DEFAULT,)),
        (AUTO, NODES), (AUTO, NODES), {"auto": False}, notices=("EKS Auto Mode is on",),
    ),
    "Karpenter's nodes, whose role nothing lists": Case(
        World(
            groups=(group("default", NODES),),
            pools=(DEFAULT, Pool("karpenter", TEAM, 3, {"karpenter.sh/nodepool": "default"})),
        ),
        (NODES, TEAM), (NODES, TEAM),
    ),
    "mixed with Fargate": Case(
        World(
            groups=(group("default", NODES),), entries={NODES: "EC2_LINUX", FARGATE: "FARGATE_LINUX"},
            pools=(DEFAULT, ON_FARGATE), profiles_of_fargate=(profile("batch", {"namespace": "batch"}),),
        ),
        (NODES,), (NODES,),
    ),
    "a Fargate profile that takes the namespace, before any pod is there": Case(
        World(
            groups=(group("default", NODES),), entries={NODES: "EC2_LINUX", FARGATE: "FARGATE_LINUX"}, pools=(DEFAULT,),
            profiles_of_fargate=(profile("batch", {"namespace": "batch"}), profile("all", {"namespace": "e*"})),
        ),
        (NODES,), (NODES,), refused="On Fargate profile all: it takes the pods of Epinio's server and staging jobs, "
        "and Fargate has no instance metadata service. Choose IRSA",
    ),
    "a Fargate profile that takes staging jobs, known by aws-auth": Case(
        World(
            mode="CONFIG_MAP", map_roles=MAPPED, roles=(TEAM, SPARE), pools=(Pool("self", TEAM),),
            profiles_of_fargate=(
                profile("jobs", {"namespace": "epinio", "labels": {"app.kubernetes.io/component": "staging"}}),
            ),
        ),
        (SPARE, TEAM), (SPARE, TEAM), {"spare": None},
        refused="On Fargate profile jobs: it takes the pods of Epinio's staging jobs, and Fargate",
        notices=("No node has these roles at present: spare",),
    ),
    "Fargate only": Case(
        World(entries={FARGATE: "FARGATE_LINUX"}, pools=(ON_FARGATE,)),
        refused="1 access entry of roles (1 FARGATE_LINUX), Auto Mode (off), 1 node, ConfigMap kube-system/aws-auth "
        "(0 roles of nodes). There: node fargate-ip-10-0-2-1-0000: Fargate has no instance metadata service. Choose",
    ),
    "a tainted GPU pool and an arm64 pool beside": Case(
        POOLS, (ARM, NODES), (ARM, GPU, NODES), notices=("left out (epinio_node_scope=all takes them too): gpu",)
    ),
    "the same with pods that select amd64": Case(
        World(groups=POOLS.groups, entries=POOLS.entries, pools=POOLS.pools, server=ON_AMD64, staging=ON_AMD64),
        (NODES,), (ARM, GPU, NODES), notices=("takes them too): arm (node group arm), gpu (node group gpu)",),
    ),
    "the same with staging jobs that tolerate the GPU pool": Case(
        World(groups=POOLS.groups, entries=POOLS.entries, pools=POOLS.pools, server=ON_AMD64,
              staging={**ON_AMD64, "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists"}]}),
        (GPU, NODES), (ARM, GPU, NODES), notices=("takes them too): arm (node group arm)",),
    ),
    "groups scaled to zero": Case(
        World(
            groups=(group("default", NODES), GPU_GROUP, group("idle", TEAM)), pools=(DEFAULT,),
            entries=dict.fromkeys((NODES, GPU, TEAM), "EC2_LINUX"),
        ),
        (NODES, TEAM), (GPU, NODES, TEAM), {"gpu": None, "team-nodes": None},
        notices=("takes them too): gpu", "No node has these roles at present: team-nodes"),
    ),
    "a Windows pool beside": Case(
        World(
            groups=(group("default", NODES), group("win", SPARE, "WINDOWS_CORE_2022_x86_64")),
            entries={NODES: "EC2_LINUX", SPARE: "EC2_WINDOWS"},
            pools=(DEFAULT, Pool("win", SPARE, 1, {**of_group("win"), "kubernetes.io/os": "windows"}, hops=1)),
        ),
        (NODES,), (NODES, SPARE), {"spare": False}, notices=("takes them too): spare (node group win)",),
    ),
    "malformed aws-auth": Case(
        World(groups=(group("default", NODES),), pools=(DEFAULT,), map_roles="- rolearn: [\n  groups: {"),
        (NODES,), (NODES,), notices=("ConfigMap kube-system/aws-auth is malformed: mapRoles is no YAML",),
    ),
    "nothing at all": Case(World(), refused="No IAM role of nodes was found for EKS cluster one. Asked were: 0 node"),
    "a hop limit of 1": Case(
        World(groups=(group("default", NODES),), pools=(Pool("default", NODES, 2, of_group("default"), hops=1),)),
        (NODES,), (NODES,), {"nodes": False}, ("default-0000", "default-0001"),
        "HttpPutResponseHopLimit: 2 in the launch template of node group default",
    ),
    "new nodes beside cordoned ones with a hop limit of 1": Case(
        World(groups=(group("default", NODES),), pools=(DEFAULT, Pool("old", NODES, 1, hops=1, cordoned=True))),
        (NODES,), (NODES,),
    ),
    "a hybrid node beside": Case(
        World(
            groups=(group("default", NODES),),
            pools=(DEFAULT, Pool("mi-1", labels={COMPUTE_TYPE: "hybrid"}, provider_id="eks-hybrid:///us-east-1/one/{}")),
        ),
        (NODES,), (NODES,), unreachable=("mi-1-0000",), refused="hybrid nodes have no instance metadata service",
    ),
}  # fmt: skip
