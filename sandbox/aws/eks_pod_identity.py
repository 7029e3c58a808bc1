"""EKS's calls for Pod Identity associations.

Sources: botocore's EKS model; for the rules of a role hashicorp/terraform-provider-aws#34711 (a role that does not
exist, or not yet) and #41483 (what it must trust), aws/aws-cdk#31522 (the text); for an account that has one already
awslabs/crossplane-on-eks#168; for an identifier's length aws-samples/eks-workshop-v2#882; for the resources that
rights are about aws/eks-hybrid#740; for `iam:PassRole` the EKS User Guide, "Assign an IAM role to a Kubernetes service
account". Inferred: a role of another account counts as one that does not exist.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.aws.authorization import Keys, decide, refused, tag_keys
from sandbox.aws.eks_asked import Asked, Handler, page
from sandbox.aws.eks_associations import ID_LENGTH, SUMMARY, association_arn
from sandbox.aws.errors import Refused, not_implemented
from sandbox.aws.policies import evaluation
from sandbox.aws.policies.documents import statements
from sandbox.aws.policies.evaluation import Request
from sandbox.aws.policies.principals import Principal

SERVICE = "pods.eks.amazonaws.com"
NEEDED = ("sts:AssumeRole", "sts:TagSession")
# Members of AWS's model that nothing here looks at.
UNKNOWN = ("targetRoleArn", "policy")


def about(asked: Asked) -> tuple[str, Keys]:
    """The ARN that a call needs rights on, an association's or the cluster's, and the condition keys of tags."""
    identifier = asked.parameters.get("associationId")
    if identifier is None:
        cluster = asked.world.clusters.find(asked.key) or {}
        sent = asked.parameters.get("tags", {})
        keys: dict[str, str | list[str]] = {**tag_keys("aws:RequestTag", sent.items())}
        if sent:
            keys["aws:TagKeys"] = list(sent)
        return asked.key.arn, {**keys, **tag_keys("aws:ResourceTag", cluster.get("tags", {}).items())}
    listed = asked.world.associations.listed(asked.key)
    tags: dict[str, str] = next((each.get("tags", {}) for each in listed if each["associationId"] == identifier), {})
    return association_arn(asked.key, identifier), tag_keys("aws:ResourceTag", tags.items())


def _create(asked: Asked) -> dict[str, Any]:
    wanted = _wanted(asked.parameters)
    _check_role(asked)
    made = {"disableSessionTags": False, "tags": {}, **wanted}
    token = asked.parameters.get("clientRequestToken", "")
    association = asked.world.associations.create(asked.key, made, asked.world.clock(), token=token)
    return {"association": association}


def _list(asked: Asked) -> dict[str, Any]:
    """Those of the asked namespace and service account, without their roles, a page at a time."""
    wanted = {name: asked.parameters[name] for name in ("namespace", "serviceAccount") if name in asked.parameters}
    found = [
        {name: each[name] for name in SUMMARY}
        for each in asked.world.associations.listed(asked.key)
        if wanted.items() <= each.items()
    ]
    return page(asked, "associations", found)


def _describe(asked: Asked) -> dict[str, Any]:
    return {"association": asked.world.associations.find(asked.key, _identifier(asked))}


def _update(asked: Asked) -> dict[str, Any]:
    changes = _wanted(asked.parameters)
    if "roleArn" in changes:
        _check_role(asked)
    return {"association": asked.world.associations.update(asked.key, _identifier(asked), changes, asked.world.clock())}


def _delete(asked: Asked) -> dict[str, Any]:
    return {"association": asked.world.associations.delete(asked.key, _identifier(asked))}


def _wanted(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The members that are kept."""
    unknown = [name for name in UNKNOWN if name in parameters]
    if unknown:
        raise not_implemented(f"{' and '.join(unknown)} of Pod Identity associations")
    kept = ("namespace", "serviceAccount", "roleArn", "tags", "disableSessionTags")
    return {name: parameters[name] for name in kept if name in parameters}


def _identifier(asked: Asked) -> str:
    identifier: str = asked.parameters["associationId"]
    if len(identifier) != ID_LENGTH:
        text = f"The parameter associationId should be {ID_LENGTH} characters long."
        raise Refused("InvalidParameterException", text)
    return identifier


def _check_role(asked: Asked) -> None:
    """Refuses a role that the caller may not pass on, that is not in effect yet, or that does not trust EKS."""
    arn: str = asked.parameters["roleArn"]
    wanted = ("iam:PassRole", arn)
    if denied := decide(asked.world, asked.call.arrived, asked.caller, wanted, {"iam:PassedToService": SERVICE}):
        raise refused("eks", asked.caller, wanted, denied)
    partition, name = asked.call.arrived.partition, arn.rsplit("/", 1)[-1]
    role = asked.world.entity_in_effect(asked.key.account, partition, "role", name)
    if role is None or role.arn != arn:
        raise Refused("InvalidParameterException", "Role provided in the request does not exist.")
    if not trusts_eks(role.trust or ""):
        text = "Trust policy of the role provided is invalid. Follow the official documentation to resolve the issue."
        raise Refused("InvalidParameterException", text)


def trusts_eks(document: str) -> bool:
    """Whether a trust policy lets EKS's agent assume the role and tag the session; its conditions are not looked at."""
    policy = tuple(replace(each, conditions={}) for each in statements(document))
    service = Principal("", SERVICE, kind="Service")
    return all(evaluation.grant("Allow", policy, Request(action, ""), service) for action in NEEDED)


CALLS: Mapping[str, Handler] = {
    "CreatePodIdentityAssociation": _create,
    "ListPodIdentityAssociations": _list,
    "DescribePodIdentityAssociation": _describe,
    "UpdatePodIdentityAssociation": _update,
    "DeletePodIdentityAssociation": _delete,
}
