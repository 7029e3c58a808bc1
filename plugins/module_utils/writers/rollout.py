# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart a Deployment and see it through: new pods, with the wanted credentials, ready."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.credentials import Finding, Kind, Wanted
from ansible_collections.epinio.aws.plugins.module_utils.domain.deployments import Deployment
from ansible_collections.epinio.aws.plugins.module_utils.errors import Disproven, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners.rollout import judged
from ansible_collections.epinio.aws.plugins.module_utils.readers.pods import read_deployment, read_warnings
from ansible_collections.epinio.aws.plugins.module_utils.writers.kubernetes import KubernetesWriter

# Seconds. The webhook's cache is about one second behind.
_CACHE, _POLL = 2.0, 1.0
_ADVICE = "What was wired stays; once the pods can run, run the playbook again."
RESTARTED = "kubectl.kubernetes.io/restartedAt"


class Rollout:
    """Restarts with a limit of `timeout` seconds for all that one of them takes."""

    def __init__(self, api_client: Any, timeout: float) -> None:
        self._api_client = api_client
        self._timeout = timeout

    def rehearsed(self, plan: Plan) -> Plan:
        """The plan, after the API server agreed to a dry run of the restart, if there is one in it."""
        writer = KubernetesWriter(self._api_client, rehearsal=True)
        for change in plan.changes:
            writer.patch_deployment(change.arguments["namespace"], change.arguments["name"], restart_patch())
        return plan

    def restart(self, namespace: str, name: str, role_arn: str, region: str) -> None:
        """Restart, wait, and restart once more if the webhook missed the new pods.

        Environments are looked at as soon as pods exist, not once they are ready: Epinio is away the shorter. Raises
        `Disproven` if the pods' environment is not the wanted one in the end, `ServiceFailed` if they do not get ready.
        """
        wanted, deadline = Wanted(role_arn, region), time.monotonic() + self._timeout
        found = self._restart(namespace, name, wanted, deadline)
        if found.kind is Kind.STALE:
            time.sleep(_CACHE)
            found = self._restart(namespace, name, wanted, deadline)
        if found.kind is not Kind.RIGHT:
            raise Disproven(explained(found, wanted, namespace, name))

    def _restart(self, namespace: str, name: str, wanted: Wanted, deadline: float) -> Finding:
        KubernetesWriter(self._api_client).patch_deployment(namespace, name, restart_patch())
        while True:
            found = read_deployment(self._api_client, namespace, name)
            if found is None:
                raise ServiceFailed(f"restart deployment {namespace}/{name}", "somebody deleted it meanwhile")
            if found.settled:
                finding = judged(wanted, found)
                if finding.kind is not Kind.RIGHT or found.complete:
                    return finding
            if time.monotonic() >= deadline:
                raise ServiceFailed(f"see the new pods of {found} ready", self._progress(found), advice=_ADVICE)
            time.sleep(_POLL)

    def _progress(self, found: Deployment) -> str:
        """What keeps the Deployment from being complete, in the cluster's own words."""
        words = list(found.trouble)
        for pod in found.pods:
            if pod.trouble:
                words += [f"pod {pod.name}: {pod.trouble}", *read_warnings(self._api_client, found.namespace, pod.name)]
        waited = f"they are not after {self._timeout:.0f} seconds"
        return f"{waited} ({'; '.join(words)})" if words else waited


def restart_patch() -> dict[str, Any]:
    """What `kubectl rollout restart` sets. Helm keeps it, since no chart has it."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED: now}}}}}


def explained(found: Finding, wanted: Wanted, namespace: str, name: str) -> str:
    """The finding of the last restart, with what most likely causes it."""
    if found.kind is Kind.FOREIGN:
        return (
            f"The restart of deployment {namespace}/{name} did not give its pods what is wanted: {found.text}. "
            "An EKS Pod Identity association goes before the role of the service account: remove it "
            "(aws eks list-pod-identity-associations), or take away what else sets the variable."
        )
    wish = f"give its pods the role {wanted.role_arn}" if wanted.role_arn else "take their role from its pods"
    return (
        f"Two restarts of deployment {namespace}/{name} did not {wish}: {found.text}. "
        "Look at the annotation eks.amazonaws.com/role-arn of their service account, whether the Deployment uses that "
        "account (epinio_server_service_account), and whether the cluster has EKS's webhook "
        "(kubectl get mutatingwebhookconfiguration pod-identity-webhook)."
    )
