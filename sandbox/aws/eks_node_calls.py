"""EKS's calls for node groups, access entries and Fargate profiles: reads of what was planted.

Sources: botocore's EKS model; Service Authorization Reference, "Actions defined by Amazon EKS" (a list needs rights on
the cluster, one object on itself); for the texts aws-samples/eks-workshop-v2#915 (node group),
terraform-aws-modules/terraform-aws-eks#3024 (access entry), upbound/configuration-aws-eks#122 (access entries of a
cluster that knows the ConfigMap only). Not verified: the text for a Fargate profile; that the identifier at the end of
an ARN counts as `*` where there is no such object.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.aws.authorization import Keys, tag_keys
from sandbox.aws.eks_asked import Asked, Handler, page
from sandbox.aws.eks_nodes import ENTRIES, FARGATE, GROUPS, Kind, arn
from sandbox.aws.errors import Refused, not_implemented

# The kind of object, and the member of the answer.
LISTS: Mapping[str, tuple[Kind, str]] = {
    "ListNodegroups": (GROUPS, "nodegroups"),
    "ListAccessEntries": (ENTRIES, "accessEntries"),
    "ListFargateProfiles": (FARGATE, "fargateProfileNames"),
}
DESCRIBES: Mapping[str, tuple[Kind, str]] = {
    "DescribeNodegroup": (GROUPS, "nodegroup"),
    "DescribeAccessEntry": (ENTRIES, "accessEntry"),
    "DescribeFargateProfile": (FARGATE, "fargateProfile"),
}
MISSING: Mapping[str, str] = {
    GROUPS.word: "No node group found for name: {}.",
    ENTRIES.word: "The specified principalArn could not be found. You can view your available access entries with "
    "'list-access-entries'.",
    FARGATE.word: "No Fargate Profile found with name: {}.",
}
NO_ENTRIES = (
    "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation."
)


def about(asked: Asked) -> tuple[str, Keys]:
    """The ARN that a call needs rights on, an object's or the cluster's, and the condition keys of its tags."""
    cluster = asked.world.clusters.find(asked.key) or {}
    if asked.call.operation in LISTS:
        return asked.key.arn, tag_keys("aws:ResourceTag", cluster.get("tags", {}).items())
    kind, _ = DESCRIBES[asked.call.operation]
    name = asked.parameters[kind.name]
    found = asked.world.node_objects.find(asked.key, kind, name)
    if found is None:
        return arn(asked.key, kind, name, "*"), {}
    return found[kind.arn], tag_keys("aws:ResourceTag", found["tags"].items())


def _list(asked: Asked) -> dict[str, Any]:
    kind, member = LISTS[asked.call.operation]
    _check_mode(asked, kind)
    if "associatedPolicyArn" in asked.parameters:
        raise not_implemented("associatedPolicyArn of ListAccessEntries")
    return page(asked, member, asked.world.node_objects.names(asked.key, kind))


def _describe(asked: Asked) -> dict[str, Any]:
    kind, member = DESCRIBES[asked.call.operation]
    _check_mode(asked, kind)
    name = asked.parameters[kind.name]
    found = asked.world.node_objects.find(asked.key, kind, name)
    if found is None:
        raise Refused("ResourceNotFoundException", MISSING[kind.word].format(name), 404)
    return {member: found}


def _check_mode(asked: Asked, kind: Kind) -> None:
    """A cluster that shows no mode is an old one, which knows the ConfigMap only."""
    cluster = asked.world.clusters.find(asked.key) or {}
    mode = cluster.get("accessConfig", {}).get("authenticationMode", "CONFIG_MAP")
    if kind is ENTRIES and mode == "CONFIG_MAP":
        raise Refused("InvalidRequestException", NO_ENTRIES)


CALLS: Mapping[str, Handler] = {**dict.fromkeys(LISTS, _list), **dict.fromkeys(DESCRIBES, _describe)}
