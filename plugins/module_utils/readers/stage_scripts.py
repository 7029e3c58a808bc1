# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts of Epinio's staging jobs, one ConfigMap for each kind of builder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest

# Epinio finds the scripts of a builder by this label, user-made ones too (internal/api/v1/application/stage.go).
_SCRIPTS = "app.kubernetes.io/component=epinio-staging"


def read_stage_scripts(api_client: Any, namespace: str) -> dict[str, dict[str, str]]:
    """The data of each ConfigMap by its name, in one call. Nothing is inherited from a ConfigMap's `base`."""
    listing = f"list the stage scripts (ConfigMaps) in namespace {namespace}"
    found = rest.items(listing, api_client, rest.path("v1/configmaps", namespace), labelSelector=_SCRIPTS)
    return {one["metadata"]["name"]: dict(one.get("data") or {}) for one in found}


def read_staging_values(api_client: Any, namespace: str) -> dict[str, dict[str, Any] | None]:
    """The values of each ConfigMap's jobs, as `staging_values`, by the ConfigMap's name."""
    return {name: staging_values(data) for name, data in read_stage_scripts(api_client, namespace).items()}


def staging_values(data: Mapping[str, str]) -> dict[str, Any] | None:
    """The values of a ConfigMap's jobs, empty where it has none; `None` where they cannot be read.

    Epinio reads them alike, and fails where they are no JSON object.
    """
    try:
        values = json.loads(data.get("staging-values.json") or "{}")
    except ValueError:
        return None
    return values if isinstance(values, dict) else None
