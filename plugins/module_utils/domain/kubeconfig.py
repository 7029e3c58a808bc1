# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster the kubeconfig leads to, and whether it is the one that AWS describes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed

DISCOVERY = "/.well-known/openid-configuration"
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<base64>[A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


class Match(Enum):
    """What showed that kubeconfig and `DescribeCluster` mean the same cluster."""

    AUTHORITY = "certificate authority"
    ISSUER = "issuer"


@dataclass(frozen=True)
class Reached:
    """A connection that leads to the cluster that is asked for, and what showed that."""

    connection: Connection
    match: Match


def certificates(pem: str) -> frozenset[bytes]:
    """The certificates in a text, each in DER; text around them does not count."""
    return frozenset(der for found in _PEM.finditer(pem) if (der := _decoded(found["base64"])))


def certificate_blocks(pem: str) -> list[str]:
    """The certificates in a text, each in PEM, without what is around them."""
    return [found[0] for found in _PEM.finditer(pem)]


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
            f"Grant get on {DISCOVERY} (ClusterRole system:service-account-issuer-discovery) to "
            f"{connection.source.caller}, or set epinio_kubeconfig and epinio_context."
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
