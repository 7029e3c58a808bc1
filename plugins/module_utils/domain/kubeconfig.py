# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster the kubeconfig leads to, and whether it is the one that AWS describes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed

DISCOVERY = "/.well-known/openid-configuration"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<base64>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_OTHER_NAMES = {"client_cert": "cert_file", "client_key": "key_file"}
_SUFFICIENT = (("username", "password"), ("api_key",), ("client_cert", "client_key"))


class Match(Enum):
    """What showed that kubeconfig and `DescribeCluster` mean the same cluster."""

    AUTHORITY = "certificate authority"
    ISSUER = "issuer"


@dataclass(frozen=True)
class Source:
    """Where the connection to Kubernetes comes from.

    `kubeconfig` is a path (several as in KUBECONFIG), `options`, `environment` or `in-cluster`; `context` is `""` where
    there is none, or where it is the file's current one; `is_file` says whether `kubeconfig` is a path.
    """

    kubeconfig: str
    context: str = ""
    is_file: bool = False


@dataclass(frozen=True)
class Connection:
    """The API server that the client talks to, and the certificates (DER) that it accepts as its authority.

    `certificates` is empty where TLS is not verified, or is verified with the system's authorities.
    """

    server: str
    source: Source
    certificates: frozenset[bytes] = frozenset()

    def __str__(self) -> str:
        context = f", context {self.source.context}" if self.source.context else ""
        return f"{self.server} (kubeconfig {self.source.kubeconfig}{context})"


@dataclass(frozen=True)
class Reached:
    """A connection that leads to the cluster that is asked for, and what showed that."""

    connection: Connection
    match: Match


def source(options: Mapping[str, Any], environ: Mapping[str, str], *, in_cluster: bool) -> Source:
    """Where kubernetes.core takes the connection from.

    The order is that of its plugins/module_utils/k8s/client.py: a host with credentials, a kubeconfig or context, the
    pod's own service account, the default kubeconfig.
    """

    def given(name: str) -> Any:
        other = _OTHER_NAMES.get(name, name)
        names = (f"K8S_AUTH_{name.upper()}", f"K8S_AUTH_{other.upper()}")
        return options.get(name) or next((environ[key] for key in names if environ.get(key)), "")

    kubeconfig, context = given("kubeconfig"), given("context")
    if given("host") and any(all(given(name) for name in names) for names in _SUFFICIENT):
        return Source("options" if options.get("host") else "environment")
    if isinstance(kubeconfig, Mapping):
        return Source("options", context or str(kubeconfig.get("current-context", "")))
    if in_cluster and not (kubeconfig or context):
        return Source("in-cluster")
    return Source(kubeconfig or environ.get("KUBECONFIG") or "~/.kube/config", context, is_file=True)


def certificates(pem: str) -> frozenset[bytes]:
    """The certificates in a text, each in DER; text around them does not count."""
    return frozenset(der for found in _PEM.finditer(pem) if (der := _decoded(found["base64"])))


def cluster_certificates(data: str) -> frozenset[bytes]:
    """The certificates of `certificateAuthority.data`, which is PEM in base64."""
    return certificates(_decoded(data).decode("ascii", "replace"))


def matched_by(cluster: EksCluster, connection: Connection, issuer: Callable[[], str]) -> Match:
    """What shows that the connection leads to this cluster. `issuer` asks the API server; it is called only if needed.

    The certificate authority decides if the client accepts no other: a bundle with more in it also lets another
    cluster's API server in. Raises `Refused` where it is another cluster, or cannot be told.
    """
    if connection.certificates and connection.certificates <= cluster.certificates:
        return Match.AUTHORITY
    try:
        found = issuer()
    except ServiceFailed as error:
        raise Refused(
            f"It cannot be told whether {connection} is the {cluster}: its certificate authority does not show it, "
            f"and its issuer cannot be read: {error.reason} "
            f"Grant get on {DISCOVERY} (ClusterRole system:service-account-issuer-discovery) to the kubeconfig's user, "
            "or set epinio_kubeconfig and epinio_context."
        ) from error
    if found != cluster.issuer:
        raise Refused(
            f"{connection} is not the {cluster}: its service accounts' issuer is {found}, "
            f"the cluster's is {cluster.issuer or 'none'}. Set epinio_kubeconfig and epinio_context to this cluster, "
            "or correct epinio_cluster_name and epinio_region."
        )
    return Match.ISSUER


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""
