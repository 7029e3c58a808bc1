# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of the Kubernetes API in its own JSON, over a `KubernetesClient`.

The Python package `kubernetes` is not used: importing it costs every task, it ignores parts of a kubeconfig that helm
honours, and its versions differ in what they do with tokens and proxies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ansible_collections.epinio.aws.plugins.module_utils.domain import api_refusals
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.foreign_answers import came, is_page
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import checked
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_retries import Patience

try:
    import urllib3
except ImportError:  # kubernetes_module says so
    urllib3 = None  # type: ignore[assignment]  # a module is no None

# Seconds to connect, and to get an answer.
TIMEOUT = (10, 60)
# Characters of a reason. Kubernetes' own are shorter, but for objects with dozens of faults.
_LONGEST = 2000
# How OpenSSL and urllib3 say that the server's certificate is not the right one.
_OTHER_CERTIFICATE = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed", "doesn't match")
_JSON = "application/json"
# An aggregated API server need not know how to leave the rest out.
METADATA_ONLY = f"{_JSON};as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,{_JSON}"
# It goes by the keys of lists, as `kubectl patch` does.
_STRATEGIC = "application/strategic-merge-patch+json"

# How urllib3 begins: with the object that it is about.
_OBJECT = re.compile(r"^(?:<[^>]*>|\w+\(host=[^)]*\)): ")


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
    patience: float | None = None,
) -> Any:
    """What the API server answers. `patience` is for how many seconds it is tried, if not the client's own.

    Raises `ServiceFailed`, its code the HTTP status, `""` if there was no answer.
    """
    headers = {"Accept": accept, **({"Content-Type": content} if body is not None else {})}
    text = json.dumps(body) if body is not None else None
    url = f"{where}{'?' if query else ''}{urlencode(query)}"
    trying = Patience(api_client.patience if patience is None else patience)
    answer = _answer(attempt, api_client, trying, (method, url, headers, text), timeout)
    is_foreign = is_page(answer.data) and not 300 <= answer.status < 400
    if is_foreign or (answer.status == 404 and not _says_not_found(answer.data)):
        raise _foreign(attempt, api_client.connection, f"{_what_came(answer)}{trying.spent()}")
    if not 200 <= answer.status < 300:
        reason = _reason(answer)
        advice = _advice(answer.status, reason, api_client.connection.source)
        reason = f"{reason.rstrip('.')}{trying.spent()}"
        raise ServiceFailed(attempt, reason, code=str(answer.status), advice=advice)
    metadata_only = accept == METADATA_ONLY
    return _content(attempt, method, where, answer, api_client.connection, metadata_only=metadata_only)


def _answer(
    attempt: str, api_client: Any, trying: Patience, sent: tuple[Any, ...], timeout: tuple[float, float]
) -> Any:
    """The last answer. An identity that is not known is renewed once, if it can be."""
    renewed = False
    while True:
        try:
            answer = api_client.send(*sent, urllib3.Timeout(connect=timeout[0], read=timeout[1]))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            if trying.after_error(sent[0], error):
                continue
            raise ServiceFailed(
                attempt, f"{_cause(error)}{trying.spent()}", advice=_unanswered(error, api_client.connection)
            ) from error
        if answer.status == 401 and not renewed and api_client.renew():
            renewed = True
        elif not trying.after_answer(sent[0], answer):
            return answer


def _says_not_found(body: bytes) -> bool:
    """Whether a 404 is the API server's: a Status, or this text for a group that it does not have.

    Whatever else answers 404 in its place must not pass for an object that is gone.
    """
    return bool(_message(body)) or body.strip() == b"404 page not found"


def _content(attempt: str, method: str, where: str, answer: Any, connection: Connection, *, metadata_only: bool) -> Any:
    try:
        return checked(method, where, json.loads(answer.data), metadata_only=metadata_only)
    except (ValueError, RecursionError) as error:
        raise _foreign(attempt, connection, _what_came(answer)) from error
    except ForeignAnswer as error:
        raise _foreign(attempt, connection, f"{_what_came(answer)}: {error}") from error


def _foreign(attempt: str, connection: Connection, what: str) -> ServiceFailed:
    proxy = f"the proxy of {connection.proxy.origin}" if connection.proxy.url else "HTTPS_PROXY"
    advice = f"Check that {connection} leads to an API server, and check {proxy}."
    return ServiceFailed(attempt, f"the answer is not the Kubernetes API's ({what})", advice=advice)


def _what_came(answer: Any) -> str:
    return came(answer.headers.get("Content-Type"), answer.data, answer.status)


def _found(attempt: str, api_client: Any, where: str, query: Mapping[str, Any], accept: str = _JSON) -> Any:
    try:
        return call(attempt, api_client, "GET", where, query, accept=accept)
    except ServiceFailed as error:
        if error.code == "404":
            return None
        raise


def _advice(status: int, reason: str, source: Source) -> str:
    if 300 <= status < 400:
        return f"An API server does not redirect: a portal or proxy answers. Check the proxy, or {source.remedy}."
    if status == 401:
        return f"Renew the credentials, give their owner access to the cluster, or {source.remedy}."
    return api_refusals.advice(status, reason)


def _unanswered(error: Exception, connection: Connection) -> str:
    """What to do where there is no answer."""
    if any(words in str(error) for words in _OTHER_CERTIFICATE):
        return (
            "The API server's certificate is not of the authority that the connection trusts: correct "
            f"{connection.authority.origin or 'K8S_AUTH_SSL_CA_CERT'}, or the server's address."
        )
    through = f" through the proxy of {connection.proxy.origin}" if connection.proxy.url else ""
    # Such as K8S_AUTH_HOST beside a kubeconfig: the server is not that of the file.
    others = f", or what overrides it ({', '.join(connection.overridden)})" if connection.overridden else ""
    return f"Check that {connection.server} can be reached from here{through}, or {connection.source.remedy}{others}."


def _cause(error: Exception) -> str:
    """The error in words for people: urllib3's have objects by their addresses, and causes as Python writes them."""
    if not isinstance(error, urllib3.exceptions.HTTPError):
        return str(error)
    parts = [_cause(one) if isinstance(one, Exception) else one for one in error.args]
    words = (_OBJECT.sub("", one).rstrip(".") for one in parts if isinstance(one, str))
    return ": ".join(words) or type(error).__name__


def _reason(answer: Any) -> str:
    """The message of the API server's Status object, else the HTTP reason and what came."""
    message = _message(answer.data)
    if message:
        return message
    named = f"{answer.reason} ({_what_came(answer)})" if answer.reason else _what_came(answer)
    target = (getattr(answer, "headers", None) or {}).get("Location", "")
    return f"{named}, a redirect to {urlsplit(target).hostname or 'another path'}" if target else str(named)


def _message(body: bytes) -> str:
    """The message of a Status object, `""` if it is none."""
    try:
        message = json.loads(body)["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return message[:_LONGEST] if isinstance(message, str) else ""
