"""What IAM refuses to store: documents that mean something, but not to IAM.

Sources of the texts: public issues terraform-provider-aws#8905 (Invalid principal),
terraform-aws-iam#202 (Federated), kubeflow/dashboard#29 (ACLSizePerRole), and the IAM quotas page (sizes, without
blanks). Those of Sid, partition and Principal in an identity policy are known, not verified.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from sandbox.aws.errors import Refused, malformed_policy, quota_exceeded
from sandbox.aws.policies import conditions
from sandbox.aws.policies.documents import as_list

POLICY_SIZE, TRUST_SIZE = 6144, 2048
SID = re.compile(r"[0-9A-Za-z]*")
STATEMENT_KEYS = {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Condition"}
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
FEDERATED_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:(saml|oidc)-provider/.+")
PRINCIPAL_KINDS = {"AWS", "Service", "Federated", "CanonicalUser"}

Exists = Callable[[str], bool]


def size(document: str) -> int:
    """Characters that count towards a quota: all but white space."""
    return len(re.sub(r"\s", "", document))


def _elements(document: str) -> list[dict[str, Any]] | None:
    """The statements, or None for what is no policy at all."""
    try:
        parsed = json.loads(document)
    except ValueError:
        return None
    found = as_list(parsed.get("Statement", [])) if isinstance(parsed, dict) else []
    return found if found and all(isinstance(each, dict) for each in found) else None


def check_identity_policy(document: str, partition: str) -> None:
    """What moto lets through in a managed or inline policy; the rest it refuses itself."""
    if size(document) > POLICY_SIZE:
        raise quota_exceeded("PolicySize", POLICY_SIZE)
    for element in _elements(document) or []:
        if "Principal" in element or "NotPrincipal" in element:
            raise malformed_policy("Policy document should not specify a principal.")
        _check_sid(element)
        for resource in _arns(element):
            if resource.split(":")[1] not in (partition, "*"):
                raise malformed_policy(f'Partition "{resource.split(":")[1]}" is not valid for resource "{resource}".')


def _arns(element: dict[str, Any]) -> Iterator[str]:
    for name in ("Resource", "NotResource"):
        for value in as_list(element.get(name, [])):
            if isinstance(value, str) and value.startswith("arn:"):
                yield value


def _check_sid(element: dict[str, Any]) -> None:
    sid = element.get("Sid", "")
    if not isinstance(sid, str) or not SID.fullmatch(sid):
        raise malformed_policy(
            "Statement IDs (SID) must be alpha-numeric. "
            "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        )


def check_trust_policy(document: str, exists: Exists) -> None:
    """A role's trust policy.

    - `document`: as sent
    - `exists`: whether IAM knows the user or role with this ARN, or the account
    """
    if size(document) > TRUST_SIZE:
        raise quota_exceeded("ACLSizePerRole", TRUST_SIZE)
    try:
        json.loads(document)
    except ValueError:
        raise malformed_policy("This policy contains invalid Json") from None
    elements = _elements(document)
    if elements is None:
        raise malformed_policy("Syntax errors in policy.")
    sids = [each["Sid"] for each in elements if each.get("Sid")]
    if len(sids) != len(set(map(str, sids))):
        raise malformed_policy("Statement IDs (SID) in a single policy must be unique.")
    for element in elements:
        _check_trust_statement(element)
        for kind, value in _principals(element):
            _check_principal(kind, value, exists)


def _check_trust_statement(element: dict[str, Any]) -> None:
    if element.get("Effect") not in ("Allow", "Deny"):
        raise malformed_policy("Syntax errors in policy.")
    _check_sid(element)
    for name in ("Resource", "NotResource"):
        if name in element:
            raise malformed_policy(f"Has prohibited field {name}")
    if not {"Principal", "NotPrincipal"} & element.keys():
        raise malformed_policy("Missing required field Principal")
    if not {"Action", "NotAction"} & element.keys():
        raise malformed_policy("Missing required field Action")
    if element.keys() - STATEMENT_KEYS:
        raise malformed_policy("Syntax errors in policy.")
    actions = as_list(element.get("Action", element.get("NotAction")))
    if not all(isinstance(each, str) and each.lower().startswith("sts:") for each in actions):
        raise malformed_policy("AssumeRole policy may only specify STS AssumeRole actions.")
    _check_conditions(element.get("Condition", {}))


def _check_conditions(condition: Any) -> None:
    if not isinstance(condition, dict) or not all(isinstance(keys, dict) for keys in condition.values()):
        raise malformed_policy("Syntax errors in policy.")
    for name in condition:
        if conditions.parsed_operator(name) is None:
            raise malformed_policy(f"Invalid Condition type : {name}.")


def _principals(element: dict[str, Any]) -> Iterator[tuple[str, str]]:
    principal = element.get("Principal", element.get("NotPrincipal"))
    if principal == "*":
        return
    if not isinstance(principal, dict) or not principal:
        raise malformed_policy("Syntax errors in policy.")
    for kind, values in principal.items():
        for value in as_list(values):
            yield kind, str(value)


def _check_principal(kind: str, value: str, exists: Exists) -> None:
    if kind not in PRINCIPAL_KINDS:
        raise malformed_policy("Syntax errors in policy.")
    if kind == "Federated" and not (FEDERATED_ARN.fullmatch(value) or DOMAIN.fullmatch(value)):
        raise malformed_policy("Federated principals must be valid domain names or SAML metadata ARNs")
    if kind == "AWS" and value != "*" and not exists(value):
        raise malformed_policy(f'Invalid principal in policy: "AWS":"{value}"')


def check_session_policy(document: str) -> None:
    """A policy that comes with AssumeRole: what the evaluator could not read is refused."""
    for element in _elements(document) or [{}]:
        actions = {"Action", "NotAction"} & element.keys()
        resources = {"Resource", "NotResource"} & element.keys()
        if element.get("Effect") not in ("Allow", "Deny") or not actions or not resources:
            raise malformed_policy("Syntax errors in policy.")
        _check_conditions(element.get("Condition", {}))


def check_bucket_policy(document: str, bucket_arn: str) -> None:
    """A bucket policy, as far as S3's own rules go: S3 calls its error MalformedPolicy."""
    elements = _elements(document)
    if elements is None:
        raise Refused("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
    for element in elements:
        if not {"Principal", "NotPrincipal"} & element.keys():
            raise Refused("MalformedPolicy", "Missing required field Principal")
        if element.get("Effect") not in ("Allow", "Deny"):
            raise Refused("MalformedPolicy", "Invalid effect")
        if not {"Action", "NotAction"} & element.keys() or not {"Resource", "NotResource"} & element.keys():
            raise Refused("MalformedPolicy", "Missing required field")
        resources = list(_arns(element)) or ["*"]
        if not all(each == bucket_arn or each.startswith(f"{bucket_arn}/") for each in resources):
            raise Refused("MalformedPolicy", "Policy has invalid resource")
