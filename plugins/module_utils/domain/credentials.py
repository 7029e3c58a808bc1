# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment from which a container's AWS client gets its credentials on EKS, and whether it is the wanted one.

The pod identity webhook puts it into a pod when the pod is created, and never later. It leaves a container alone that
already sets one of these variables, or that the pod's annotation `skip-containers` names
(aws/amazon-eks-pod-identity-webhook, pkg/handler/handler.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from ansible_collections.epinio.aws.plugins.module_utils.domain import arns
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ROLE = "AWS_ROLE_ARN"
TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE"
REGION = "AWS_REGION"
# EKS Pod Identity's; an association goes before the annotation.
CONTAINER_CREDENTIALS = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
)
# Of a pod: names of containers that the webhook leaves alone.
SKIP = "eks.amazonaws.com/skip-containers"
VARIABLES = (ROLE, TOKEN_FILE, REGION, *CONTAINER_CREDENTIALS)

Environments = Mapping[str, Mapping[str, str]]


class Kind(Enum):
    """What a pod's environment shows. The worst of its containers counts, in this order."""

    FOREIGN = "something that a restart does not take away"
    STALE = "what was wanted before the pod was created, or nothing"
    RIGHT = "what is wanted"


@dataclass(frozen=True)
class Finding:
    """What one environment shows, in words: `text` completes "container x …"."""

    kind: Kind
    text: str = ""


@dataclass(frozen=True)
class Wanted:
    """The wanted environment: the role of an annotated service account, or none at all if `role_arn` is `""`.

    `region` is the cluster's, which the webhook injects; `""` if it is not to be compared.
    """

    role_arn: str = ""
    region: str = ""

    def __post_init__(self) -> None:
        if self.role_arn and not arns.is_role_arn(self.role_arn):
            raise Refused(f"{self.role_arn!r} is not the ARN of an IAM role: EKS gives no pod such a role.")


def worst(wanted: Wanted, environments: Environments, templates: Environments) -> Finding:
    """What the environments (container -> variable -> value) show. `templates` is what the pod template itself sets.

    Containers that the template does not name, sidecars of somebody else's webhook, do not count.
    """
    findings = [
        _named(container, finding(wanted, environment, templates[container]))
        for container, environment in sorted(environments.items())
        if container in templates
    ]
    return next((found for kind in Kind for found in findings if found.kind is kind), Finding(Kind.RIGHT))


def finding(wanted: Wanted, environment: Mapping[str, str], template: Mapping[str, str]) -> Finding:
    """What one container's environment shows."""
    role, token = environment.get(ROLE, ""), TOKEN_FILE in environment
    if not wanted.role_arn:
        injected = [name for name in (ROLE, TOKEN_FILE) if name in environment and name not in template]
        return Finding(Kind.STALE, f"still has {' and '.join(injected)}") if injected else Finding(Kind.RIGHT)
    others = [name for name in CONTAINER_CREDENTIALS if name in environment]
    if others:
        return Finding(Kind.FOREIGN, f"gets credentials from {others[0]}={environment[others[0]]} (EKS Pod Identity)")
    if role != wanted.role_arn:
        return Finding(Kind.STALE, f"has {ROLE}={role}, not {wanted.role_arn}" if role else f"has no {ROLE}")
    if not token:
        return Finding(Kind.STALE, f"has no {TOKEN_FILE}")
    region = environment.get(REGION, wanted.region)
    if wanted.region and region != wanted.region and REGION not in template:
        return Finding(Kind.FOREIGN, f"has {REGION}={region}, not the cluster's region {wanted.region}")
    return Finding(Kind.RIGHT)


def set_by_template(templates: Environments) -> tuple[str, ...]:
    """`container: variable` for what keeps the webhook from giving a container its role."""
    return tuple(
        f"{container}: {name}"
        for container, template in sorted(templates.items())
        for name in (ROLE, TOKEN_FILE, *CONTAINER_CREDENTIALS)
        if name in template
    )


def skipped(annotations: Mapping[str, str]) -> frozenset[str]:
    """The containers that the webhook is told to leave alone."""
    names: Iterable[str] = annotations.get(SKIP, "").split(",")
    return frozenset(name.strip() for name in names if name.strip())


def _named(container: str, found: Finding) -> Finding:
    return found if found.kind is Kind.RIGHT else Finding(found.kind, f"container {container} {found.text}")
