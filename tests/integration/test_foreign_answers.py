"""A module whose way to AWS ends at a page that wants a login: each service, through all of the module."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.integration.modules import run_module

WIRING = "arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio"
ISSUER = "https://oidc.eks.eu-central-1.amazonaws.com/id/A"
PAGE = b"<!DOCTYPE html><html><head><title>Please log in</title></head><body>to go on</body></html>"
BUCKET = {"wiring": WIRING, "name": "sources"}
CASES: dict[str, tuple[str, dict[str, Any], str, str]] = {
    "eks": ("epinio_cluster_info", {"name": "one"}, "read EKS cluster one", "EKS"),
    "iam": ("epinio_oidc_provider", {"wiring": WIRING, "issuer": ISSUER}, "read OIDC provider", "IAM"),
    "s3": ("epinio_bucket", BUCKET, "find bucket sources", "S3"),
}


class _Portal(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(self.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(PAGE)

    def do_POST(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(params=[200, 302, 403])
def portal(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a server that answers everything with a page, in the way of captive portals and proxies."""
    handler = type("Portal", (_Portal,), {"status": request.param})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize("service", CASES)
def test_a_page_in_the_place_of_aws(service: str, check: bool, portal: str, tmp_path: Path) -> None:
    name, arguments, attempt, answerer = CASES[service]
    env = {
        "AWS_ENDPOINT_URL": portal,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIA1234567890",
        "AWS_SECRET_ACCESS_KEY": "nobody-sees",
        "HOME": str(tmp_path),
    }
    result = run_module(name, arguments, env, check)
    message = result["msg"]
    assert result["failed"]
    assert message.startswith(f"Could not {attempt}"), message
    assert f"the answer is not {answerer}'s (" in message
    assert "text/html" in message
    assert message.endswith("Check AWS_ENDPOINT_URL and HTTPS_PROXY.")
