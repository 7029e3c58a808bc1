# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How this process reaches Kubernetes, and what the API server says about itself."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils import tls
from ansible_collections.epinio.aws.plugins.module_utils.domain import (
    connecting,
    kubeconfig,
    kubeconfig_files,
    yaml_texts,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import OPTIONS, Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection_settings import Settings
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig_files import Document
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.secrets import SECRETS

# Seconds to connect, and to get an answer.
_TIMEOUT = (10, 30)
# The same for a cluster that may be out of reach.
_SHORT = (5, 10)


def read_connection(options: Mapping[str, Any]) -> Connection:
    """The connection that the options and the environment lead to. Reads files, makes no call.

    Raises `Refused` for what is missing, is no kubeconfig, or cannot be honoured.
    """
    settings = Settings(options, os.environ)
    found = connecting.with_settings(_found(settings), settings)
    # Nobody shows a certificate where there is no TLS, so none proves which cluster answers.
    shown = found.authority and found.server.startswith("https://")
    pem = tls.text(found.authority) if shown else ""
    return replace(found, certificates=kubeconfig.certificates(pem))


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
        patience=0,
    )


def read_issuer(api_client: Any) -> str:
    """The issuer of the tokens that the API server gives service accounts. Raises `ServiceFailed`."""
    attempt = "read the issuer of the API server"
    answer = rest.call(attempt, api_client, "GET", kubeconfig.DISCOVERY, {}, timeout=_TIMEOUT)
    try:
        return str(answer["issuer"])
    except (KeyError, TypeError) as error:
        raise ServiceFailed(attempt, f"{kubeconfig.DISCOVERY} answers something else") from error


def _found(settings: Settings) -> Connection:
    """Where the connection comes from, without what overrides it."""
    source = settings.source(in_cluster=_is_pod(settings))
    if source.is_file:
        paths = [os.path.abspath(os.path.expanduser(one)) for one in source.kubeconfig.split(os.pathsep) if one]
        source = replace(source, kubeconfig=os.pathsep.join(paths))
        return connecting.from_kubeconfig(_merged(paths, settings.named_by()), source, settings.named_by())
    given = settings.value("kubeconfig")
    if source.kubeconfig == OPTIONS and isinstance(given, Mapping) and not settings.host_suffices():
        document = Document("the option kubeconfig", os.getcwd(), given)
        return connecting.from_kubeconfig(kubeconfig_files.merged([document]), source, "an option")
    return connecting.in_cluster(os.environ, source) if source == Source("in-cluster") else Connection("", source)


def _is_pod(settings: Settings) -> bool:
    """Whether this is a pod, and KUBECONFIG names nothing else: like kubectl, without regard to what is empty."""
    named = all(settings.environ.get(one) for one in (connecting.HOST_VARIABLE, connecting.PORT_VARIABLE))
    others = settings.environ.get("KUBECONFIG", "").split(os.pathsep)
    return (
        named
        and Path(connecting.SERVICE_ACCOUNT, "token").is_file()
        and not any(os.path.isfile(one) and os.path.getsize(one) for one in map(os.path.expanduser, others))
    )


def _merged(paths: list[str], named_by: str) -> kubeconfig_files.Kubeconfig:
    """The files that are there as one; client-go leaves out those that are missing."""
    documents = [document for path in paths if (document := _document(path, named_by)) is not None]
    if not documents:
        raise Refused(
            f"Could not find the Kubernetes cluster: there is no kubeconfig {os.pathsep.join(paths)} ({named_by}). "
            "Set epinio_kubeconfig, K8S_AUTH_KUBECONFIG or KUBECONFIG to a kubeconfig of the cluster "
            "(aws eks update-kubeconfig makes one)."
        )
    return kubeconfig_files.merged(documents)


def _document(path: str, named_by: str) -> Document | None:
    """One file; `None` if it does not exist."""
    name = f"kubeconfig {path} ({named_by})"
    try:
        mode = os.stat(path).st_mode
        # /dev/null is an empty kubeconfig; a pipe would be waited for, and other devices have no end.
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) and path != os.devnull:
            raise Refused(f"Could not read {name}: it is no file. {_ADVICE}")
        text = Path(path).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise Refused(f"Could not read {name}: {reason}. {_ADVICE}") from error
    return Document(path, os.path.dirname(path), _content(name, text))


_ADVICE = "Set epinio_kubeconfig, K8S_AUTH_KUBECONFIG or KUBECONFIG to a kubeconfig of the cluster."


def _content(name: str, text: str) -> Any:
    if text.lstrip().startswith("{"):
        # Go's YAML takes JSON with tabs, Python's does not.
        with contextlib.suppress(ValueError, RecursionError):
            return json.loads(text)
    try:
        return yaml_texts.read(text)
    except yaml_texts.NotYaml as error:
        # It says nothing of what stands there, which may be a key.
        raise Refused(f"Could not read {name}: {error}. {_ADVICE}") from error
