"""The one process that keeps a sandbox running: `python -m sandbox.supervisor [--detach] FOLDER`.

Starts everything that `cluster.json` asks for, reports in `state.json`, and ends it all on SIGTERM, when a part fails,
or when its own standard input ends, if that is a pipe.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging
import os
import selectors
import signal
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import urllib3

from sandbox import (
    build,
    components,
    kubeconfig,
    node_objects,
    node_registration,
    processes,
    stand_in,
    webhook,
)
from sandbox.associations import Associations
from sandbox.aws_cli import install as install_aws_cli
from sandbox.children import Children, ProcessEnded
from sandbox.forward_proxy import ForwardProxy
from sandbox.instance_metadata import InstanceMetadata
from sandbox.node_agent import NodeAgent
from sandbox.pod_outside import PodOutside
from sandbox.pod_runs import PodRuns
from sandbox.rest import UNREACHABLE, Api, ApiError
from sandbox.settings import Settings
from sandbox.state import Phase, State
from tools import environments
from tools.cache import REPOSITORY

START_SECONDS = 60.0
DETACH = "--detach"
PROXY = "proxy"
LOG = logging.getLogger(__name__)


class Told(BaseException):
    """Somebody wants the sandbox to end. Not an error, and nothing may mistake it for one."""


class Supervisor:
    """All parts of one sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._settings = Settings.read(folder)
        self._children = Children(folder)
        self._events = selectors.DefaultSelector()
        self._failure: str | None = None
        awake, self._wake = os.pipe()
        self._events.register(awake, selectors.EVENT_READ)
        self._api = Api(self._settings.endpoint, folder / "pki")
        here = self._settings
        metadata = InstanceMetadata(stand_in.InstanceSource(here), time.monotonic)
        aws_port = urlsplit(here.aws_endpoint).port or 80
        self._proxy = ForwardProxy(here.ports.proxy, folder / PROXY, aws_port, here.ports.apiserver, metadata)
        outside = PodOutside(self._api, self._proxy)
        self._agent = NodeAgent(self._api, here.timing, lambda tell: PodRuns(folder, outside, self._aws_cli, tell))
        associations = Associations(lambda: stand_in.associated_accounts(here))
        self._webhook = webhook.Webhook(self._api, folder / "pki", here.ports.webhook, here.region, associations)

    def run(self) -> NoReturn:
        """Runs until `Told`. ProcessEnded if a part fails."""
        threading.excepthook = self._thread_failed
        if stat.S_ISFIFO(os.fstat(0).st_mode):
            self._events.register(0, selectors.EVENT_READ)
        try:
            self._start()
            State(Phase.READY).write(self._folder)
            LOG.info("ready")
            self._events.select()
            self._look()
        finally:
            LOG.info("ending")
            self._webhook.stop()
            self._agent.stop()
            self._proxy.stop()
            self._children.end()

    def _look(self) -> NoReturn:
        """Says why the supervisor was woken."""
        if self._failure:
            raise ProcessEnded(self._failure)
        self._children.check()
        raise Told

    def _wait_until(self, ready: Callable[[], bool], name: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if self._events.select(0.05):
                self._look()
            if time.monotonic() > deadline:
                raise ProcessEnded(f"{name} is not ready after {START_SECONDS:.0f} s:\n{self._children.tail(name)}")

    def _start(self) -> None:
        self._start_services()
        self._program("etcd", components.etcd())
        self._program("kube-apiserver", components.apiserver(self._settings))
        self._wait_until(self._api.ready, "kube-apiserver")
        self._program("kube-controller-manager", components.controller_manager())
        self._program("kube-scheduler", components.scheduler())
        self._start_threads()
        self._wait_until(self._cluster_ready, "kube-controller-manager")
        if not self._settings.aws_url:
            self._wait_until(lambda: stand_in.is_up(self._settings.aws_endpoint), "aws")
        stand_in.register_cluster(self._folder, self._settings)
        self._apply_aws_auth()
        if not self._settings.charts_url:
            self._wait_until(self._charts_ready, "charts")

    def _apply_aws_auth(self) -> None:
        """Also in a copied cluster, whose data has the other account's."""
        shown = node_registration.aws_auth(self._settings)
        if shown:
            self._api.apply(f"/api/v1/namespaces/kube-system/configmaps/{shown['metadata']['name']}", shown)

    def _start_services(self) -> None:
        ports = self._settings.ports
        if not self._settings.aws_url:
            log = self._folder / "aws.jsonl"
            self._module("aws", "sandbox.aws", "--port", str(ports.aws), "--log", str(log))
        if not self._settings.charts_url:
            self._module("charts", "sandbox.chart_repository", "--port", str(ports.charts))

    def _start_threads(self) -> None:
        authority = kubeconfig.encoded(self._folder / "pki" / "ca.crt")
        registered = webhook.configuration(self._settings.ports.webhook, authority)
        path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
        self._webhook.start()
        self._proxy.start()
        self._agent.start()
        self._api.apply(f"{path}/{registered['metadata']['name']}", registered)
        for node in self._settings.nodes:
            if self._api.find(f"/api/v1/nodes/{node.name}") is None:
                self._api.create("/api/v1/nodes", node_objects.node_object(node))

    def _cluster_ready(self) -> bool:
        account = self._api.find("/api/v1/namespaces/default/serviceaccounts/default")
        nodes = [self._api.find(f"/api/v1/nodes/{node.name}") for node in self._settings.nodes]
        settled = [
            node is None or (node_objects.is_ready(node) and node_objects.other_taints(node) is None) for node in nodes
        ]
        return account is not None and all(settled) and self._webhook.wait(0)

    def _charts_ready(self) -> bool:
        index = f"{self._settings.chart_repository}/index.yaml"
        try:
            answer = urllib3.request("GET", index, retries=False, timeout=2.0)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == 200

    def _program(self, name: str, arguments: list[str]) -> None:
        self._part(name, [str(build.programs() / "controlplane"), "--lifeline", *arguments], self._folder)

    def _module(self, name: str, module: str, *arguments: str) -> None:
        self._part(name, [sys.executable, "-m", "sandbox.lifeline", module, *arguments], REPOSITORY)

    def _aws_cli(self) -> Path:
        """Called by the agent's thread, at the first pod that is run."""

        def start(name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
            self._part(name, command, REPOSITORY, environment)

        return install_aws_cli(self._folder, environments.aws_cli(), start)

    def _part(
        self, name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        started = self._children.start(name, command, folder, environment)
        # Whoever waits for events at this moment waits for this one too (epoll(7)).
        self._events.register(started, selectors.EVENT_READ, name)

    def _thread_failed(self, failure: threading.ExceptHookArgs) -> None:
        shown = traceback.format_exception(failure.exc_type, failure.exc_value, failure.exc_traceback)
        name = failure.thread.name if failure.thread else "?"
        self._failure = f"thread '{name}' failed:\n{''.join(shown)}"
        os.write(self._wake, b"!")


def _told(*_: object) -> None:
    # A second signal must not interrupt the ending that the first one began.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise Told


def main(arguments: list[str]) -> int:
    """Exit code 1 if a part failed. Detached, it is another process that goes on, already recorded at the return."""
    folder = Path(arguments[-1])
    if arguments[0] == DETACH:
        child = os.fork()
        if child:
            processes.record(folder, processes.SUPERVISOR, child)
            return 0
    return _supervise(folder)


def _supervise(folder: Path) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _told)
    try:
        Supervisor(folder).run()
    except Told:
        State(Phase.STOPPED).write(folder)
        return 0
    except (ProcessEnded, ApiError, UNREACHABLE, OSError, stand_in.StandInError) as fault:
        LOG.error("%s", fault)
        State(Phase.FAILED, str(fault)).write(folder)
        return 1
    finally:
        processes.forget(folder, processes.SUPERVISOR)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
