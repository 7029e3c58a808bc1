"""A sandbox's cluster with a release of Epinio's chart, worked on by one helm, and read by the Kubernetes client."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.upkeep import PutBack
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import read_bases, read_kept
from kubernetes import client

from sandbox import build
from sandbox.release import UNCHECKED

NAMESPACE = RELEASE = "epinio"
WORKSPACE = "workspace"
USERS = "epinio.io/api-user-credentials=true"
ROLES = "epinio.io/roles"
SECONDS = 150.0
# With the chart's own strategy, one pod that may be unavailable, helm 3 does not wait for the server.
NEVER_READY = (
    *("--set", "image.epinio.tag=never-ready"),
    *("--set", "strategy.rollingUpdate.maxUnavailable=0", "--set", "strategy.rollingUpdate.maxSurge=1"),
)


def wait_for(what: Callable[[], bool], seconds: float) -> float:
    """Seconds until it is so."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


@dataclass(frozen=True)
class Site:
    """One cluster and one helm."""

    api_client: Any
    kubeconfig: Path
    helm: int
    charts: str
    folder: Path

    @property
    def core(self) -> Any:
        return client.CoreV1Api(self.api_client)

    @property
    def ours(self) -> KubernetesClient:
        """The client of the collection, for its readers and writers."""
        return KubernetesClient(read_connection({"kubeconfig": str(self.kubeconfig)}))

    @property
    def force(self) -> tuple[str, ...]:
        """What a release that helm 4 applied needs as soon as Epinio has written into what it rendered."""
        return ("--force-conflicts",) if self.helm == 4 else ()

    def upgrade(self, *arguments: str, timeout: str = "60s") -> subprocess.CompletedProcess[str]:
        return self.run(*self.upgrading(*arguments, timeout=timeout))

    def uninstall(self) -> None:
        """Helm does not wait for the end of a namespace, and a release cannot be installed into one that is ending."""
        self.run("uninstall", RELEASE, "--wait").check_returncode()
        selector = f"metadata.name={WORKSPACE}"
        wait_for(lambda: not self.core.list_namespace(field_selector=selector).items, SECONDS)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as process:
            output, errors = process.communicate(timeout=SECONDS)
        return subprocess.CompletedProcess(process.args, process.returncode, output, errors)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            self.command(*arguments), cwd=self.folder, env=self.environment(), stdout=pipe, stderr=pipe, text=True
        )

    def command(self, *arguments: str) -> list[str]:
        return [str(build.programs() / f"helm{self.helm}" / "helm"), *arguments, "--namespace", NAMESPACE]

    def upgrading(self, *arguments: str, timeout: str = "60s") -> list[str]:
        chart = ("epinio", "--repo", self.charts, "--version", "1.13.9", "--set", "global.domain=example.test")
        return ["upgrade", "--install", RELEASE, *chart, "--wait", "--timeout", timeout, UNCHECKED, *arguments]

    def environment(self) -> dict[str, str]:
        homes = {f"HELM_{kind}_HOME": str(self.folder) for kind in ("CACHE", "CONFIG", "DATA")}
        return {**os.environ, **homes, "KUBECONFIG": str(self.kubeconfig)}

    def secret(self, name: str) -> dict[str, str]:
        """Data and roles of a Secret, decoded."""
        found = self.core.read_namespaced_secret(name, NAMESPACE)
        roles = (found.metadata.annotations or {}).get(ROLES)
        data = {key: base64.b64decode(value).decode() for key, value in (found.data or {}).items()}
        return data if roles is None else {**data, ROLES: roles}

    def users(self) -> dict[str, str]:
        """Names of the users' Secrets by user name."""
        found = self.core.list_namespaced_secret(NAMESPACE, label_selector=USERS).items
        return {base64.b64decode(one.data["username"]).decode(): one.metadata.name for one in found}

    def edit(self, name: str, data: dict[str, str], roles: str | None = None) -> None:
        """What Epinio's server and operators do to a Secret."""
        annotations = {} if roles is None else {ROLES: roles}
        body = {"stringData": data, "metadata": {"annotations": annotations}}
        self.core.patch_namespaced_secret(name, NAMESPACE, body, field_manager="epinio-server")


def kept(site: Site, left: tuple[PutBack, ...] = ()) -> list[str]:
    """Names of the Secrets that an upgrade now would reset, once what is `left` from an earlier one is put back."""
    bases = read_bases(site.ours, NAMESPACE, RELEASE)
    return [one.name for one in read_kept(site.ours, NAMESPACE, bases, left)]
