"""A cluster in a folder: made, started, stopped, copied. What tests and the command line use."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from sandbox import build, components, environment_file, kubeconfig, node_kinds, pki, processes, settings, stand_in
from sandbox.aws_cli import FOLDER as AWS_CLI
from sandbox.children import LOGS
from sandbox.pod_runs import FOLDER as PODS
from sandbox.pools import Pools
from sandbox.settings import Node, Ports, Settings, Timing
from sandbox.state import Phase, State
from sandbox.supervisor import DETACH, PROXY
from tools import environments
from tools.cache import REPOSITORY

READY_SECONDS = 150.0
# The supervisor ends its children one after the other, each within ten seconds.
STOP_SECONDS = 60.0
DATA = ("etcd", "pki")
MADE = (*DATA, LOGS, processes.FOLDER, PODS, PROXY, AWS_CLI, "bin", "collections", "helm")


class StartFailed(RuntimeError):
    """The cluster did not become ready; the text says which part failed and how its log ends."""


class Cluster:
    """One control plane with its agent and webhook, in a folder of its own on ports of its own.

    Use `new`, `copied_from` or `existing`, then `start` and `stop`, or a `with` block.
    """

    def __init__(self, folder: Path, wanted: Settings) -> None:
        self.folder = folder
        self.settings = wanted
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._keys: stand_in.Keys | None = None

    @classmethod
    def new(
        cls,
        folder: Path,
        *,
        aws_url: str | None = None,
        charts_url: str | None = None,
        account: str = settings.DEFAULT_ACCOUNT,
        name: str = settings.DEFAULT_NAME,
        region: str = settings.DEFAULT_REGION,
        nodes: Sequence[Node] | None = None,
        pools: Pools | None = None,
        timing: Timing | None = None,
        helm: int = 3,
        ports: Ports | None = None,
    ) -> Cluster:
        """A fresh cluster with an issuer, authority and keys of its own.

        Without `aws_url` it brings an AWS stand-in, without `charts_url` a chart repository. `pools` is what AWS knows
        of the nodes, beside what follows from them. FileExistsError if the folder holds a cluster, ValueError for an
        address that is not on loopback.
        """
        for url in filter(None, (aws_url, charts_url)):
            settings.require_loopback(url)
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        pki.create(folder / "pki")
        shown = tuple(nodes) if nodes is not None else node_kinds.default_nodes(region, name)
        wanted = Settings(
            name, region, account, settings.new_issuer(region), ports or Ports.free(), shown,
            timing or Timing(), aws_url, charts_url, helm, pools,
        )  # fmt: skip
        wanted.write(folder)
        return cls(folder, wanted)

    @staticmethod
    def known(folder: Path) -> bool:
        """Whether the folder holds a cluster."""
        return (folder / settings.FILE).is_file()

    @classmethod
    def existing(cls, folder: Path) -> Cluster:
        """The cluster of that folder, running or not. FileNotFoundError if there is none."""
        return cls(folder.resolve(), Settings.read(folder))

    @classmethod
    def copied_from(
        cls,
        template: Path,
        folder: Path,
        *,
        aws_url: str | None = None,
        charts_url: str | None = None,
        account: str = settings.DEFAULT_ACCOUNT,
    ) -> Cluster:
        """A copy of a stopped cluster on new ports: same objects, authority, issuer and keys.

        RuntimeError if the template is running: its data would be torn. ValueError as `new`.
        """
        for url in filter(None, (aws_url, charts_url)):
            settings.require_loopback(url)
        original = cls.existing(template)
        if original.running():
            raise RuntimeError(f"{template} is running: stop it before it is copied")
        folder = folder.resolve()
        folder.mkdir(mode=0o700, parents=True)
        for part in DATA:
            shutil.copytree(original.folder / part, folder / part)
        wanted = original.settings.copied(aws_url, charts_url, account)
        wanted.write(folder)
        return cls(folder, wanted)

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def audit_log(self) -> Path:
        return self.folder / components.AUDIT_LOG

    @property
    def programs(self) -> Path:
        """The folder with ansible, kubectl and helm, for `PATH`."""
        return self.folder / "bin"

    @property
    def jwks(self) -> pki.WebKeySet:
        return pki.web_key_set(self.folder / "pki")

    @property
    def certificate_authority(self) -> str:
        """PEM in base64, as `DescribeCluster` gives it."""
        return kubeconfig.encoded(self.folder / "pki" / "ca.crt")

    def __enter__(self) -> Cluster:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, detached: bool = False) -> None:
        """Starts everything and waits until it is ready. StartFailed if a part fails.

        A detached cluster lives on until it is stopped; any other ends with this process, however that ends.
        """
        build.programs()
        environments.aws_cli()
        self._write_files()
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            self._spawn(detached)
            self._wait_ready()
            self._keys = None
            self.write_environment()
            undo.pop_all()

    def stop(self) -> list[str]:
        """Ends everything of this folder; twice is fine, after a crash too.

        The names of the processes that a dead supervisor had left over.
        """
        recorded = processes.records(self.folder)
        processes.end([record for record in recorded if record.name == processes.SUPERVISOR], STOP_SECONDS)
        if self._lifeline is not None:
            os.close(self._lifeline)
        if self._supervisor:
            self._supervisor.wait()
        self._supervisor = self._lifeline = None
        left = [record for record in processes.records(self.folder) if record.alive()]
        processes.end(left, 5)
        for record in recorded:
            processes.forget(self.folder, record.name)
        return [record.name for record in left]

    def running(self) -> bool:
        """Whether its supervisor lives."""
        return any(record.name == processes.SUPERVISOR and record.alive() for record in processes.records(self.folder))

    def variables(self) -> dict[str, str]:
        """The variables of `env` but `PATH`, with the keys of an administrator of the cluster's account."""
        if self._keys is None:
            self._keys = stand_in.administrator(self.settings.aws_endpoint, self.settings.account)
        return environment_file.variables(self.folder, self.settings, self._keys)

    def write_environment(self) -> None:
        """Writes `env` for shells."""
        text = environment_file.shell_text(self.variables(), self.programs)
        (self.folder / environment_file.FILE).write_text(text, encoding="utf-8")

    def environment(self) -> dict[str, str]:
        """This process's environment as it is after sourcing `env`, for subprocesses."""
        return environment_file.applied(os.environ, self.variables(), self.programs)

    def _write_files(self) -> None:
        home, here = self.folder / "pki", self.settings
        for client, name in (
            ("admin", "kubeconfig"),
            ("controller-manager", "controller-manager.kubeconfig"),
            ("scheduler", "scheduler.kubeconfig"),
        ):
            kubeconfig.write(self.folder / name, kubeconfig.kubeconfig(home, client, here.endpoint, here.arn))
        components.write_audit_policy(self.folder)
        environment_file.prepare(self.folder, here.helm)
        (self.folder / LOGS).mkdir(exist_ok=True)

    def _spawn(self, detached: bool) -> None:
        end: int | None = None
        if not detached:
            end, self._lifeline = os.pipe()
        State(Phase.STARTING).write(self.folder)
        options = [DETACH] if detached else []
        with open(self.folder / LOGS / "supervisor.log", "wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.supervisor", *options, str(self.folder)],
                cwd=REPOSITORY,
                stdin=subprocess.DEVNULL if end is None else end,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if end is None:
            process.wait()
        else:
            processes.record(self.folder, processes.SUPERVISOR, process.pid)
            self._supervisor = process
            os.close(end)

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while True:
            running, state = self.running(), State.read(self.folder)
            if running and state and state.phase is Phase.READY:
                return
            if not running or time.monotonic() > deadline:
                log = (self.folder / LOGS / "supervisor.log").read_text(encoding="utf-8", errors="replace")
                raise StartFailed((state and state.detail) or log[-3000:])
            time.sleep(0.05)
