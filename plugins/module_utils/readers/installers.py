# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Helm release Epinio's server came with, as the live object says: Helm's own storage may be gone."""

from __future__ import annotations

from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.readers.epinio import read_server_deployment

# Helm writes it to whatever it installs (helm/helm, pkg/action/validate.go).
_RELEASE = "meta.helm.sh/release-name"


def read_installer(api_client: Any, namespace: str) -> str | None:
    """The release that the server's Deployment belongs to, `""` if it names none; `None` if there is no Deployment."""
    found = read_server_deployment(api_client, namespace)
    return (found["metadata"].get("annotations") or {}).get(_RELEASE, "") if found else None
