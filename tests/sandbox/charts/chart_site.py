"""A cluster and one helm to work on it, for the live tests of the charts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox import build


@dataclass(frozen=True)
class Site:
    """A cluster and one helm to work on it, in an empty folder."""

    kubeconfig: Path
    helm: int
    charts: str
    folder: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        folders = {f"HELM_{name}_HOME": str(self.folder) for name in ("CACHE", "CONFIG", "DATA")}
        environment = os.environ | folders | {"KUBECONFIG": str(self.kubeconfig)}
        command = [str(build.programs() / program), *arguments, "--namespace", "epinio"]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def kubectl(self, *arguments: str) -> str:
        done = self.run("kubectl", *arguments)
        done.check_returncode()
        return done.stdout

    def release(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(f"helm{self.helm}/helm", *arguments)

    def upgrade(self, *arguments: str, version: str = "1.13.9") -> subprocess.CompletedProcess[str]:
        source = ("epinio", "--repo", self.charts, "--version", version, "--set", "global.domain=example.test")
        return self.release("upgrade", "--install", "epinio", *source, "--wait", "--timeout", "90s", *arguments)


def uninstall(site: Site) -> None:
    site.release("uninstall", "epinio", "--wait").check_returncode()
    await_api(site, False)
    _until(lambda: not site.kubectl("get", "namespace", "workspace", "--ignore-not-found"), "namespace workspace goes")


def await_api(site: Site, served: bool) -> None:
    """Which APIs there are, helm learns by discovery, and that follows the definitions a moment later."""
    _until(
        lambda: ("helm.cattle.io/v1" in site.kubectl("api-versions").split()) is served,
        f"helm.cattle.io/v1 becomes {served}",
    )


def _until(so: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not so():
        assert time.monotonic() < deadline, f"it does not happen in time that {what}"
        time.sleep(0.2)
