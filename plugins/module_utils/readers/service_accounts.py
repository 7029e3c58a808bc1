# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service accounts as the API server shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import (
    ROLE_ARN,
    ServiceAccount,
    managers,
)
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


def read_service_account(api_client: Any, namespace: str, name: str) -> ServiceAccount | None:
    """The account, `None` if it, or its namespace, does not exist."""
    found = read_versioned(api_client, namespace, name)
    return found[0] if found else None


def read_versioned(api_client: Any, namespace: str, name: str) -> tuple[ServiceAccount, str] | None:
    """The account with its resource version, which a patch names to be refused if somebody was faster."""
    where = rest.path("v1/serviceaccounts", namespace, name)
    found = rest.read(f"read service account {namespace}/{name}", api_client, where)
    return (_account(found), found["metadata"]["resourceVersion"]) if found else None


def read_pull_secrets(api_client: Any, namespace: str, name: str) -> tuple[str, ...]:
    """The names of the account's pull secrets. Raises `Refused` if it does not exist."""
    account = read_service_account(api_client, namespace, name)
    if account is None:
        raise Refused(
            f"The service account {namespace}/{name}, whose pull secrets are to be copied, does not exist: "
            "check epinio_server_service_account, or set epinio_staging_pull_secrets."
        )
    return account.pull_secrets


def pull_secrets(of: Mapping[str, Any]) -> tuple[str, ...]:
    """The pull secrets of an account or of a pod's spec.

    A reference without a name is none (k8s.io/api/core/v1, LocalObjectReference).
    """
    return tuple(one["name"] for one in of.get("imagePullSecrets") or () if one.get("name"))


def _account(found: Mapping[str, Any]) -> ServiceAccount:
    metadata = found["metadata"]
    return ServiceAccount(
        metadata["namespace"],
        metadata["name"],
        metadata.get("labels") or {},
        metadata.get("annotations") or {},
        pull_secrets(found),
        found.get("automountServiceAccountToken"),
        managers(metadata.get("managedFields") or [], ROLE_ARN),
        metadata["uid"],
    )
