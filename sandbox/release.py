"""The Helm release `epinio` as a user would have it: the bundled store on, a registry and a few values of one's own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any

from sandbox.cluster import Cluster

NAME = NAMESPACE = CHART = "epinio"
DEFAULT_VERSION = "1.13.9"
HELM_TIMEOUT = "2m"
# Half of helm's work, for nothing: this API server checks fields itself.
UNCHECKED = "--disable-openapi-validation"
# helm itself gives up before.
SECONDS = 150.0
USER_VALUES: Mapping[str, Any] = {
    "global": {"domain": "epinio.example.test", "registryURL": "registry.example.test"},
    "containerregistry": {"enabled": False},
    "server": {"timeoutMultiplier": 2, "stagingWorkloads": {"ttlSecondsAfterFinished": 600}},
}


class InstallFailed(RuntimeError):
    """helm refused; the text is its own."""


def install(cluster: Cluster, version: str = DEFAULT_VERSION, values: Mapping[str, Any] = USER_VALUES) -> None:
    """Installs Epinio's chart of that version from the cluster's chart repository and waits until it is ready."""
    command = [
        "helm", "install", NAME, CHART, "--repo", cluster.settings.chart_repository, "--version", version,
        "--namespace", NAMESPACE, "--create-namespace", "--values", "-", "--wait", "--timeout", HELM_TIMEOUT,
        UNCHECKED,
    ]  # fmt: skip
    # A folder named like the chart, in the working folder, would win over the repository.
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(
            command, check=False, cwd=empty, env=cluster.environment(), input=json.dumps(values),
            capture_output=True, text=True, timeout=SECONDS,
        )  # fmt: skip
    if done.returncode != 0:
        raise InstallFailed(done.stderr.strip())
