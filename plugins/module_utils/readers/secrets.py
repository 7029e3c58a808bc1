# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets as the API server shows them."""

from __future__ import annotations

import base64
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest

SECRETS = "v1/secrets"


def read_secret(api_client: Any, namespace: str, name: str) -> Any:
    """The Secret in the API server's JSON; `None` if there is none."""
    attempt = f"read Secret {name} in namespace {namespace}"
    return rest.read(attempt, api_client, rest.path(SECRETS, namespace, name))


def read_data(api_client: Any, namespace: str, name: str) -> dict[str, str] | None:
    """The data of a Secret, base64 as it is; `None` if there is none."""
    found = read_secret(api_client, namespace, name)
    return dict(found.get("data") or {}) if found else None


def decoded(data: dict[str, str]) -> dict[str, str]:
    """The data of a Secret as text."""
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in data.items()}
