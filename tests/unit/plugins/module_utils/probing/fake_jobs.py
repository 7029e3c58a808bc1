"""An API server that knows the Jobs of one namespace; a test says what becomes of their pods."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection
from ansible_collections.epinio.aws.plugins.module_utils.domain.proof_job import CONTAINER
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient

from tests.unit.plugins.module_utils.fake_kubernetes import FILE, Call, completed

Json = dict[str, Any]
Answer = tuple[int, Json]


@dataclass
class FakeJobs:
    """Jobs by name. `pods` makes a Job's pod, anew at each look. `refusal` is the answer to each creation, if set.

    `lingering` is at how many looks a deleted Job is still there. `unanswered` is how many creations are carried out
    and not told.
    """

    pods: Callable[[Json], Json | None] = lambda _job: None
    refusal: Answer | None = None
    events: list[Json] | Answer = field(default_factory=list)
    lingering: int = 0
    unanswered: int = 0
    accounts: dict[str, Json] = field(default_factory=dict)
    jobs: dict[str, Json] = field(default_factory=dict)
    made: list[Json] = field(default_factory=list)
    deleted: list[Json] = field(default_factory=list)

    def answer(self, method: str, path: str, body: Json | None) -> Answer:
        parts = path.partition("?")[0].rstrip("/").split("/")
        kind, name = (parts[-1], "") if parts[-1] in ("jobs", "pods", "events") else (parts[-2], parts[-1])
        if kind == "serviceaccounts":
            return (200, self.accounts[name]) if name in self.accounts else missing(name)
        if kind == "events":
            return self.events if isinstance(self.events, tuple) else (200, {"items": self.events})
        if kind == "pods":
            pods = [self.pods(job) for job in list(self.jobs.values())]
            return 200, {"items": [pod for pod in pods if pod is not None]}
        if body is None:
            return self._get(name)
        return self._post(body) if method == "POST" else self._delete(name, body)

    def _post(self, body: Json) -> Answer:
        if self.refusal:
            return self.refusal
        name = body["metadata"]["name"]
        if name in self.jobs:
            return 409, {"kind": "Status", "message": f'jobs.batch "{name}" already exists'}
        self.made.append(body)
        self.jobs[name] = {**body, "metadata": {**body["metadata"], "uid": f"uid-{len(self.made)}"}, "status": {}}
        if self.unanswered:
            self.unanswered -= 1
            return 500, {"kind": "Status", "message": "the server was unable to return a response in the time allotted"}
        return 201, self.jobs[name]

    def _get(self, name: str) -> Answer:
        job = self.jobs.get(name)
        if job and job.get("going") is not None:
            job["going"] -= 1
            if job["going"] < 0:
                del self.jobs[name]
        return (200, job) if name in self.jobs and job else missing(name)

    def _delete(self, name: str, body: Json) -> Answer:
        job = self.jobs.get(name)
        if job is None:
            return missing(name)
        if body["preconditions"]["uid"] != job["metadata"]["uid"]:
            return 409, {"kind": "Status", "message": "another uid"}
        self.deleted.append(body)
        job["going"] = self.lingering
        return 200, job


def missing(name: str) -> Answer:
    return 404, {"kind": "Status", "message": f"{name} not found"}


def pod_of(job: Json, state: Json, **variables: str) -> Json:
    """A pod of the Job as it was made, with these variables added, its container in this state."""
    spec = json.loads(json.dumps(job["spec"]["template"]["spec"]))
    (container,) = spec["containers"]
    container["env"] += [{"name": name, "value": value} for name, value in variables.items()]
    token = variables.get("AWS_WEB_IDENTITY_TOKEN_FILE", "")
    if token:
        container["volumeMounts"].append({"name": "aws-iam-token", "mountPath": token.rpartition("/")[0]})
        spec["volumes"].append({"name": "aws-iam-token", "projected": {"sources": [{"serviceAccountToken": {}}]}})
    owner = {"controller": True, "uid": job["metadata"]["uid"]}
    status = {"phase": "Running", "containerStatuses": [{"name": CONTAINER, "state": state}]}
    return {"metadata": {"name": "pod", "ownerReferences": [owner]}, "spec": spec, "status": status}


def said(*lines: str) -> Json:
    """The state of a container that has ended with these lines."""
    return {"terminated": {"exitCode": 0, "reason": "Completed", "message": "\n".join(lines)}}


@contextmanager
def serving(fake: FakeJobs, patience: float = 0) -> Iterator[Any]:
    """A client of the fake while the block runs, with patience for so many seconds."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def do_DELETE(self) -> None:
            self._serve()

        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            status, content = fake.answer(self.command, self.path, body)
            if status < 300:
                path = self.path.partition("?")[0]
                content = completed(Call(self.command, path, {}), content)
            data = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if status == 500:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield KubernetesClient(Connection(f"http://127.0.0.1:{server.server_port}", FILE), patience=patience)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
