# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may assume a role: one service account of the cluster, by a token that its issuer signed.

https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, differences, documents, names
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# Our statement in a role's trust policy is found by this Sid.
SID = "EpinioAwsIrsa"
# The webhook's default, in every partition: it is what the token is for, not a host (eksctl-io/eksctl#1910).
AUDIENCE = "sts.amazonaws.com"
# The default quota of a trust policy; an account can have it raised, so more is not refused here.
USUAL_CHARACTERS = 2048
# IAM takes https without port or query (CreateOpenIDConnectProvider); issuers of EKS have no slash at the end.
_ISSUER = re.compile(r"https://[a-z0-9]([-a-z0-9.]*[a-z0-9])?(/[A-Za-z0-9._~-]+)*")
_LONGEST_ISSUER = 255
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
_UNIQUE_ID = re.compile(r"A(ID|RO)A[A-Z0-9]+")


def check_issuer(issuer: str) -> None:
    """Raise `Refused` for an issuer that IAM does not take."""
    if not _ISSUER.fullmatch(issuer) or len(issuer) > _LONGEST_ISSUER:
        raise Refused(
            f"The issuer {issuer!r} of the cluster is malformed: IAM takes https://<host>/<path> without port, query "
            "or slash at the end. Check that epinio_cluster_name is an EKS cluster with an OIDC issuer."
        )


def subject(namespace: str, service_account: str) -> str:
    """The `sub` claim of a service account's token. Raises `Refused` for names that Kubernetes does not take."""
    names.check_namespace(namespace)
    names.check_service_account(service_account)
    return f"system:serviceaccount:{namespace}:{service_account}"


def statement(wiring: Wiring, issuer: str, service_account: str) -> dict[str, Any]:
    """The statement that lets exactly this service account of the wiring's namespace assume the role."""
    check_issuer(issuer)
    host = issuer.removeprefix("https://")
    return {
        "Sid": SID,
        "Effect": "Allow",
        "Principal": {"Federated": arns.provider_arn(wiring.cluster, issuer)},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{host}:aud": AUDIENCE, f"{host}:sub": subject(wiring.namespace, service_account)}
        },
    }


def providers(policy: documents.Document) -> list[str]:
    """The ARNs of the OIDC providers that our statement in a role's trust policy trusts."""
    ours = [one.get("Principal") for one in documents.statements(policy) if one.get("Sid") == SID]
    return [arn for whom in ours if isinstance(whom, Mapping) for arn in documents.values(whom.get("Federated"))]


def admits_ec2(policy: documents.Document) -> bool:
    """Whether EC2 may assume the role for an instance; also where only AWS can tell (`Principal: "*"`, `NotPrincipal`).

    Roles of hybrid nodes trust Systems Manager or IAM Roles Anywhere instead
    (https://docs.aws.amazon.com/eks/latest/userguide/hybrid-nodes-creds.html).
    """
    return any(_admits_ec2(one) for one in documents.statements(policy) if str(one.get("Effect")).lower() == "allow")


def _admits_ec2(statement: Mapping[str, Any]) -> bool:
    whom = statement.get("Principal")
    if not isinstance(whom, Mapping):
        return "NotPrincipal" in statement or whom == "*"
    # Its name ends with the partition's domain.
    return any(service.startswith("ec2.") for service in documents.values(whom.get("Service")))


def deleted_principals(policy: documents.Document) -> list[str]:
    """The unique ids of deleted users and roles that a trust policy names: IAM shows them, and takes none back.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = [one.get(element) for one in documents.statements(policy) for element in ("Principal", "NotPrincipal")]
    listed = [found for whom in named if isinstance(whom, Mapping) for found in documents.values(whom.get("AWS"))]
    return [found for found in listed if _UNIQUE_ID.fullmatch(found)]


def provider_deletion(arn: str) -> str:
    """The command that deletes an OIDC provider, and when it may be run: IAM does not say which roles trust it."""
    command = "aws iam delete-open-id-connect-provider --open-id-connect-provider-arn"
    return f"Once no role trusts it any more, run: {command} {arn}"


def described(statement: Mapping[str, Any]) -> str:
    """Whom a trust statement lets in or keeps out, as a clause about its role: all of it as it stands."""
    verb = "denies" if str(statement.get("Effect")).lower() == "deny" else "trusts"
    whom = "all but " if "NotPrincipal" in statement else ""
    whom += json.dumps(statement.get("Principal", statement.get("NotPrincipal", "nobody")))
    what = " for all but " if "NotAction" in statement else " for "
    action = statement.get("Action", statement.get("NotAction"))
    what = f"{what}{differences.written(action)}" if action is not None else ""
    condition = f" if {json.dumps(statement['Condition'])}" if statement.get("Condition") else ""
    return f"{verb} {whom}{what}{condition} ({differences.statement_name(statement)})"
