# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run helm: in an empty folder, with little environment, values by standard input, nothing secret in its arguments."""

from __future__ import annotations

import glob
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils import programs
from ansible_collections.epinio.aws.plugins.module_utils.domain import (
    helm_commands,
    helm_folders,
    helm_kubeconfig,
    helm_output,
    urls,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_inputs import check_helm_binary
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_kubeconfig import Kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import masked
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.programs import Ended

# Where helm keeps what the user told it: repositories, registry logins, cache, plugins, which may fetch charts; and how
# many revisions the user keeps, and how fast the API server may be asked. The rest of HELM_* changes what helm does.
_KEPT = (
    *("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"),
    *("HELM_REGISTRY_CONFIG", "HELM_REPOSITORY_CONFIG", "HELM_REPOSITORY_CACHE", "HELM_CONTENT_CACHE"),
    *("HELM_PLUGINS", "HELM_NO_PLUGINS", "HELM_MAX_HISTORY", "HELM_BURST_LIMIT", "HELM_QPS"),
)
_BUSY = "another operation (install/upgrade/rollback) is in progress"
# The code of a refusal because somebody else is at it, told apart so that the world is read and planned again.
BUSY = "busy"
# Seconds.
_ASKED, _FETCHED = 30.0, 180.0


class HelmCli:
    """helm for one cluster. `folder` is where its short-lived files go."""

    def __init__(self, binary: str, kubeconfig: Kubeconfig, folder: str, environ: Mapping[str, str]) -> None:
        check_helm_binary(binary)
        self._binary = binary
        self._kubeconfig = kubeconfig
        self._folder = folder
        self._environ = environ
        self._version: tuple[int, int] | None = None

    def run(
        self,
        attempt: str,
        arguments: list[str],
        *,
        seconds: float,
        values: Mapping[str, Any] | None = None,
        hidden: Iterable[str] = (),
        repository: str = "",
    ) -> str:
        """What helm prints. `values` go to its standard input; `seconds` bound the call.

        `repository` is the URL of a chart repository with credentials, which helm knows as `helm_commands.PRIVATE`
        during this call. Raises `Refused` if there is no helm that can be used, `ServiceFailed` with helm's reason,
        without the `hidden` strings, if it fails.
        """
        major = self.major()
        secret = {*hidden, *urls.secrets(repository)}
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="helm-") as folder:
            environment = self._environment(folder)
            if repository:
                environment |= _private_repository(folder, repository)
                fetch = helm_commands.update_arguments(major)
                ended = self._call(fetch, "", folder, environment, _FETCHED)
                _refuse_failed("fetch the index of epinio_chart_repo", ended, _FETCHED, secret)
            text = json.dumps(values) if values is not None else ""
            ended = self._call([*arguments[:1], *self._context(), *arguments[1:]], text, folder, environment, seconds)
        _refuse_failed(attempt, ended, seconds, secret)
        return ended.output

    def major(self) -> int:
        """The major version of helm, which is asked for once. Raises `Refused` for one that cannot be used."""
        if self._version is None:
            self._version = self._usable_version()
        return self._version[0]

    def _usable_version(self) -> tuple[int, int]:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="helm-") as folder:
            ended = self._call(["version", "--short"], "", folder, self._environment(folder), _ASKED)
        found = helm_output.version(ended.output)
        if found is None:
            late = f"it does not end within {_ASKED:.0f} seconds"
            said = late if ended.late else helm_output.reason(ended.code, ended.errors, ended.output)
            raise Refused(
                f"epinio_helm_binary ({self._binary}) is no helm: asked for its version, {said.rstrip('.')}. "
                "Set epinio_helm_binary to helm 3 or 4."
            )
        if found[0] not in helm_output.MAJORS or found < helm_output.OLDEST:
            oldest = ".".join(map(str, helm_output.OLDEST))
            raise Refused(
                f"epinio_helm_binary ({self._binary}) is helm {found[0]}.{found[1]}: install helm {oldest} or newer, "
                "or helm 4, or set epinio_helm_binary to one."
            )
        return found

    def _call(
        self, arguments: list[str], text: str, folder: str, environment: Mapping[str, str], seconds: float
    ) -> Ended:
        empty = Path(folder, "empty")
        empty.mkdir(exist_ok=True)
        # Not from the empty folder, in which helm runs.
        binary = os.path.expanduser(self._binary)
        binary = os.path.abspath(binary) if os.sep in binary else binary
        try:
            return programs.run([binary, *arguments], text, str(empty), environment, seconds)
        except OSError as error:
            raise Refused(
                f"helm cannot be run ({self._binary}: {error.strerror}). Set epinio_helm_binary to helm 3 or 4."
            ) from error

    def _context(self) -> list[str]:
        return [f"--kube-context={self._kubeconfig.context}"] if self._kubeconfig.context else []

    def _environment(self, folder: str) -> dict[str, str]:
        kept = {
            key: value
            for key, value in self._environ.items()
            if not key.startswith(("HELM_", "K8S_AUTH_", "KUBECONFIG")) or key in _KEPT
        }
        own = helm_folders.replaced(
            kept,
            folder,
            writable=_writable,
            readable=_readable,
            blocked=_blocked,
            darwin=sys.platform == "darwin",
        )
        if "HELM_REPOSITORY_CACHE" in own:
            _link_indexes(helm_folders.repository_cache(kept, darwin=sys.platform == "darwin"), own)
        kept |= own
        kept |= self._kubeconfig.environment
        if self._kubeconfig.content is not None:
            path = _private_file(Path(folder, "kubeconfig"), self._kubeconfig.content)
            return {**kept, "KUBECONFIG": str(path)}
        return {**kept, "KUBECONFIG": self._kubeconfig.paths}


def helm_for(binary: str, api_client: Any, folder: str) -> HelmCli:
    """helm for the cluster that a Kubernetes client talks to.

    Raises `Refused` where helm cannot follow the client.
    """
    return HelmCli(binary, helm_kubeconfig.kubeconfig(api_client.connection, os.environ), folder, os.environ)


def refuse_other_driver() -> None:
    """Raise `Refused` where Helm keeps its releases elsewhere than in Secrets."""
    driver = os.environ.get("HELM_DRIVER", "")
    if driver not in ("", "secret", "secrets"):
        raise Refused(
            f"HELM_DRIVER is {driver!r}: only releases that Helm keeps in Secrets, as by default, are supported."
        )


def _refuse_failed(attempt: str, ended: Ended, seconds: float, hidden: Iterable[str]) -> None:
    """Raise `ServiceFailed` with helm's reason where it has failed."""
    if not ended.code and not ended.late and not ended.cut:
        return
    errors, output = masked(ended.errors, hidden), masked(ended.output, hidden)
    if ended.late:
        said = f"it did not end within {seconds:.0f} seconds"
        reason = f"{helm_output.reason(0, errors, '')}; {said}" if errors.strip() else said
    elif ended.cut:
        reason = f"it printed more than {programs.MOST // 1024**2} megabytes"
    else:
        reason = helm_output.reason(ended.code, errors, output)
    code = BUSY if _BUSY in ended.errors else ""
    raise ServiceFailed(attempt, masked(reason, hidden), code=code, advice=helm_output.advice(reason))


def _private_repository(folder: str, url: str) -> dict[str, str]:
    """Variables that make helm know a repository, and no other, whose URL stands in no argument."""
    entry = {"name": helm_commands.PRIVATE, "url": url}
    path = _private_file(Path(folder, "repositories"), {"apiVersion": "v1", "repositories": [entry]})
    return {"HELM_REPOSITORY_CONFIG": str(path), "HELM_REPOSITORY_CACHE": str(Path(folder, "index"))}


def _link_indexes(former: str, own: Mapping[str, str]) -> None:
    """Let helm read what it knows of the user's repositories, from a cache that it cannot write to."""
    if not os.path.isabs(former):
        return
    folder = Path(own["HELM_REPOSITORY_CACHE"])
    folder.mkdir(exist_ok=True)
    for path in glob.glob(os.path.join(glob.escape(former), "*-index.yaml")):
        link = folder / os.path.basename(path)
        if not link.is_symlink():
            link.symlink_to(path)


def _private_file(path: Path, content: Mapping[str, Any]) -> Path:
    path.touch(mode=0o600)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def _writable(folder: str) -> bool:
    """Whether the folder can be written to, or made."""
    path = Path(folder)
    if not path.is_absolute():
        return False
    there = next(one for one in (path, *path.parents) if os.path.lexists(one) or one == one.parent)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _readable(file: str) -> bool:
    """Whether the file can be read, or is certainly not there."""
    path = Path(file)
    if not path.is_absolute():
        return False
    try:
        path.stat()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return path.is_file() and os.access(path, os.R_OK)


def _blocked(folder: str) -> bool:
    """Whether the path is that of something else than a folder, or leads through such."""
    try:
        os.stat(os.path.join(folder, os.curdir))
    except NotADirectoryError:
        return True
    except OSError:
        return False
    return False
