"""Somebody else's admission webhook, which comes after the pod identity webhook and takes its token's mount away."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kubernetes import client

from sandbox import webhook
from sandbox.cluster import Cluster

VOLUME = "aws-iam-token"
# Webhooks are called in the order of these names.
NAME = "zz-meddler"


@contextmanager
def taking_mounts(cluster: Cluster, api: Any) -> Iterator[None]:
    """Pods that are created in the block have the variables and the volume of the token, but not its mount."""
    pki = cluster.folder / "pki"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "serving.crt", pki / "serving.key")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Meddler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    registered = webhook.configuration(server.server_port, cluster.certificate_authority)
    registered["metadata"]["name"] = NAME
    registrations = client.AdmissionregistrationV1Api(api)
    registrations.create_mutating_webhook_configuration(registered)
    try:
        yield
    finally:
        registrations.delete_mutating_webhook_configuration(NAME)
        server.shutdown()
        server.server_close()


class _Meddler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["request"]
        operations = [
            {"op": "remove", "path": f"/spec/containers/{position}/volumeMounts/{place}"}
            for position, container in enumerate(request["object"]["spec"]["containers"])
            for place, mount in enumerate(container.get("volumeMounts", []))
            if mount["name"] == VOLUME
        ]
        patch = base64.b64encode(json.dumps(operations).encode()).decode()
        response = {"uid": request["uid"], "allowed": True, "patchType": "JSONPatch", "patch": patch}
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
        content = json.dumps(review).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """The test says what came of it."""
