"""A writer with the credentials of Epinio's server: it shows whether the access is ever lost while playbooks run."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from kubernetes import client, config
from kubernetes.client.exceptions import ApiException

from sandbox import as_pod
from sandbox.instance_metadata import InstanceMetadata, NoAnswer, NoService
from sandbox.people import NAMESPACE
from sandbox.stand_in import InstanceSource
from tests.scenarios.world import World

KEY = "still-there"
SECONDS = 1.0
LABEL = "app.kubernetes.io/name=epinio-server"
# What keeps the server from writing, if it has a pod.
REFUSALS = (BotoCoreError, ClientError, as_pod.NoCredentials, NoAnswer, NoService)


@dataclass
class Written:
    """What became of it: puts, those that failed with their reasons, and moments without a pod that serves.

    `roles` are those that the wire shows, in the order of their turns.
    """

    puts: int = 0
    failed: list[str] = field(default_factory=list)
    between: int = 0
    roles: list[str] = field(default_factory=list)


@contextmanager
def writing(world: World) -> Iterator[Written]:
    """Every second a put while the block runs. What is told is there when it has ended."""
    writer, end = _Writer(world), threading.Event()
    with world.wire() as wire, ThreadPoolExecutor(1) as thread:
        ended = thread.submit(writer.run, end)
        try:
            yield writer.written
        finally:
            end.set()
        ended.result()
    callers = [call["caller"] for call in wire.calls if call["parameters"].get("Key") == KEY]
    # arn:aws:sts::…:assumed-role/<role>/<session>
    writer.written.roles = [role for role, _calls in groupby(caller.split("/")[1] for caller in callers)]


class _Writer:
    """Puts as pushes make them: with credentials that are got anew each time, as Epinio's own client does."""

    def __init__(self, world: World) -> None:
        self.written = Written()
        self._world = world
        # A client of its own: that of the scenario belongs to the thread of the test.
        self._api = config.new_client_from_config(str(world.cluster.kubeconfig))
        self._metadata = InstanceMetadata(InstanceSource(world.cluster.settings), time.monotonic)

    def run(self, end: threading.Event) -> None:
        while not end.wait(SECONDS):
            pod = self._live_pod()
            if pod is None or not self._has_put(pod):
                self.written.between += 1

    def _live_pod(self) -> Any:
        """The newest pod that is ready and not about to end: only such a one gets requests."""
        pods = client.CoreV1Api(self._api).list_namespaced_pod(NAMESPACE, label_selector=LABEL).items
        ready = [pod for pod in pods if not pod.metadata.deletion_timestamp and _is_ready(pod)]
        return max(ready, key=lambda pod: pod.metadata.creation_timestamp, default=None)

    def _has_put(self, pod: Any) -> bool:
        """Whether it could be tried. A pod that has gone since it was read gets no token any more."""
        try:
            s3 = as_pod.s3_client(self._api, pod, self._world.stand_in.url, self._metadata)
            s3.put_object(Bucket=self._world.bucket, Key=KEY, Body=pod.metadata.name.encode())
        except ApiException as error:
            if error.status != 404:
                raise
            return False
        except REFUSALS as error:
            self.written.failed.append(f"{time.strftime('%H:%M:%S')} {pod.metadata.name}: {error!r}")
        self.written.puts += 1
        return True


def _is_ready(pod: Any) -> bool:
    return any(one.type == "Ready" and one.status == "True" for one in pod.status.conditions or [])
