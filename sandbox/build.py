"""The Go programs of the sandbox: control plane with kubectl, helm 3 and helm 4, built once into the cache."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import collections
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sandbox.settings import KUBERNETES_VERSION
from tools import cache, environments

SOURCES = Path(__file__).resolve().parent / "controlplane"
KEEP = "EPINIO_AWS_KEEP_BUILD_CACHE"
HELM_VERSIONS = {3: "v3.21.4", 4: "v4.2.4"}
REPORT_SECONDS = 15
NOTICE = (
    "control plane and helm: building from source, once. About 10 minutes on two cores, 250 MB of downloads, "
    "4 GB of disk while it builds and 2.5 GB of memory"
)


class BuildError(RuntimeError):
    """`go` failed; the text ends with its last lines."""


@dataclass(frozen=True)
class Target:
    """One program: what to build, the file it becomes, the version that it reports."""

    package: str
    output: str
    stamps: tuple[tuple[str, str], ...]

    @property
    def linker_flags(self) -> str:
        return " ".join(["-s", "-w", *(f"-X {variable}={value}" for variable, value in self.stamps)])


def targets() -> tuple[Target, ...]:
    """Without a version stamp charts that ask for a `kubeVersion` refuse the cluster, and `helm template` of helm 3."""
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    component = "k8s.io/component-base/version."
    stamps = (
        (f"{component}gitVersion", KUBERNETES_VERSION),
        (f"{component}gitMajor", major),
        (f"{component}gitMinor", minor),
    )
    # As Helm 3's own Makefile does. Helm 4 takes the version of client-go from its build information.
    capability = "helm.sh/helm/v3/pkg/chartutil.k8sVersion"
    helm3 = _helm(3, (f"{capability}Major", major), (f"{capability}Minor", minor))
    return (Target(".", "controlplane", stamps), helm3, _helm(4))


def _helm(number: int, *stamps: tuple[str, str]) -> Target:
    module = f"helm.sh/helm/v{number}"
    version = (f"{module}/internal/version.version", HELM_VERSIONS[number])
    return Target(f"{module}/cmd/helm", f"helm{number}/helm", (version, *stamps))


def programs() -> Path:
    """The folder of the built programs: `controlplane`, `kubectl`, `helm3/helm` and `helm4/helm`."""
    parts: list[str | bytes | Path] = [
        *sorted(SOURCES.glob("*.go")),
        SOURCES / "go.mod",
        SOURCES / "go.sum",
        environments.REQUIREMENTS / "go.txt",
        *(f"{target.package} {target.linker_flags}" for target in targets()),
    ]
    return cache.ensure("controlplane", parts, _build, NOTICE)


def _build(folder: Path) -> None:
    home = cache.root() / "go"
    go = environments.go()
    environment = _go_environment(home)
    total = _fetch(go, environment)
    done = 0
    for target in targets():
        output = folder / target.output
        output.parent.mkdir(exist_ok=True)
        # The same flags for all: the three share most of their packages through the compile cache.
        flags = ["-v", "-trimpath", "-p", "2", "-ldflags", target.linker_flags, "-o", str(output)]
        told = f"packages compiled, of {total - done} that the cache may lack"
        done += _run([str(go), "build", *flags, target.package], environment, told)
        cache.say(f"{target.output}: built")
    (folder / "kubectl").symlink_to("controlplane")
    if not os.environ.get(KEEP):
        shutil.rmtree(home)


def _go_environment(home: Path) -> dict[str, str]:
    # What suits a helm that lives for a second makes a compiler slow and large.
    inherited = {name: value for name, value in os.environ.items() if name not in ("GOGC", "GOMAXPROCS")}
    return {
        **inherited,
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        # Without -modcacherw the modules are read-only files, which nobody can delete in the usual way.
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOMODCACHE": str(home / "mod"),
        "GOCACHE": str(home / "build"),
        "GOWORK": "off",
    }


def _fetch(go: Path, environment: Mapping[str, str]) -> int:
    """Downloads the modules that the programs need and counts the packages in them."""
    with tempfile.TemporaryFile(mode="w+") as listing:
        command = [str(go), "list", "-deps", *(target.package for target in targets())]
        _run(command, environment, "modules downloaded, of about 400", listing)
        listing.seek(0)
        return sum(1 for _ in listing)


def _run(command: list[str], environment: Mapping[str, str], told: str, output: IO[str] | None = None) -> int:
    """Runs `go`, which tells each step in a line, and says now and then how far it is. The number of steps."""
    steps, last, tail = 0, time.monotonic(), collections.deque[str](maxlen=20)
    with subprocess.Popen(
        command, cwd=SOURCES, env=environment, stdout=output, stderr=subprocess.PIPE, text=True, errors="replace"
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            tail.append(line)
            steps += 1
            if time.monotonic() - last >= REPORT_SECONDS:
                last = time.monotonic()
                cache.say(f"{steps} {told}")
    if process.returncode != 0:
        raise BuildError(f"{' '.join(command)} failed:\n{''.join(tail)}")
    return steps
