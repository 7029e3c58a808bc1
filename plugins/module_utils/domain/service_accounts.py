# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts, the annotation that gives their pods a role, and who set it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import (
    COLLECTION,
    MANAGED_BY,
    WIRING,
    Mark,
    Wiring,
)

# aws/amazon-eks-pod-identity-webhook, pkg/annotations.go
ROLE_ARN = "eks.amazonaws.com/role-arn"
MADE_BY = "app.kubernetes.io/managed-by"


@dataclass(frozen=True)
class ServiceAccount:
    """A service account that exists.

    `role_managers` are the field managers that set our annotation; `automount_token` is `None` where it says nothing.
    """

    namespace: str
    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    pull_secrets: tuple[str, ...] = ()
    automount_token: bool | None = None
    role_managers: tuple[str, ...] = ()

    @property
    def role_arn(self) -> str:
        return self.annotations.get(ROLE_ARN, "")

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
        fields = (fields or {}).get(key)
    return fields or {}
