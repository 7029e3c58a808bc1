"""Where the pods' proxy takes a connection. Pure."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from enum import Enum

from sandbox.instance_metadata import ADDRESS
from sandbox.pki import SERVING_ADDRESSES, SERVING_NAMES

# Not out of `sandbox.aws`, which brings moto with it: half a second at the start of every sandbox.
AWS = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
# A Service address, and the names that a pod has for it.
KUBERNETES = frozenset(SERVING_NAMES) - {"localhost"} | frozenset(SERVING_ADDRESSES) - {"127.0.0.1"}


class Way(Enum):
    """What is behind a host name."""

    AWS = "AWS"
    METADATA = "instance metadata"
    KUBERNETES = "Kubernetes"
    NOWHERE = "refused"


def tunnel(authority: str) -> tuple[str, Way]:
    """For the `host:port` of a CONNECT request the host in lower case and its way."""
    host, _, port = authority.lower().rpartition(":")
    if port != "443":
        return host, Way.NOWHERE
    if AWS.fullmatch(host):
        return host, Way.AWS
    return host, Way.KUBERNETES if host in KUBERNETES else Way.NOWHERE


def plain(host: str, port: int | None) -> Way:
    """The way of a request without TLS: none leads to AWS, where everybody uses TLS."""
    return Way.METADATA if host == ADDRESS and port in (None, 80) else Way.NOWHERE
