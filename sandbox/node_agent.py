"""The kubelets of all nodes in one: makes nodes ready, lets pods live and die, provides volumes.

Containers of the AWS CLI's image run as processes (`pod_runs`), all others only seem to run.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable

from sandbox import node_objects, pod_runs, pods, references
from sandbox.pod_environment import Unsupported
from sandbox.pod_runs import PodRuns, Tell, now
from sandbox.rest import MERGE, UNREACHABLE, Api, ApiError, Json
from sandbox.settings import KUBERNETES_VERSION, Timing
from sandbox.watching import Watch

RETRY_SECONDS = 1.0
KILLED_SECONDS = 0.1
KUBELET_VERSION = f"{KUBERNETES_VERSION}-sandbox"
GONE_OR_CHANGED = (404, 409)
LOG = logging.getLogger(__name__)
Task = Callable[[], None]


class NodeAgent(threading.Thread):
    """All work happens in this one thread; the watches only hand it what they see."""

    def __init__(self, api: Api, timing: Timing, runs: Callable[[Tell], PodRuns]) -> None:
        super().__init__(name="node agent", daemon=True)
        self._api = api
        self._timing = timing
        self._inbox: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._due: list[tuple[float, int, Task]] = []
        self._order = itertools.count()
        self._pods: dict[str, Json] = {}
        # For each pod the stage it is in, and since when.
        self._stages: dict[str, tuple[str, float]] = {}
        self._runs = runs(lambda uid, name, code: self._inbox.put(lambda: self._ended(uid, name, code)))
        self._watches = [
            self._watch("/api/v1/nodes", self._see_node),
            self._watch("/api/v1/persistentvolumeclaims", self._see_claim),
            self._watch("/api/v1/persistentvolumes", self._see_volume),
            self._watch("/api/v1/pods", self._see_pod, self._keep_pods),
        ]

    def stop(self) -> None:
        """Ends the agent, also if it was never started, and waits for it, up to five seconds."""
        for watch in self._watches:
            watch.stop()
        self._inbox.put(None)
        if self.is_alive():
            self.join(5)
        self._runs.stop()

    def run(self) -> None:
        for watch in self._watches:
            watch.start()
        while True:
            try:
                task = self._inbox.get(timeout=max(self._due[0][0] - time.monotonic(), 0) if self._due else None)
            except queue.Empty:
                _, _, task = heapq.heappop(self._due)
            if task is None:
                return
            self._perform(task)

    def _perform(self, task: Task) -> None:
        """What the API server refuses for good is dropped: a later event tells of the change. All else is repeated."""
        try:
            task()
        except ApiError as fault:
            if fault.status not in GONE_OR_CHANGED:
                LOG.warning("trying again: %s", fault)
                self._later(time.monotonic() + RETRY_SECONDS, task)
        except (UNREACHABLE, OSError) as fault:
            LOG.warning("trying again: %s", fault)
            self._later(time.monotonic() + RETRY_SECONDS, task)

    def _later(self, due: float, task: Task) -> None:
        heapq.heappush(self._due, (due, next(self._order), task))

    def _watch(
        self, path: str, see: Callable[[Json, bool], None], keep: Callable[[set[str]], None] | None = None
    ) -> Watch:
        def listed(items: list[Json]) -> None:
            if keep:
                self._inbox.put(lambda: keep({item["metadata"]["uid"] for item in items}))
            for item in items:
                changed("ADDED", item)

        def changed(kind: str, item: Json) -> None:
            self._inbox.put(lambda: see(item, kind == "DELETED"))

        return Watch(self._api, path, listed, changed)

    def _see_node(self, node: Json, gone: bool) -> None:
        path = f"/api/v1/nodes/{node['metadata']['name']}"
        if gone:
            return
        if not node_objects.is_ready(node):
            # The event of this change comes back here and lifts the taint.
            self._api.patch(f"{path}/status", {"status": node_objects.ready_status(node, now(), KUBELET_VERSION)})
            return
        taints = node_objects.other_taints(node)
        if taints is not None:
            version = {"resourceVersion": node["metadata"]["resourceVersion"]}
            self._api.patch(path, {"metadata": version, "spec": {"taints": taints}}, MERGE)

    def _see_claim(self, claim: Json, gone: bool) -> None:
        volume = None if gone else node_objects.volume_for(claim)
        if volume:
            self._api.create("/api/v1/persistentvolumes", volume)

    def _see_volume(self, volume: Json, gone: bool) -> None:
        if not gone and node_objects.is_released(volume):
            self._api.delete(f"/api/v1/persistentvolumes/{volume['metadata']['name']}", {})

    def _keep_pods(self, living: set[str]) -> None:
        """Forgets the pods that went away while nobody watched."""
        for uid in self._pods.keys() - living:
            self._forget_pod(uid)

    def _forget_pod(self, uid: str) -> None:
        self._pods.pop(uid, None)
        self._stages.pop(uid, None)
        self._runs.forget(uid)

    def _see_pod(self, pod: Json, gone: bool) -> None:
        uid = pod["metadata"]["uid"]
        if gone:
            self._forget_pod(uid)
            return
        self._pods[uid] = pod
        stage = pods.stage(pod)
        if self._stages.get(uid, ("", 0.0))[0] != stage:
            self._stages[uid] = (stage, time.monotonic())
            if stage == "terminating":
                self._runs.terminate(uid)
            self._plan(uid)

    def _plan(self, uid: str) -> None:
        pod = self._pods[uid]
        stage, since = self._stages[uid]
        step = pods.next_step(pod, since, self._timing)
        if step:
            self._later(step.due, lambda: self._act(uid, stage, step.action))

    def _act(self, uid: str, stage: str, action: pods.Action) -> None:
        """Acts on the pod as it is now, if it is still in the stage for which this was planned."""
        pod = self._pods.get(uid)
        if pod is None or self._stages[uid][0] != stage:
            return
        match action:
            case pods.Action.START:
                self._start(uid, pod)
            case pods.Action.FINISH:
                self._report(pod, self._runs.finish(pod) if pod_runs.is_run(pod) else pods.succeeded(pod, now()))
            case pods.Action.REMOVE if self._runs.kill(uid):
                # The end of its processes is reported first.
                self._later(time.monotonic() + KILLED_SECONDS, lambda: self._act(uid, stage, action))
            case pods.Action.REMOVE:
                options = {"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
                self._api.delete(_pod_path(pod), options)

    def _start(self, uid: str, pod: Json) -> None:
        complaint = references.complaint(pod, lambda reference: self._read(pod["metadata"]["namespace"], reference))
        status = pods.waiting(pod, complaint, now())
        if status is None:
            status = self._run_or_seem(pod)
        if status["phase"] != "Pending" or pods.container_states(status) != pods.container_states(pod["status"]):
            self._report(pod, status)
        if status["phase"] == "Pending":
            self._later(time.monotonic() + RETRY_SECONDS, lambda: self._act(uid, "pending", pods.Action.START))

    def _run_or_seem(self, pod: Json) -> Json:
        if not pod_runs.is_run(pod):
            return pods.running(pod, now())
        try:
            return self._runs.start(pod)
        except Unsupported as reason:
            return pods.waiting(pod, str(reason), now()) or {}

    def _ended(self, uid: str, name: str, code: int) -> None:
        """One of the pod's processes has ended."""
        status, pod = self._runs.ended(uid, name, code), self._pods.get(uid)
        if status and pod:
            self._report(pod, status)

    def _read(self, namespace: str, reference: references.Reference) -> Json | None:
        kind = {"secret": "secrets", "configmap": "configmaps"}[reference.kind]
        return self._api.find(f"/api/v1/namespaces/{namespace}/{kind}/{reference.name}")

    def _report(self, pod: Json, status: Json) -> None:
        # The uid makes the server refuse the status for a later pod of the same name.
        self._api.patch(f"{_pod_path(pod)}/status", {"metadata": {"uid": pod["metadata"]["uid"]}, "status": status})


def _pod_path(pod: Json) -> str:
    return f"/api/v1/namespaces/{pod['metadata']['namespace']}/pods/{pod['metadata']['name']}"
