"""What one sandbox cluster is: its name, place, nodes, ports and the timing of its pods. Kept in `cluster.json`."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import random
import re
import secrets
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.pools import Pools

FILE = "cluster.json"
DEFAULT_NAME = "epinio"
DEFAULT_ACCOUNT = "111122223333"
DEFAULT_REGION = "us-east-1"
KUBERNETES_VERSION = "v1.36.3"
KUBERNETES_MINOR = KUBERNETES_VERSION.removeprefix("v").rpartition(".")[0]
# Below the kernel's range for outgoing connections, which could take a port between its choice and its use.
PORTS = range(15000, 32000)
INSTANCE = re.compile(r"aws:///(?P<zone>[a-z0-9-]+)/(?P<id>i-[0-9a-f]+)")


@dataclass(frozen=True)
class Node:
    """A node as the cluster shows it, and its instance as EC2 does.

    - `taints`: API objects: key, value, effect
    - `kind`: managed, self-managed, karpenter, auto (EKS Auto Mode), fargate or hybrid; the last two have no instance
    - `role`: name of the role in the instance's profile, none if empty; Fargate: its pods' execution role
    - `node_group`: of a managed node
    - `hop_limit`, `endpoint`, `tokens`: of the instance's metadata service; `tokens` is required or optional
    """

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)
    provider_id: str = ""
    taints: tuple[Mapping[str, str], ...] = ()
    kind: str = "self-managed"
    role: str = ""
    node_group: str = ""
    architecture: str = "amd64"
    hop_limit: int = 2
    endpoint: bool = True
    tokens: str = "required"

    @property
    def instance_id(self) -> str | None:
        """Of its EC2 instance; None for a node without one."""
        found = INSTANCE.fullmatch(self.provider_id)
        return found["id"] if found else None


@dataclass(frozen=True)
class Timing:
    """Seconds from a pod's scheduling to its readiness, from its deletion to its end, and that a Job's pod runs."""

    ready: float = 1.0
    terminate: float = 3.0
    run: float = 1.0


@dataclass(frozen=True)
class Ports:
    """Every port that the sandbox listens on, all on 127.0.0.1."""

    apiserver: int
    webhook: int
    aws: int
    charts: int
    proxy: int

    @classmethod
    def free(cls) -> Ports:
        return cls(*free_ports(len(fields(cls))))


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody listens on."""
    found: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            # As servers do: a port in TIME_WAIT is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise RuntimeError(f"no {count} free ports between {PORTS.start} and {PORTS.stop}")


@dataclass(frozen=True)
class Settings:
    """One cluster. `aws_url` and `charts_url` are an AWS stand-in and a chart repository that already run.

    Where one is missing the supervisor starts its own. `helm` is the major version in the cluster's environment.
    `pools` is what AWS knows of the nodes; None: what follows from them.
    """

    name: str
    region: str
    account: str
    issuer: str
    ports: Ports
    nodes: tuple[Node, ...]
    timing: Timing = Timing()
    aws_url: str | None = None
    charts_url: str | None = None
    helm: int = 3
    pools: Pools | None = None

    @property
    def arn(self) -> str:
        """The cluster's ARN in partition `aws`; also the name of the kubeconfig's context, as EKS names it."""
        return f"arn:aws:eks:{self.region}:{self.account}:cluster/{self.name}"

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.ports.apiserver}"

    @property
    def aws_endpoint(self) -> str:
        """The address of the AWS stand-in, ours or the given one."""
        return self.aws_url or f"http://127.0.0.1:{self.ports.aws}"

    @property
    def chart_repository(self) -> str:
        """The address of the chart repository, ours or the given one."""
        return self.charts_url or f"http://127.0.0.1:{self.ports.charts}"

    def write(self, folder: Path) -> None:
        (folder / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """The settings of the cluster in that folder. FileNotFoundError if there is none."""
        stored = json.loads((folder / FILE).read_text(encoding="utf-8"))
        nodes = tuple(Node(**{**node, "taints": tuple(node["taints"])}) for node in stored.pop("nodes"))
        parts = {"nodes": nodes, "ports": Ports(**stored["ports"]), "timing": Timing(**stored["timing"])}
        pools = stored["pools"] and Pools.stored(stored["pools"])
        return cls(**{**stored, **parts, "pools": pools})

    def copied(self, aws_url: str | None, charts_url: str | None, account: str) -> Settings:
        """The same cluster on other ports, in an account of the given AWS stand-in."""
        return replace(self, ports=Ports.free(), aws_url=aws_url, charts_url=charts_url, account=account)


def new_issuer(region: str) -> str:
    """An issuer as EKS makes them, with a random identifier (EKS User Guide, `identity.oidc.issuer`)."""
    return f"https://oidc.eks.{region}.amazonaws.com/id/{secrets.token_hex(16).upper()}"


def require_loopback(url: str) -> str:
    """The address itself. ValueError if it is not on loopback: nothing here may reach the real AWS."""
    host = urlsplit(url).hostname
    if host not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError(f"{url} is not a loopback address: the sandbox talks to nothing else")
    return url
