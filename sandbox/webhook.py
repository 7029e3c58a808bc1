"""The pod identity webhook: a stand-in for Amazon's that serves admission reviews on loopback."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import collections
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sandbox import pod_identity
from sandbox.associations import Associations
from sandbox.rest import Api, Json
from sandbox.watching import Watch

CACHE_SECONDS = 1.0
PATH = "/mutate"
LOG = logging.getLogger(__name__)


class AccountCache:
    """Identities of service accounts, as they were one second ago; a new account is known at once.

    Amazon's webhook reads an informer's cache, so a pod that is created together with a change may miss the change.
    For an account that the cache does not know it waits a moment (`--service-account-lookup-grace-period`).
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, pod_identity.Identity | None] = {}
        self._later: collections.deque[tuple[float, str, pod_identity.Identity | None]] = collections.deque()
        self.filled = threading.Event()

    def listed(self, accounts: list[Json]) -> None:
        """Takes the whole list: at the start, and after the API server was away."""
        with self._lock:
            self._later.clear()
            self._known = {_key(account): pod_identity.identity(account) for account in accounts}
        self.filled.set()

    def changed(self, kind: str, account: Json) -> None:
        key = _key(account)
        identity = None if kind == "DELETED" else pod_identity.identity(account)
        with self._lock:
            if key in self._known:
                self._later.append((self._clock() + CACHE_SECONDS, key, identity))
            else:
                self._known[key] = identity

    def find(self, namespace: str, name: str) -> pod_identity.Identity | None:
        """What an account asks for; None if it is unknown."""
        with self._lock:
            while self._later and self._later[0][0] <= self._clock():
                _, key, identity = self._later.popleft()
                self._known[key] = identity
            return self._known.get(f"{namespace}/{name}")


def _key(account: Json) -> str:
    return f"{account['metadata']['namespace']}/{account['metadata']['name']}"


def review(request: Json, accounts: AccountCache, associations: Associations, region: str) -> Json:
    """The answer to an AdmissionReview of a pod: always allowed, with a patch where its account has a role."""
    pod, namespace = request["object"], request["namespace"]
    response: Json = {"uid": request["uid"], "allowed": True}
    name = pod["spec"].get("serviceAccountName") or "default"
    associated = associations.has(namespace, name)
    wanted = pod_identity.credentials(accounts.find(namespace, name), associated=associated)
    if wanted:
        operations = pod_identity.patch(pod, wanted, region)
        response["patchType"] = "JSONPatch"
        response["patch"] = base64.b64encode(json.dumps(operations).encode()).decode()
    shown = pod["metadata"].get("name") or pod["metadata"].get("generateName")
    given = " ".join(wanted.variables.values()) if wanted else "not mutated"
    LOG.info("pod %s/%s of %s: %s", namespace, shown, name, given)
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}


def configuration(port: int, authority: str) -> Json:
    """The registration. As EKS's: pods at creation only, and a webhook that is away hinders nobody.

    `authority` is the CA certificate's PEM in base64.
    """
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": "pod-identity-webhook"},
        "webhooks": [
            {
                "name": "iam-for-pods.amazonaws.com",
                "failurePolicy": "Ignore",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 10,
                "clientConfig": {"url": f"https://127.0.0.1:{port}{PATH}", "caBundle": authority},
                "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
            }
        ],
    }


class Webhook:
    """The server and the watch that feeds it, in threads of this process."""

    def __init__(self, api: Api, pki: Path, port: int, region: str, associations: Associations) -> None:
        self._accounts = AccountCache()
        self._watch = Watch(api, "/api/v1/serviceaccounts", self._accounts.listed, self._accounts.changed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pki / "serving.crt", pki / "serving.key")
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self._accounts, associations, region))
        self._server.daemon_threads = True
        # The handshake is left to each request's thread: a client that stalls must not stop the others.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, name="webhook", daemon=True)

    def start(self) -> None:
        self._watch.start()
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether the cache was filled in that time."""
        return self._accounts.filled.wait(seconds)

    def stop(self) -> None:
        """Ends it, also if it was never started."""
        self._watch.stop()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()


def _handler(accounts: AccountCache, associations: Associations, region: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            answer = review(json.loads(content)["request"], accounts, associations, region)
            self._answer(json.dumps(answer).encode())

        def _answer(self, content: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Reviews are logged by what they decide."""

    return Handler
