# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Secrets in which Epinio and its operators keep state although the chart renders them: users, and dex's settings.

Epinio's server writes a user's namespaces and roles into the user's Secret (epinio/epinio, internal/auth/user.go), and
Epinio's documentation has operators edit `dex-config`. A Secret is looked at field by field: the keys of its data, the
annotation with the roles and the label that makes a user of it. Everything else belongs to Helm.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests

USERS_LABEL = "epinio.io/api-user-credentials"
ROLES_ANNOTATION = "epinio.io/roles"
DEX_CONFIG = "dex-config"

# A section of the Secret (`data`, `annotations`, `labels`) and a key in it.
Field = tuple[str, str]
# Values of data are base64, as the API gives them.
Fields = Mapping[Field, str]
# The Secrets that one revision of the release rendered, by name.
Rendering = Mapping[str, Fields]

ROLES: Field = ("annotations", ROLES_ANNOTATION)
USER: Field = ("labels", USERS_LABEL)


def fields(data: Mapping[str, str], annotations: Mapping[str, str], labels: Mapping[str, str]) -> dict[Field, str]:
    """The fields that count of a Secret with this data (base64), these annotations and labels."""
    found: dict[Field, str] = {("data", key): value for key, value in data.items()}
    if ROLES_ANNOTATION in annotations:
        found[ROLES] = annotations[ROLES_ANNOTATION]
    if USERS_LABEL in labels:
        found[USER] = labels[USERS_LABEL]
    return found


def rendered(manifest: str, namespace: str) -> dict[str, dict[Field, str]]:
    """The fields of users and dex's settings as a release's manifest renders them for its namespace."""
    found = {}
    for one in manifests.objects(manifest):
        metadata = one.get("metadata") or {}
        if one.get("kind") != "Secret" or metadata.get("namespace") not in (None, namespace):
            continue
        labels = metadata.get("labels") or {}
        name = metadata.get("name", "")
        if name == DEX_CONFIG or labels.get(USERS_LABEL) == "true":
            found[name] = fields(_data(one), metadata.get("annotations") or {}, labels)
    return found


def _data(secret: Mapping[str, Any]) -> dict[str, str]:
    """The data that the API server makes of `data` and `stringData`, of which the latter wins."""
    plain = {key: _bytes(value) for key, value in (secret.get("data") or {}).items()}
    texts = {key: str(value or "").encode() for key, value in (secret.get("stringData") or {}).items()}
    return {key: base64.b64encode(value).decode() for key, value in {**plain, **texts}.items()}


def _bytes(value: Any) -> bytes:
    """Of base64. The API server refuses a Secret with anything else, so such a revision has never been applied."""
    try:
        return base64.b64decode(value or "")
    except (TypeError, ValueError):
        return b""
