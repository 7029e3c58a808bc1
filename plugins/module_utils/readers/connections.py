# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this process reaches Kubernetes, and what the API server says about itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS

try:
    from kubernetes.config import list_kube_config_contexts
    from kubernetes.config.incluster_config import SERVICE_HOST_ENV_NAME, SERVICE_TOKEN_FILENAME
except ImportError:  # kubernetes_module says so
    list_kube_config_contexts = None
    SERVICE_HOST_ENV_NAME = SERVICE_TOKEN_FILENAME = ""

# Seconds to connect, and to get an answer.
_TIMEOUT = (10, 30)
# The same for a cluster that may be out of reach.
_SHORT = (5, 10)


def read_connection(api_client: Any, options: Mapping[str, Any]) -> Connection:
    """The connection that the module's options and the environment led to. Reads files, makes no call."""
    in_cluster = bool(os.environ.get(SERVICE_HOST_ENV_NAME)) and Path(SERVICE_TOKEN_FILENAME).is_file()
    source = _in_full(kubeconfig.source(options, os.environ, in_cluster=in_cluster))
    settings = api_client.configuration
    trusted = settings.ssl_ca_cert if settings.verify_ssl else None
    pem = Path(trusted).read_text(encoding="utf-8", errors="replace") if trusted else ""
    return Connection(settings.host, source, kubeconfig.certificates(pem))


def check_reach(api_client: Any, connection: Connection, namespace: str) -> None:
    """Make sure that the API server answers, and answers this caller: one short call, not tried again.

    The call is the first that a teardown makes anyway, for the Secrets in which Helm keeps releases; a namespace that
    does not exist has none. Raises `ServiceFailed`.
    """
    rest.call(
        f"reach {connection}",
        api_client,
        "GET",
        rest.path(SECRETS, namespace),
        {"labelSelector": "owner=helm", "limit": 1},
        accept=rest.METADATA_ONLY,
        timeout=_SHORT,
        # urllib3 would try three times more.
        retries=False,
    )


def read_issuer(api_client: Any) -> str:
    """The issuer of the tokens that the API server gives service accounts. Raises `ServiceFailed`."""
    attempt = "read the issuer of the API server"
    answer = rest.call(attempt, api_client, "GET", kubeconfig.DISCOVERY, {}, timeout=_TIMEOUT)
    try:
        return str(answer["issuer"])
    except (KeyError, TypeError) as error:
        raise ServiceFailed(attempt, f"{kubeconfig.DISCOVERY} answers something else") from error


def _in_full(source: Source) -> Source:
    """With the file's own current context, where none was given."""
    if not source.is_file:
        return source
    path = os.pathsep.join(os.path.expanduser(part) for part in source.kubeconfig.split(os.pathsep))
    context = source.context or list_kube_config_contexts(config_file=path)[1]["name"]
    return replace(source, kubeconfig=path, context=context)
