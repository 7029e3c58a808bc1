"""What AWS knows of a cluster's nodes beside the nodes themselves: roles, node groups, access entries and the like.

Accounts and ARNs are left out, so that a copy of a cluster in another account has the same.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
# Stands for the account in `aws_auth`.
ACCOUNT = "ACCOUNT"
T = TypeVar("T")


@dataclass(frozen=True)
class NodeRole:
    """An IAM role that is there before anything is wired. `service` may assume it; `policies` are AWS's own."""

    name: str
    path: str = "/"
    service: str = "ec2.amazonaws.com"
    policies: tuple[str, ...] = NODE_POLICIES


@dataclass(frozen=True)
class NodeGroup:
    """A managed node group. `role` is a name, `taints` are as nodes have them, `size` is the wanted number of nodes."""

    name: str
    role: str
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Mapping[str, str], ...] = ()
    ami_type: str = "AL2023_x86_64_STANDARD"
    size: int = 1


@dataclass(frozen=True)
class AccessEntry:
    """Who may join or use the cluster. `principal` is the end of an ARN of the account, such as `role/team/nodes`."""

    principal: str
    type: str = "EC2_LINUX"


@dataclass(frozen=True)
class FargateProfile:
    """Pods of which namespace run on Fargate. `role` is the name of the pod execution role."""

    name: str
    role: str
    namespace: str


@dataclass(frozen=True)
class Pools:
    """All of it.

    - `mode`: the cluster's authentication mode
    - `auto_role`: name of Auto Mode's node role; empty: the cluster is not in Auto Mode
    - `aws_auth`: `mapRoles` of ConfigMap `kube-system/aws-auth`; None: there is no such ConfigMap
    """

    roles: tuple[NodeRole, ...] = ()
    groups: tuple[NodeGroup, ...] = ()
    entries: tuple[AccessEntry, ...] = ()
    fargate: tuple[FargateProfile, ...] = ()
    mode: str = "API_AND_CONFIG_MAP"
    auto_role: str = ""
    aws_auth: str | None = None

    @classmethod
    def stored(cls, values: Mapping[str, Any]) -> Pools:
        """From what `dataclasses.asdict` gave and JSON kept."""
        kinds = {"roles": NodeRole, "groups": NodeGroup, "entries": AccessEntry, "fargate": FargateProfile}
        lists = {name: tuple(kind(**_tuples(each)) for each in values[name]) for name, kind in kinds.items()}
        return cls(**{**values, **lists})

    def joined(self, other: Pools) -> Pools:
        """With those of the other's roles, groups, entries and profiles whose names are not here."""
        return replace(
            self,
            roles=_united(self.roles, other.roles, lambda each: each.name),
            groups=_united(self.groups, other.groups, lambda each: each.name),
            entries=_united(self.entries, other.entries, lambda each: each.principal),
            fargate=_united(self.fargate, other.fargate, lambda each: each.name),
        )

    def map_roles(self, account: str) -> str | None:
        """`aws_auth` of the cluster in that account."""
        return None if self.aws_auth is None else self.aws_auth.replace(ACCOUNT, account)


def _united(here: tuple[T, ...], there: tuple[T, ...], name: Callable[[T], str]) -> tuple[T, ...]:
    known = set(map(name, here))
    return (*here, *(each for each in there if name(each) not in known))


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
