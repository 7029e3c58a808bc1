# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which IAM roles the nodes of a cluster have or can get, where each was found, and which nodes have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.aws_auth import AwsAuth
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import ENTRY as FARGATE_ENTRY
from ansible_collections.epinio.aws.plugins.module_utils.domain.fargate import FargateProfile
from ansible_collections.epinio.aws.plugins.module_utils.domain.metadata import Obstacle, obstacle
from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import (
    AUTO,
    AUTO_ENTRY,
    AUTO_PLACE,
    FARGATE,
    NODE_ENTRIES,
    WINDOWS_ENTRY,
    AccessEntry,
    Instance,
    Node,
    NodeGroup,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.scheduling import Place, Pods, fits

CHOSEN = "epinio_node_role_names"
AUTO_MODE, ENTRY, AWS_AUTH = "Auto Mode", "access entry", "aws-auth"


@dataclass(frozen=True)
class Survey:
    """What was read of a cluster.

    - `pods`: Epinio's kinds of pods, of which any may land on a node
    - `auto_role_arn`: Auto Mode's node role, `""` if it is off
    - `instances`: those that exist, by id; `profile_roles`: the role's ARN by the profile's, `""` for none
    - `role_arns`: what GetRole said of names, `""` for a role that does not exist; `not_of_ec2` are the names of those
      that EC2 may not give to instances
    - `profiles`: Fargate's, which are asked for only where anything shows that there are some
    - `chosen`: names that a person gave; then nothing but nodes was looked at
    """

    cluster: Cluster
    pods: tuple[Pods, ...] = ()
    groups: tuple[NodeGroup, ...] = ()
    entries: tuple[AccessEntry, ...] = ()
    auto_role_arn: str = ""
    nodes: tuple[Node, ...] = ()
    instances: Mapping[str, Instance] = field(default_factory=dict)
    profile_roles: Mapping[str, str] = field(default_factory=dict)
    aws_auth: AwsAuth = field(default_factory=AwsAuth)
    role_arns: Mapping[str, str] = field(default_factory=dict)
    not_of_ec2: frozenset[str] = frozenset()
    profiles: tuple[FargateProfile, ...] = ()
    chosen: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """A node, its role's ARN (`""` for none), whether Epinio's pods fit, and what keeps the credentials from them."""

    node: Node
    role_arn: str
    fits: bool
    obstacle: Obstacle | None

    @property
    def takes_pods(self) -> bool:
        return self.fits and not self.node.cordoned


@dataclass(frozen=True)
class NodeRole:
    """A role. `arn` is `""` if it does not exist; `fits` says whether Epinio's pods can land on its nodes."""

    name: str
    arn: str
    sources: tuple[str, ...]
    standings: tuple[Standing, ...]
    fits: bool
    auto: bool = False


@dataclass(frozen=True)
class _Trace:
    """A place where a role is named. `fits` is `None` where that says nothing of the nodes."""

    name: str
    arn: str
    source: str
    fits: bool | None


def role_name(arn: str) -> str:
    """The name at the end of a role's ARN, behind the path."""
    return arn.rpartition("/")[2]


def has_fargate(survey: Survey) -> bool:
    """Whether anything shows that the cluster has Fargate profiles: each has a role, which may enter the cluster."""
    return (
        any(entry.type == FARGATE_ENTRY for entry in survey.entries)
        or survey.aws_auth.fargate
        or any(node.compute_type == FARGATE for node in survey.nodes)
    )


def unverified(survey: Survey) -> tuple[str, ...]:
    """Names of roles that nothing but a list of who may enter names, which may be of a role that is gone."""
    proven = {_key(trace.name) for trace in (*_groups(survey), *_auto(survey))}
    proven |= {_key(role_name(arn)) for arn in survey.profile_roles.values()}
    listed = (trace.name for trace in (*_entries(survey), *_mapped(survey)))
    return tuple(dict.fromkeys(name for name in listed if _key(name) not in proven))


def standings(survey: Survey) -> tuple[Standing, ...]:
    """The nodes; those whose instance is gone are about to go."""
    return tuple(_standing(survey, node) for node in survey.nodes if not is_gone(survey, node))


def is_gone(survey: Survey, node: Node) -> bool:
    """Whether the node's instance has been terminated. Those of Auto Mode may be hidden from the account."""
    there = not node.instance_id or node.instance_id in survey.instances
    return not there and node.compute_type != AUTO


def is_of_account(survey: Survey, entry: AccessEntry) -> bool:
    """Whether the entry's role is of the cluster's account: a role of the same name here would be another one."""
    return entry.principal_arn.startswith(f"arn:{survey.cluster.partition}:iam::{survey.cluster.account}:")


def lands(survey: Survey, place: Place) -> bool:
    """Whether any of Epinio's pods can be scheduled there."""
    return any(fits(pods, place) for pods in survey.pods)


def roles(survey: Survey, standing: Sequence[Standing]) -> tuple[NodeRole, ...]:
    """All roles of nodes, by name.

    What is known of a role's nodes, by its groups or by themselves, decides whether Epinio's pods can land on them. Of
    a role that is only named in a list nothing is known: it counts, because nodes of it may come any time, and
    Epinio's pods would then fail on them.
    """
    by_role: dict[str, list[Standing]] = {}
    for one in standing:
        by_role.setdefault(_key(role_name(one.role_arn)), []).append(one)
    by_role.pop("", None)
    traces: dict[str, list[_Trace]] = {}
    for trace in _traces(survey, standing):
        traces.setdefault(_key(trace.name), []).append(trace)
    found = (_role(survey, named, by_role.get(key, [])) for key, named in traces.items())
    return tuple(sorted(found, key=lambda role: role.name))


def _key(name: str) -> str:
    """Names of roles differ by more than case (IAM), and `aws-auth` is compared in lower case."""
    return name.lower()


def _standing(survey: Survey, node: Node) -> Standing:
    instance = survey.instances.get(node.instance_id)
    role_arn = survey.profile_roles.get(instance.profile_arn, "") if instance else ""
    return Standing(
        node, role_arn, lands(survey, node.place), obstacle(node, instance, role_arn, survey.cluster.region)
    )


def _traces(survey: Survey, standing: Sequence[Standing]) -> Iterable[_Trace]:
    if survey.chosen:
        return [_Trace(name, survey.role_arns[name], CHOSEN, True) for name in survey.chosen]
    nodes = [_Trace(role_name(one.role_arn), one.role_arn, "", one.fits) for one in standing if one.role_arn]
    # An ARN out of aws-auth lacks the path, so it comes last.
    return [*_groups(survey), *_entries(survey), *_auto(survey), *nodes, *_mapped(survey)]


def _groups(survey: Survey) -> Iterator[_Trace]:
    for group in survey.groups:
        if group.role_arn and not group.deleting:
            source, fit = f"node group {group.name}", lands(survey, group.place)
            yield _Trace(role_name(group.role_arn), group.role_arn, source, fit)


def _entries(survey: Survey) -> Iterator[_Trace]:
    of_type = {WINDOWS_ENTRY: False, AUTO_ENTRY: lands(survey, AUTO_PLACE)}
    for entry in survey.entries:
        if entry.type in NODE_ENTRIES and is_of_account(survey, entry):
            yield _Trace(role_name(entry.principal_arn), entry.principal_arn, ENTRY, of_type.get(entry.type))


def _auto(survey: Survey) -> Iterator[_Trace]:
    if survey.auto_role_arn:
        name = role_name(survey.auto_role_arn)
        yield _Trace(name, survey.auto_role_arn, AUTO_MODE, lands(survey, AUTO_PLACE))


def _mapped(survey: Survey) -> Iterator[_Trace]:
    for role in survey.aws_auth.roles:
        if role.certain or role.name not in survey.not_of_ec2:
            yield _Trace(role.name, "", AWS_AUTH, False if role.windows else None)


def _role(survey: Survey, named: Sequence[_Trace], standing: Sequence[Standing]) -> NodeRole:
    name = named[0].name
    asked = survey.role_arns.get(name)
    arn = next((trace.arn for trace in named if trace.arn), "") if asked is None else asked
    evidence = [trace.fits for trace in named if trace.fits is not None]
    auto_entries = {_key(role_name(entry.principal_arn)) for entry in survey.entries if entry.type == AUTO_ENTRY}
    return NodeRole(
        name,
        arn,
        (*dict.fromkeys(trace.source for trace in named if trace.source), *_words(standing)),
        tuple(standing),
        any(evidence) or not evidence,
        _key(name) in {*auto_entries, _key(role_name(survey.auto_role_arn))},
    )


def _words(standing: Sequence[Standing]) -> tuple[str, ...]:
    """The nodes that have a role, in few words also where they are a thousand."""
    if len(standing) > 1:
        return (f"{len(standing)} nodes, such as {standing[0].node.name}",)
    return tuple(f"node {one.node.name}" for one in standing)
