"""EKS: clusters and pod identity associations that were planted through the control endpoint.

Source: botocore's EKS model; the text for a missing cluster is known, not verified.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from sandbox.aws import answers, model_check
from sandbox.aws.answers import Answer
from sandbox.aws.authorization import decide, refused, tag_keys
from sandbox.aws.callers import Caller
from sandbox.aws.calls import Call
from sandbox.aws.eks_objects import ClusterKey
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.world import World

SUMMARY = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")
CALLS = {"DescribeCluster": "name", "ListPodIdentityAssociations": "clusterName"}


def answer(world: World, call: Call, caller: Caller) -> Answer:
    """What EKS answers."""
    if call.operation not in CALLS:
        raise not_implemented(f"eks:{call.operation}")
    model_check.check(call.model.input_shape, call.parameters, "InvalidParameterException")
    key = ClusterKey(caller.account, call.arrived.region, call.parameters[CALLS[call.operation]])
    cluster = world.clusters.find(key)
    tags = tag_keys("aws:ResourceTag", cluster["tags"].items() if cluster else ())
    denied = decide(world, call.arrived, caller, (call.action, key.arn), tags)
    if denied:
        raise refused("eks", caller, (call.action, key.arn), denied)
    if cluster is None:
        raise Refused("ResourceNotFoundException", f"No cluster found for name: {key.name}.", 404)
    if call.operation == "DescribeCluster":
        return answers.as_json({"cluster": cluster})
    return answers.as_json({"associations": _associations(world, call, key)})


def _associations(world: World, call: Call, key: ClusterKey) -> list[dict[str, str]]:
    """Those of the asked namespace and service account, without their roles, as the list shows them."""
    wanted = {name: call.parameters[name] for name in ("namespace", "serviceAccount") if name in call.parameters}
    return [
        {name: each[name] for name in SUMMARY}
        for each in world.clusters.associations(key)
        if wanted.items() <= each.items()
    ]
