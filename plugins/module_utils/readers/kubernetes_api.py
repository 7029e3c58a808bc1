# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plain reads of the Kubernetes API: JSON as the server sends it; what is not there is `None`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed, attempting

try:
    from kubernetes.client import ApiClient, CoreV1Api
except ImportError:  # kubernetes_module says so
    ApiClient = CoreV1Api = object

# Seconds to connect, and to get an answer.
TIMEOUT = (10, 60)
# An aggregated API server need not know how to leave the rest out.
_METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"


def read(attempt: str, call: Callable[..., Any], *arguments: str, **options: Any) -> Any:
    """The answer of a method of the Kubernetes client, parsed as JSON; `None` for one that is not found.

    `attempt` is what an error says could not be done.
    """
    try:
        with attempting(attempt):
            answer = call(*arguments, _preload_content=False, _request_timeout=TIMEOUT, **options)
    except ServiceFailed as error:
        if error.code == "404":
            return None
        raise
    return json.loads(answer.data)


def items(found: Any) -> list[Any]:
    """The objects of a list; the server sends null for none, and there is no list of a kind that it does not know."""
    return (found or {}).get("items") or []


def metadata_only(api_client: Any) -> Any:
    """A client of the same connection whose lists hold nothing but the metadata of objects."""
    client = ApiClient(api_client.configuration)
    client.default_headers = {**api_client.default_headers, "Accept": _METADATA_ONLY}
    return client


def read_secret(api_client: Any, namespace: str, name: str) -> dict[str, str] | None:
    """The data of a Secret, base64 as it is; `None` if there is none."""
    core = CoreV1Api(api_client)
    found = read(f"read Secret {name} in namespace {namespace}", core.read_namespaced_secret, name, namespace)
    return dict(found.get("data") or {}) if found else None


def decoded(data: dict[str, str]) -> dict[str, str]:
    """The data of a Secret as text."""
    return {key: base64.b64decode(value).decode("utf-8", "replace") for key, value in data.items()}
