# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a pod on a node gets the credentials of the node's role, and what to do where it does not.

They come from the instance metadata service. A pod without host network is one hop further away than its node, and the
answer to its first request, for a token, must be allowed to go that far: `HttpPutResponseHopLimit` of at least 2
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html#imds-considerations). Images of
Amazon Linux 2023 in managed node groups, and Karpenter, set 1
(https://docs.aws.amazon.com/eks/latest/userguide/al2023.html). Fargate and hybrid nodes have no such service; Auto
Mode's is for the node alone, and nobody but EKS may change that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain.nodes import (
    AUTO,
    FARGATE,
    GROUP,
    HYBRID,
    Instance,
    Node,
)

_HOPS = 2
IRSA = "Choose IRSA (playbook irsa), which needs no metadata service"
_NEVER = {
    FARGATE: "Fargate has no instance metadata service",
    HYBRID: "hybrid nodes have no instance metadata service",
    AUTO: "EKS Auto Mode keeps its nodes' credentials from pods",
}
# https://karpenter.sh/docs/concepts/nodeclasses/
_NODE_POOL, _NODE_CLASS = "karpenter.sh/nodepool", "karpenter.k8s.aws/ec2nodeclass"


@dataclass(frozen=True)
class Obstacle:
    """Why pods on a node get no credentials, as a clause, and what to do about it, as sentences."""

    reason: str
    remedy: str


def obstacle(node: Node, instance: Instance | None, role_arn: str, region: str) -> Obstacle | None:
    """What keeps the node's credentials from pods, `None` if nothing does. `role_arn` is `""` for a node without."""
    if never := _NEVER.get(node.compute_type):
        return Obstacle(never, f"{IRSA}, or keep Epinio's pods off such nodes: {_avoiding(node.compute_type)}.")
    if instance is None:
        return Obstacle("no EC2 instance is known to be behind it", f"{IRSA}.")
    if not role_arn:
        return Obstacle(
            "its instance has no instance profile with a role",
            "Give the instances a profile with the nodes' role, in the launch template that they are made from.",
        )
    wrong = _wrong(instance)
    return Obstacle(wrong, f"{_lasting(node.labels)} {_stop_gap(region)}") if wrong else None


def on_fargate(kinds: Sequence[str]) -> Obstacle:
    """What keeps credentials from the kinds of pods that a Fargate profile takes."""
    return Obstacle(
        f"it takes the pods of Epinio's {' and '.join(kinds)}, and {_NEVER[FARGATE]}",
        f"{IRSA}, or replace the profile by one whose selectors do not match these pods. Their affinity does not keep "
        "them off Fargate.",
    )


def _wrong(instance: Instance) -> str:
    if not instance.metadata:
        return "the metadata service of its instance is off (HttpEndpoint: disabled)"
    if instance.hop_limit < _HOPS:
        return f"HttpPutResponseHopLimit of its instance is {instance.hop_limit}, and pods are {_HOPS} hops away"
    return ""


def _lasting(labels: Mapping[str, str]) -> str:
    """The setting that new nodes have as well."""
    if group := labels.get(GROUP):
        return (
            f"Set MetadataOptions HttpEndpoint: enabled and HttpPutResponseHopLimit: {_HOPS} in the launch template of "
            f"node group {group}, and update the group to it, which replaces its nodes."
        )
    if _NODE_POOL in labels or _NODE_CLASS in labels:
        name = labels.get(_NODE_CLASS) or f"of NodePool {labels[_NODE_POOL]}"
        return (
            f"Set spec.metadataOptions.httpEndpoint: enabled and spec.metadataOptions.httpPutResponseHopLimit: {_HOPS} "
            f"in EC2NodeClass {name}; Karpenter replaces the nodes."
        )
    return (
        f"Set MetadataOptions HttpEndpoint: enabled and HttpPutResponseHopLimit: {_HOPS} in the launch template that "
        "the nodes are made from, and replace the nodes."
    )


def _stop_gap(region: str) -> str:
    return (
        f"Until then, for each instance: aws ec2 modify-instance-metadata-options --region {region} --http-endpoint "
        f"enabled --http-put-response-hop-limit {_HOPS} --instance-id <id>; it ends with the instance."
    )


def _avoiding(compute_type: str) -> str:
    return f"a required node affinity with eks.amazonaws.com/compute-type NotIn [{compute_type}]"
