"""Service accounts as they are found and wanted, for the tables of their planners."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import MANAGED_BY, WIRING, wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted

OWNER = wiring("arn:aws:eks:us-east-1:123456789012:cluster/epinio/epinio")
ELSEWHERE = "arn:aws:eks:us-east-1:123456789012:cluster/b/epinio"
ROLE, OTHER = (f"arn:aws:iam::123456789012:role/{name}" for name in ("staging", "other"))
ANNOTATION = "eks.amazonaws.com/role-arn"
MADE_BY = "app.kubernetes.io/managed-by"
STAGING = Wanted(OWNER, "staging", ROLE, create=True)
SERVER = Wanted(OWNER, "server", ROLE)
OURS = ServiceAccount(
    *("epinio", "staging"),
    labels={MANAGED_BY: "epinio.aws"},
    annotations={WIRING: str(OWNER), ANNOTATION: ROLE},
    automount_token=False,
    role_managers=("epinio.aws",),
    uid="one",
)
THEIRS = replace(OURS, annotations={WIRING: ELSEWHERE, ANNOTATION: ROLE})
SOMEBODYS = ServiceAccount("epinio", "staging")
EKSCTL = replace(SOMEBODYS, labels={MADE_BY: "eksctl"})
CHARTS = ServiceAccount("epinio", "server", labels={MADE_BY: "Helm"})


def with_role(account: ServiceAccount, role: str, *set_by: str) -> ServiceAccount:
    return replace(account, annotations={**account.annotations, ANNOTATION: role}, role_managers=set_by)
