# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Helm release Epinio's server came with, as the live object says: Helm's own storage may be gone."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import SERVER
from ansible_collections.epinio.aws.plugins.module_utils.readers.kubernetes_api import read

try:
    from kubernetes.client import AppsV1Api
except ImportError:  # kubernetes_module says so
    AppsV1Api = object

# Helm writes it to whatever it installs (helm/helm, pkg/action/validate.go).
_RELEASE = "meta.helm.sh/release-name"


def read_installer(api_client: Any, namespace: str) -> str | None:
    """The release that the server's Deployment belongs to, `""` if it names none; `None` if there is no Deployment."""
    apps = AppsV1Api(api_client)
    attempt = f"read Deployment {SERVER} in namespace {namespace}"
    found = read(attempt, apps.read_namespaced_deployment, SERVER, namespace)
    return (found["metadata"].get("annotations") or {}).get(_RELEASE, "") if found else None
