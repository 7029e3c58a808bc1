# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio reads: its S3 settings, the accounts of its staging jobs, its server's Deployment and pods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.look import Seen
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_details, read_server_deployment
from ansible_collections.epinio.aws.plugins.module_utils.readers.pods import read_settled
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account
from ansible_collections.epinio.aws.plugins.module_utils.readers.stage_scripts import read_staging_values

_CERTIFICATE = "S3_CERTIFICATE_SECRET"


def read_seen(api_client: Any, namespace: str, accounts: Iterable[str]) -> Seen:
    """What is in the namespace of the release, the service accounts of these names among it."""
    values = read_staging_values(api_client, namespace)
    deployment = read_server_deployment(api_client, namespace)
    return Seen(
        connection=read_details(api_client, namespace),
        accounts={name: read_service_account(api_client, namespace, name) for name in accounts},
        # "" where the values name none, or cannot be read.
        staging_accounts={name: str((one or {}).get("serviceAccountName") or "") for name, one in values.items()},
        server=read_settled(api_client, namespace, SERVER) if deployment else None,
        certificate_secret=_certificate(deployment) if deployment else "",
    )


def _certificate(deployment: Any) -> str:
    variables = [
        one for part in deployment["spec"]["template"]["spec"].get("containers") or [] for one in part.get("env") or []
    ]
    return next((one.get("value") or "" for one in variables if one["name"] == _CERTIFICATE), "")
