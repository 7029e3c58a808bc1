# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run helm: in an empty folder, with little environment, values by standard input, nothing secret in its arguments."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import masked
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection

# Where helm keeps what the user told it: repositories, registry logins, cache. The rest of HELM_* changes what it does.
_KEPT = (
    *("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"),
    *("HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CONFIG", "HELM_REPOSITORY_CACHE"),
)
_BUSY = "another operation (install/upgrade/rollback) is in progress"
# The code of a refusal because somebody else is at it, told apart so that the world is read and planned again.
BUSY = "busy"
_ENOUGH_LINES = 20
# Seconds for a terminated helm to note that its revision has failed.
_GRACE = 20.0


class HelmCli:
    """helm for one cluster. `folder` is where its short-lived files go."""

    def __init__(self, binary: str, kubeconfig: Kubeconfig, folder: str, environ: Mapping[str, str]) -> None:
        self._binary = binary
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._environ = environ

    def run(
        self,
        attempt: str,
        arguments: list[str],
        *,
        seconds: float,
        values: Mapping[str, Any] | None = None,
        hidden: Iterable[str] = (),
    ) -> str:
        """What helm prints. `values` go to its standard input; `seconds` bound the whole call.

        Raises `Refused` if there is no helm, `ServiceFailed` with helm's reason, without the `hidden` strings, if it
        fails.
        """
        context = ["--kube-context", self._kubeconfig.context] if self._kubeconfig.context else []
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="helm-") as folder:
            empty = Path(folder, "empty")
            empty.mkdir()
            command = [self._binary, *arguments, *context]
            text = json.dumps(values) if values is not None else ""
            code, output, errors = _call(command, text, str(empty), self._environment(folder), seconds)
        if code:
            reason = masked(_reason(errors), hidden)
            raise ServiceFailed(attempt, reason, code=BUSY if _BUSY in errors else "")
        return output

    def major(self) -> int:
        """The major version of helm."""
        version = self.run("ask helm for its version", ["version", "--template", "{{.Version}}"], seconds=30)
        found = re.match(r"v?(\d+)\.", version.strip())
        if not found:
            raise Refused(f"epinio_helm_binary ({self._binary}) is no helm: it calls its version {version.strip()!r}.")
        return int(found[1])

    def _environment(self, folder: str) -> dict[str, str]:
        kept = {
            key: value
            for key, value in self._environ.items()
            if not key.startswith(("HELM_", "K8S_AUTH_", "KUBECONFIG")) or key in _KEPT
        }
        if self._kubeconfig.content is not None:
            path = Path(folder, "kubeconfig")
            path.touch(mode=0o600)
            path.write_text(json.dumps(self._kubeconfig.content), encoding="utf-8")
            return {**kept, "KUBECONFIG": str(path)}
        return {**kept, "KUBECONFIG": self._kubeconfig.paths}


def helm_for(binary: str, options: Mapping[str, Any], api_client: Any, folder: str) -> HelmCli:
    """helm for the cluster that a Kubernetes client talks to; `options` are the module's connection options.

    Raises `Refused` where helm cannot follow the client.
    """
    helm_kubeconfig.refuse_proxy_headers(options)
    source = read_connection(api_client, options).source
    config = helm_kubeconfig.kubeconfig(options, os.environ, source, api_client.configuration)
    return HelmCli(binary, config, folder, os.environ)


def refuse_other_driver() -> None:
    """Raise `Refused` where Helm keeps its releases elsewhere than in Secrets."""
    driver = os.environ.get("HELM_DRIVER", "")
    if driver not in ("", "secret", "secrets"):
        raise Refused(
            f"HELM_DRIVER is {driver!r}: only releases that Helm keeps in Secrets, as by default, are supported."
        )


def _call(
    command: list[str], text: str, folder: str, environment: Mapping[str, str], seconds: float
) -> tuple[int, str, str]:
    pipe = subprocess.PIPE
    try:
        process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, cwd=folder, env=environment, text=True, encoding="utf-8"
        )
    except OSError as error:
        raise Refused(f"helm cannot be run ({command[0]}: {error.strerror}). Set epinio_helm_binary.") from error
    with process:
        try:
            output, errors = process.communicate(text, timeout=seconds)
        except subprocess.TimeoutExpired:
            return 1, "", _ended(process, seconds)
        finally:
            if process.poll() is None:
                process.kill()
    return process.returncode, output, errors


def _ended(process: subprocess.Popen[str], seconds: float) -> str:
    """End a helm that hangs, gently at first. What it said, and why it was ended."""
    process.terminate()
    try:
        _output, errors = process.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        _output, errors = process.communicate()
    return f"{errors}\nit did not end within {seconds:.0f} seconds"


def _reason(errors: str) -> str:
    """Helm's own reason: what follows `Error:`, else all that it said, in one line."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()]
    start = next((number for number, line in enumerate(lines) if line.startswith("Error:")), 0)
    return " ".join(lines[start:][:_ENOUGH_LINES]).removeprefix("Error:").strip() or "helm says nothing"
