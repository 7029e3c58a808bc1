# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio reads: its S3 settings, the accounts of its staging jobs, its server's Deployment and pods."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.look import Seen
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_details
from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import items, read
from ansible_collections.epinio.aws.plugins.module_utils.readers.pods import read_settled
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account

try:
    from kubernetes.client import AppsV1Api, CoreV1Api
except ImportError:  # kubernetes_module says so
    AppsV1Api = CoreV1Api = None

# Epinio finds the scripts of a builder by this label, user-made ones too (internal/api/v1/application/stage.go).
_SCRIPTS = "app.kubernetes.io/component=epinio-staging"
_CERTIFICATE = "S3_CERTIFICATE_SECRET"


def read_seen(api_client: Any, namespace: str, accounts: Iterable[str]) -> Seen:
    """What is in the namespace of the release, the service accounts of these names among it."""
    core, apps = CoreV1Api(api_client), AppsV1Api(api_client)
    listing = f"list the stage scripts (ConfigMaps) in namespace {namespace}"
    scripts = items(read(listing, core.list_namespaced_config_map, namespace, label_selector=_SCRIPTS))
    reading = f"read Deployment {SERVER} in namespace {namespace}"
    deployment = read(reading, apps.read_namespaced_deployment, SERVER, namespace)
    return Seen(
        connection=read_details(api_client, namespace),
        accounts={name: read_service_account(api_client, namespace, name) for name in accounts},
        staging_accounts={script["metadata"]["name"]: _account(script.get("data") or {}) for script in scripts},
        server=read_settled(api_client, namespace, SERVER) if deployment else None,
        certificate_secret=_certificate(deployment) if deployment else "",
    )


def _account(data: Mapping[str, str]) -> str:
    """The service account that a builder's jobs run as, `""` if its values name none or cannot be read."""
    try:
        values = json.loads(data.get("staging-values.json") or "{}")
    except ValueError:
        return ""
    return str(values.get("serviceAccountName") or "") if isinstance(values, dict) else ""


def _certificate(deployment: Any) -> str:
    variables = [one for part in deployment["spec"]["template"]["spec"]["containers"] for one in part.get("env") or []]
    return next((one.get("value", "") for one in variables if one["name"] == _CERTIFICATE), "")
