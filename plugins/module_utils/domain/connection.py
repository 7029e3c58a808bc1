# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one connection to Kubernetes that our own calls and helm are both configured from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

# Where `Source.kubeconfig` is no path.
IN_CLUSTER, OPTIONS, ENVIRONMENT = "in-cluster", "options", "environment"


@dataclass(frozen=True)
class Source:
    """Where the connection to Kubernetes comes from.

    `kubeconfig` is a path (several as in KUBECONFIG), `options`, `environment` or `in-cluster`; `context` is `""` where
    there is none, or where it is the file's current one; `is_file` says whether `kubeconfig` is a path.
    """

    kubeconfig: str
    context: str = ""
    is_file: bool = False

    def __str__(self) -> str:
        if self.kubeconfig == IN_CLUSTER:
            return "the pod's own service account"
        if self.is_file or self.context:
            where = self.kubeconfig if self.is_file else "among the task's options"
            return f"kubeconfig {where}, context {self.context}" if self.context else f"kubeconfig {where}"
        return "the task's options" if self.kubeconfig == OPTIONS else "the environment's K8S_AUTH_HOST"

    @property
    def caller(self) -> str:
        """Who makes the calls, in an advice."""
        if self.kubeconfig == IN_CLUSTER:
            return "the pod's service account"
        if self.is_file or self.context:
            return "the user or role of the kubeconfig"
        return "the user whose credentials K8S_AUTH_API_KEY, or the like, gives"

    @property
    def remedy(self) -> str:
        """What leads to another cluster or another identity."""
        if self.kubeconfig == IN_CLUSTER:
            return "set epinio_kubeconfig and epinio_context to connect otherwise than with the pod's service account"
        if self.is_file or self.context:
            return "correct epinio_kubeconfig or epinio_context"
        return "correct K8S_AUTH_HOST and the credentials beside it, or set epinio_kubeconfig and epinio_context"


@dataclass(frozen=True)
class Pem:
    """Certificates or a key: their text, or the file that they are in. `origin` names the setting to people."""

    text: str = field(default="", repr=False)
    path: str = ""
    origin: str = ""

    def __bool__(self) -> bool:
        return bool(self.text or self.path)


NO_PEM = Pem()


@dataclass(frozen=True)
class ExecPlugin:
    """A program that prints the credentials of a kubeconfig's user. `stanza` is what the kubeconfig says of it."""

    command: str
    version: str
    origin: str
    arguments: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    hint: str = ""
    with_cluster: bool = False
    stanza: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Identity:
    """How the caller shows who it is: with a token, a certificate, a password, or what a plugin prints; or not."""

    token: str = field(default="", repr=False)
    token_file: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    certificate: Pem = NO_PEM
    key: Pem = NO_PEM
    plugin: ExecPlugin | None = None
    origin: str = ""


@dataclass(frozen=True)
class Impersonation:
    """Whom the API server is asked to take the caller for."""

    user: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Proxy:
    """The way to the API server; `url` is `""` for the direct one.

    `exempt` says that the environment names a proxy, but this connection is an exception that the environment does not
    know. `headers` are kubernetes.core's `proxy_headers`.
    """

    url: str = field(default="", repr=False)
    origin: str = ""
    exempt: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


_ANONYMOUS, _NOBODY, _DIRECT = Identity(), Impersonation(), Proxy()


@dataclass(frozen=True)
class Connection:
    """The API server, how it is trusted, and who calls it in which way.

    `certificates` (DER) are those that are accepted as its authority; there is none where TLS is not verified, or is
    verified with the system's authorities. `exec_config` is what the cluster tells exec plugins. `overridden` names the
    settings that stand beside the kubeconfig.
    """

    server: str
    source: Source
    certificates: frozenset[bytes] = frozenset()
    authority: Pem = NO_PEM
    insecure: bool = False
    server_name: str = ""
    identity: Identity = _ANONYMOUS
    impersonation: Impersonation = _NOBODY
    proxy: Proxy = _DIRECT
    exec_config: Any = field(default=None, repr=False)
    overridden: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.server} ({self.source})"
