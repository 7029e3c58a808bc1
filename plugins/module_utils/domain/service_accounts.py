# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts, the annotation that gives their pods a role, and who set it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import Cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    COLLECTION,
    FIELD_MANAGER,
    MANAGED_BY,
    WIRING,
    Mark,
    Wiring,
)

# aws/amazon-eks-pod-identity-webhook, pkg/annotations.go
ROLE_ARN = "eks.amazonaws.com/role-arn"
MADE_BY = "app.kubernetes.io/managed-by"
# Values of that label; eksctl's is in its pkg/kubernetes/serviceaccount.go.
HELM, EKSCTL = "Helm", "eksctl"


@dataclass(frozen=True)
class ServiceAccount:
    """A service account that exists.

    `role_managers` are the field managers that set our annotation; `automount_token` is `None` where it says nothing.
    `uid` tells it from another account of the same name, before or after it.
    """

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    automount_token: bool | None = None
    role_managers: tuple[str, ...] = ()
    uid: str = ""

    @property
    def role_arn(self) -> str:
        return self.annotations.get(ROLE_ARN, "")

    @property
    def maker(self) -> str:
        """Whose the account is, as its label says; `""` if it does not."""
        return self.labels.get(MADE_BY, "")

    @property
    def role_is_ours(self) -> bool:
        """Whether this collection set the role."""
        return FIELD_MANAGER in self.role_managers

    @property
    def role_is_helms(self) -> bool:
        """Whether Helm set the role, by its own command, Flux's helm-controller or Terraform's provider."""
        return any("helm" in manager.lower() for manager in self.role_managers)

    @property
    def owner(self) -> str:
        """Whose the account and its role are, as a clause."""
        setters = ", ".join(manager for manager in self.role_managers if manager)
        words = [f"the account is {self.maker}'s (label {MADE_BY})"] if self.maker else []
        words += [f"its annotation {ROLE_ARN} was set by {setters}"] if setters else []
        return " and ".join(words) or "nothing on it says whose it is"

    def without_role(self) -> ServiceAccount:
        rest = {key: value for key, value in self.annotations.items() if key != ROLE_ARN}
        return replace(self, annotations=rest, role_managers=())

    def mark(self, wiring: Wiring) -> Mark:
        """What the account says about its owner. The wiring is an annotation: no label can hold an ARN."""
        return wiring.mark({MANAGED_BY: self.labels.get(MANAGED_BY, ""), WIRING: self.annotations.get(WIRING, "")})

    def view(self) -> dict[str, Any]:
        """The account in the shape that the module returns; `wiring` is `""` if the collection did not make it."""
        made_here = self.labels.get(MANAGED_BY) == COLLECTION
        return {
            "namespace": self.namespace,
            "name": self.name,
            "role_arn": self.role_arn,
            "pull_secrets": list(self.pull_secrets),
            "automount_token": self.automount_token,
            "wiring": self.annotations.get(WIRING, "") if made_here else "",
        }


def eksctl_command(cluster: Cluster, account: ServiceAccount) -> str:
    """What deletes an account that eksctl made: its role lives in a CloudFormation stack (pkg/cfn/manager/iam.go)."""
    where = f"--cluster {cluster.name} --region {cluster.region} --namespace {account.namespace} --name {account.name}"
    return f"eksctl delete iamserviceaccount {where}"


def managers(managed_fields: Iterable[Mapping[str, Any]], annotation: str) -> tuple[str, ...]:
    """The field managers that own an annotation (https://kubernetes.io/docs/reference/using-api/server-side-apply)."""
    found = {
        entry.get("manager", "")
        for entry in managed_fields
        if f"f:{annotation}" in _below(entry.get("fieldsV1"), "f:metadata", "f:annotations")
    }
    return tuple(sorted(found))


def _below(fields: Any, *path: str) -> Mapping[str, Any]:
    for key in path:
        fields = fields.get(key) if isinstance(fields, Mapping) else None
    return fields if isinstance(fields, Mapping) else {}
