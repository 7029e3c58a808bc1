# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' calls as plans name them, under our own field manager, for real or as a server-side dry run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils import retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import FIELD_MANAGER
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_versioned

_ACCOUNTS = "v1/serviceaccounts"
_CONFLICT = "409"


class KubernetesWriter:
    """The API server as plans see it. `rehearsal` makes every write a dry run: all checks are made, nothing is kept."""

    def __init__(self, api_client: Any, *, rehearsal: bool = False) -> None:
        self._api_client = api_client
        self._dry_run = {"dryRun": "All"} if rehearsal else {}
        self._settings = {"fieldManager": FIELD_MANAGER, **self._dry_run}

    def create_service_account(self, namespace: str, manifest: Mapping[str, Any]) -> None:
        """Raises `Refused` if the namespace does not exist."""
        attempt = f"create service account {namespace}/{manifest['metadata']['name']}"
        try:
            rest.create(attempt, self._api_client, rest.path(_ACCOUNTS, namespace), manifest, **self._settings)
        except ServiceFailed as error:
            if error.code == "404":
                raise Refused(f"The namespace {namespace} does not exist: check epinio_namespace.") from error
            raise

    def patch_service_account(
        self, namespace: str, name: str, body: Mapping[str, Any], former: Mapping[str, Any]
    ) -> None:
        """Patch the account if it still is what it was when this was planned; a conflict otherwise.

        A patch under a resource version, not server-side apply: applied fields conflict with those that we ourselves
        set when we created the account, and apply would make an account anew that was deleted meanwhile. The version is
        read here, so that plans hold nothing that differs from one run to the next.
        """
        attempt = f"patch service account {namespace}/{name}"
        found = read_versioned(self._api_client, namespace, name)
        if found is None or found[0].view() != former:
            raise ServiceFailed(attempt, "somebody changed it meanwhile", code=_CONFLICT)
        metadata = {**body.get("metadata", {}), "resourceVersion": found[1]}
        where = rest.path(_ACCOUNTS, namespace, name)
        rest.patch(attempt, self._api_client, where, {**body, "metadata": metadata}, **self._settings)

    def delete_service_account(self, namespace: str, name: str, uid: str, former: Mapping[str, Any]) -> None:
        """Delete the account if it still is the one, and what it was, when this was planned; a conflict otherwise.

        As above the version is read here; with it the server refuses what changes between this reading and the call.
        """
        attempt = f"delete service account {namespace}/{name}"
        found = read_versioned(self._api_client, namespace, name)
        if found is None or (found[0].uid, found[0].view()) != (uid, former):
            raise ServiceFailed(attempt, "somebody changed it meanwhile", code=_CONFLICT)
        options = {"preconditions": {"uid": uid, "resourceVersion": found[1]}}
        rest.delete(attempt, self._api_client, rest.path(_ACCOUNTS, namespace, name), options, **self._dry_run)

    def patch_deployment(self, namespace: str, name: str, body: Mapping[str, Any]) -> None:
        """No resource version: a Deployment's changes with every pod, and a restart takes nobody's change back."""
        where = rest.path("apps/v1/deployments", namespace, name)
        rest.patch(f"patch deployment {namespace}/{name}", self._api_client, where, body, **self._settings)


def rehearsed(plan: Plan, api_client: Any) -> Plan:
    """The plan, after the API server agreed to each of its changes in a dry run."""
    return rehearsed_by(KubernetesWriter(api_client, rehearsal=True), plan)


def rehearsed_by(writer: Any, plan: Plan) -> Plan:
    """The plan, after the API server agreed to each of its changes, which this writer only tries.

    So a missing right, a quota or an admission policy shows while planning. A conflict is left to the real call, whose
    caller plans anew, and so is something to be removed that is gone already.
    """
    for change in plan.changes:
        try:
            getattr(writer, change.operation.split(".")[1])(**change.arguments)
        except ServiceFailed as error:
            if error.code != _CONFLICT and not retries.gone(change.operation, error.code):
                raise
    return plan
