# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the Kubernetes API in its own JSON, over the connection of a `kubernetes.client.ApiClient`.

The package `kubernetes` has generated classes for the calls of each group and for each kind of object. They are not
used, because importing a few of them costs seconds of CPU, in every run of a playbook. Nor are the methods of
`ApiClient`, which differ between versions of the package: its configuration, headers and pool of connections do not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.epinio.aws.plugins.module_utils.domain import api_refusals
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign_answers import came, is_page
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import checked
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, ServiceFailed, attempting

try:
    import urllib3
except ImportError:  # kubernetes_module says so: it comes with that package
    urllib3 = None  # type: ignore[assignment]  # a module is no None

# Seconds to connect, and to get an answer.
TIMEOUT = (10, 60)
_FOREIGN_ADVICE = "Check the server that epinio_kubeconfig and epinio_context name, and HTTPS_PROXY."
_JSON = "application/json"
# An aggregated API server need not know how to leave the rest out.
METADATA_ONLY = f"{_JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{_JSON}"
# It goes by the keys of lists, as `kubectl patch` does.
_STRATEGIC = "application/strategic-merge-patch+json"


def path(resource: str, namespace: str = "", name: str = "", part: str = "") -> str:
    """The path of an object or a part of it; without a name, of all objects in a namespace, or in the cluster.

    `resource` is group, version and plural, such as `apps/v1/deployments`, or `v1/secrets` for Kubernetes' core.
    """
    version, _slash, plural = resource.rpartition("/")
    words = (*(("namespaces", namespace) if namespace else ()), plural, name, part)
    root = "apis" if "/" in version else "api"
    return f"/{root}/{version}/" + "/".join(quote(word, safe="") for word in words if word)


def read(attempt: str, api_client: Any, where: str, **query: Any) -> Any:
    """The object or list at a path; `None` if it is not found.

    `attempt` is what an error says could not be done. `query` has the API's own names, here and below.
    """
    return _found(attempt, api_client, where, query)


def items(attempt: str, api_client: Any, where: str, *, metadata_only: bool = False, **query: Any) -> list[Any]:
    """The objects of a list, in full or just their metadata.

    The server sends null for none, and there is no list of a kind that it does not know.
    """
    found = _found(attempt, api_client, where, query, accept=METADATA_ONLY if metadata_only else _JSON)
    return (found or {}).get("items") or []


def create(attempt: str, api_client: Any, where: str, body: Mapping[str, Any], **query: Any) -> Any:
    """The object as the API server made it."""
    return call(attempt, api_client, "POST", where, query, body=body)


def patch(attempt: str, api_client: Any, where: str, body: Mapping[str, Any], **query: Any) -> None:
    """Merge the body into the object; what is null in it goes."""
    call(attempt, api_client, "PATCH", where, query, body=body, content=_STRATEGIC)


def delete(attempt: str, api_client: Any, where: str, options: Mapping[str, Any], **query: Any) -> None:
    """Delete the object, or begin to. `options` are a `DeleteOptions`."""
    if "dryRun" in query:
        # Where there is a body the server takes the options from it alone; audit logs show only the query.
        options = {**options, "dryRun": [query["dryRun"]]}
    call(attempt, api_client, "DELETE", where, query, body=options)


def call(
    attempt: str,
    api_client: Any,
    method: str,
    where: str,
    query: Mapping[str, Any],
    *,
    body: Mapping[str, Any] | None = None,
    content: str = _JSON,
    accept: str = _JSON,
    timeout: tuple[float, float] = TIMEOUT,
    **settings: Any,
) -> Any:
    """What the API server answers. `settings` are urllib3's.

    Raises `ServiceFailed`, its code the HTTP status, `""` if there was no answer.
    """
    headers = {**api_client.default_headers, "Accept": accept, **_authorization(api_client.configuration)}
    if body is not None:
        headers["Content-Type"] = content
        settings["body"] = json.dumps(body)
    url = f"{api_client.configuration.host}{where}{'?' if query else ''}{urlencode(query)}"
    with attempting(attempt):
        answer = api_client.rest_client.pool_manager.request(
            method, url, headers=headers, timeout=urllib3.Timeout(connect=timeout[0], read=timeout[1]), **settings
        )
    if is_page(answer.data):
        raise _foreign(attempt, _what_came(answer))
    if not 200 <= answer.status < 300:
        reason = _reason(answer)
        raise ServiceFailed(attempt, reason, code=str(answer.status), advice=api_refusals.advice(answer.status, reason))
    return _content(attempt, method, where, answer, metadata_only=accept == METADATA_ONLY)


def _content(attempt: str, method: str, where: str, answer: Any, *, metadata_only: bool) -> Any:
    try:
        return checked(method, where, json.loads(answer.data), metadata_only=metadata_only)
    except (ValueError, RecursionError) as error:
        raise _foreign(attempt, _what_came(answer)) from error
    except ForeignAnswer as error:
        raise _foreign(attempt, f"{_what_came(answer)}: {error}") from error


def _foreign(attempt: str, what: str) -> ServiceFailed:
    return ServiceFailed(attempt, f"the answer is not the Kubernetes API's ({what})", advice=_FOREIGN_ADVICE)


def _what_came(answer: Any) -> str:
    return came(answer.headers.get("Content-Type"), answer.data, answer.status)


def _found(attempt: str, api_client: Any, where: str, query: Mapping[str, Any], accept: str = _JSON) -> Any:
    try:
        return call(attempt, api_client, "GET", where, query, accept=accept)
    except ServiceFailed as error:
        if error.code == "404":
            return None
        raise


def _authorization(configuration: Any) -> dict[str, str]:
    """The header with the token, which the configuration renews when it is about to expire."""
    token = configuration.auth_settings().get("BearerToken")
    return {token["key"]: token["value"]} if token else {}


def _reason(answer: Any) -> str:
    """The message of the API server's Status object, else the HTTP reason."""
    try:
        message = json.loads(answer.data)["message"]
    except (ValueError, KeyError, TypeError):
        message = answer.reason or f"HTTP status {answer.status}"
    return str(message)
