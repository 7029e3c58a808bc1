"""The AWS stand-in as the sandbox's own parts use it: its control endpoint."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import urllib3

from sandbox import node_registration, pki
from sandbox.kubeconfig import encoded
from sandbox.settings import KUBERNETES_MINOR, Node, Settings, require_loopback

SECONDS = 10.0
TAGS = {"environment": "sandbox"}


class StandInError(Exception):
    """The stand-in refused a control request."""


@dataclass(frozen=True)
class Keys:
    """Access keys of an administrator of one account."""

    access_key_id: str
    secret_access_key: str


def administrator(url: str, account: str) -> Keys:
    """Keys of an administrator of that account, which exists from now on."""
    answer = _post(url, "accounts", {"account": account})
    return Keys(answer["access_key_id"], answer["secret_access_key"])


def register_cluster(folder: Path, settings: Settings) -> None:
    """Makes the cluster and its nodes known to AWS: what `DescribeCluster` shows, the keys that verify its tokens."""
    home = folder / "pki"
    pools = node_registration.pools(settings)
    cluster = {
        "account": settings.account,
        "region": settings.region,
        "name": settings.name,
        "issuer": settings.issuer,
        "jwks": pki.web_key_set(home),
        "certificate_authority": encoded(home / "ca.crt"),
        "endpoint": settings.endpoint,
        "version": KUBERNETES_MINOR,
        "authentication_mode": pools.mode,
        "status": "ACTIVE",
        "tags": TAGS,
        **node_registration.of_cluster(settings),
    }
    _post(settings.aws_endpoint, "clusters", cluster)
    register_nodes(settings)


def register_nodes(settings: Settings) -> None:
    """Makes known what AWS knows of the cluster's nodes; what it knows already is replaced, roles excepted."""
    _post(settings.aws_endpoint, "nodes", node_registration.of_nodes(settings))


def terminate(settings: Settings, nodes: Sequence[Node]) -> None:
    """Ends the instances of these nodes of the cluster; EC2 shows them for a while."""
    request = node_registration.of_nodes(replace(settings, nodes=tuple(nodes)))
    ended = [{**instance, "State": {"Name": "terminated"}} for instance in request["instances"]]
    place = {name: request[name] for name in ("account", "region", "cluster")}
    _post(settings.aws_endpoint, "nodes", {**place, "instances": ended})


def forget_node_group(settings: Settings, name: str) -> None:
    """Deletes a managed node group of the cluster."""
    place = f"{settings.account}/{settings.region}/{settings.name}/node_groups/{name}"
    address = f"{require_loopback(settings.aws_endpoint)}/_ctl/nodes/{place}"
    _answer(address, urllib3.request("DELETE", address, retries=False, timeout=SECONDS))


def forget_cluster(settings: Settings) -> None:
    """Deletes the cluster, if there is one, and all that AWS knows of its nodes but their roles."""
    place = f"{settings.account}/{settings.region}/{settings.name}"
    address = f"{require_loopback(settings.aws_endpoint)}/_ctl/clusters/{place}"
    response = urllib3.request("DELETE", address, retries=False, timeout=SECONDS)
    if response.status != 404:
        _answer(address, response)


def associated_accounts(settings: Settings) -> frozenset[str]:
    """`<namespace>/<name>` of the cluster's service accounts whose new pods get the role of an association.

    StandInError if there is no answer.
    """
    place = f"{settings.account}/{settings.region}/{settings.name}"
    address = f"{require_loopback(settings.aws_endpoint)}/_ctl/pod-identity-associations/{place}"
    try:
        response = urllib3.request("GET", address, retries=False, timeout=2.0)
    except urllib3.exceptions.HTTPError as fault:
        raise StandInError(f"{address}: {fault}") from fault
    return frozenset(_answer(address, response)["accounts"])


def late_tokens(settings: Settings, seconds: float) -> None:
    """STS sees web identity tokens as if they came that many seconds later."""
    _post(settings.aws_endpoint, "late-tokens", {"seconds": seconds})


class InstanceSource:
    """`instance_metadata.Source`: the instances of the cluster's account and region. StandInError without an answer."""

    def __init__(self, settings: Settings) -> None:
        self._control = f"{require_loopback(settings.aws_endpoint)}/_ctl"
        self._place = {"account": settings.account, "region": settings.region}

    def instance(self, instance_id: str) -> dict[str, Any] | None:
        return self._found("GET", "/".join(["instances", *self._place.values(), instance_id]), None)

    def credentials(self, instance_id: str) -> dict[str, str] | None:
        return self._found("POST", "instance-credentials", {**self._place, "instance_id": instance_id})

    def _found(self, method: str, path: str, asked: dict[str, str] | None) -> dict[str, Any] | None:
        """None if there is none, or if EC2 may not use the instance's role."""
        address = f"{self._control}/{path}"
        try:
            response = urllib3.request(method, address, json=asked, retries=False, timeout=SECONDS)
        except urllib3.exceptions.HTTPError as fault:
            raise StandInError(f"{address}: {fault}") from fault
        return None if response.status in (403, 404) else _answer(address, response)


def is_up(url: str) -> bool:
    """Whether it answers."""
    try:
        response = urllib3.request("GET", f"{url}/_ctl/health", retries=False, timeout=2.0)
    except urllib3.exceptions.HTTPError:
        return False
    return response.status == 200


def _post(url: str, kind: str, content: dict[str, Any]) -> dict[str, Any]:
    address = f"{require_loopback(url)}/_ctl/{kind}"
    return _answer(address, urllib3.request("POST", address, json=content, retries=False, timeout=SECONDS))


def _answer(address: str, response: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    if response.status >= 300:
        raise StandInError(f"{address}: {response.status} {response.data.decode(errors='replace')[:500]}")
    answer: dict[str, Any] = response.json() if response.data else {}
    return answer
