"""EKS: clusters that were planted through the control endpoint, with their nodes and Pod Identity associations.

Source: botocore's EKS model; the text for a missing cluster is known, not verified.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from sandbox.aws import answers, eks_node_calls, eks_pod_identity, model_check
from sandbox.aws.answers import Answer
from sandbox.aws.authorization import decide, refused
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.eks_asked import Asked
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.world import World


def answer(world: World, call: Call, caller: Caller) -> Answer:
    """What EKS answers."""
    handler = CALLS.get(call.operation)
    if handler is None:
        raise not_implemented(f"eks:{call.operation}")
    model_check.check(call.model.input_shape, call.parameters, "InvalidParameterException")
    name = call.parameters.get("clusterName") or call.parameters["name"]
    key = ClusterKey(caller.account, call.arrived.region, name)
    asked = Asked(world, call, caller, key)
    arn, keys = (eks_node_calls if call.operation in eks_node_calls.CALLS else eks_pod_identity).about(asked)
    if denied := decide(world, call.arrived, caller, (call.action, arn), keys):
        raise refused("eks", caller, (call.action, arn), denied)
    if world.clusters.find(key) is None:
        raise Refused("ResourceNotFoundException", f"No cluster found for name: {key.name}.", 404)
    return answers.as_json(handler(asked))


def _describe_cluster(asked: Asked) -> dict[str, Any]:
    return {"cluster": asked.world.clusters.find(asked.key)}


CALLS = {"DescribeCluster": _describe_cluster, **eks_node_calls.CALLS, **eks_pod_identity.CALLS}
