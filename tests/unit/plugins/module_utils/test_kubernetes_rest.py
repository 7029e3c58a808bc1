"""Calls of the Kubernetes API: what is sent, and what is made of the answers."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Identity, Impersonation
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient

from tests.unit.plugins.module_utils.fake_kubernetes import FILE, FakeKubernetes

EXTRA = (("x/y", ("1", "2")),)
POD = rest.path("v1/pods", "epinio", "a")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (("v1/nodes",), "/api/v1/nodes"),
        (("v1/secrets", "space"), "/api/v1/namespaces/space/secrets"),
        (("apps/v1/deployments", "space", "a"), "/apis/apps/v1/namespaces/space/deployments/a"),
        (("v1/serviceaccounts", "space", "a", "token"), "/api/v1/namespaces/space/serviceaccounts/a/token"),
        (("v1/secrets", "a/b", "../c"), "/api/v1/namespaces/a%2Fb/secrets/..%2Fc"),
    ],
)
def test_paths(given: tuple[str, ...], path: str) -> None:
    assert rest.path(*given) == path


def test_the_path_of_what_is_in_no_namespace() -> None:
    path = rest.path("apiextensions.k8s.io/v1/customresourcedefinitions", name="apps.x")
    assert path == "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apps.x"


def test_what_is_not_there_is_none_but_not_for_a_change() -> None:
    nothing: Any = FakeKubernetes(lambda _: (404, {"message": "not found"}))
    assert rest.read("read it", nothing, POD) is None
    assert rest.items("list it", nothing, POD) == []
    with pytest.raises(ServiceFailed, match="Could not patch it: not found") as caught:
        rest.patch("patch it", nothing, POD, {})
    assert caught.value.code == "404"


@pytest.mark.parametrize("found", [{"items": None}, {"items": []}])
def test_the_server_may_send_null_for_no_objects(found: Any) -> None:
    assert rest.items("list it", FakeKubernetes(lambda _: (200, found)), rest.path("v1/pods", "epinio")) == []


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"message": 'User "a" cannot get path "/x"'}, 'User "a" cannot get path "/x". Grant this right to that user'),
        (b"", "HTTP status 403, application/json, empty. It names no right that is missing"),
        ([], "HTTP status 403, application/json, '[]'. It names no right that is missing"),
        ({}, "HTTP status 403, application/json, '{}'. It names no right that is missing"),
        (
            b"forbidden by waf",
            "HTTP status 403, application/json, 'forbidden by waf'. It names no right that is missing",
        ),
    ],
)
def test_a_refusal(body: Any, text: str) -> None:
    with pytest.raises(ServiceFailed) as caught:
        rest.read("read role r", FakeKubernetes(lambda _: (403, body)), POD)
    assert caught.value.code == "403"
    assert str(caught.value).startswith(f"Could not read role r: {text}")


@pytest.mark.parametrize(
    ("status", "body", "text"),
    [
        (
            503,
            b"no healthy upstream",
            "HTTP status 503, application/json, 'no healthy upstream'. Run it again. If it stays so",
        ),
        (500, {"message": "etcd has no leader"}, "etcd has no leader. Run it again. If it stays so"),
        (429, {"message": "Too many requests"}, "Too many requests. The API server, or what stands before it, has too"),
        (504, b"", "HTTP status 504, application/json, empty. Run it again."),
    ],
)
def test_a_change_that_is_not_carried_out(status: int, body: Any, text: str) -> None:
    with pytest.raises(ServiceFailed) as caught:
        rest.create("create it", FakeKubernetes(lambda _: (status, body)), POD, {})
    assert str(caught.value).startswith(f"Could not create it: {text}")


def test_a_caller_whom_the_server_does_not_know() -> None:
    with pytest.raises(ServiceFailed, match="epinio_kubeconfig"):
        rest.read("read it", FakeKubernetes(lambda _: (401, {"message": "Unauthorized"})), POD)


@pytest.fixture
def heard() -> Iterator[tuple[str, list[Any]]]:
    """The address of a server, and the requests that it got: request line, headers, body. It does not say much."""
    requests: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            requests.append((self.requestline, self.headers, json.loads(body) if body else None))
            self.send_response(500)
            self.end_headers()

        def do_PATCH(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", requests
        server.shutdown()
        thread.join()


def test_the_connection_is_the_clients(heard: tuple[str, list[Any]], tmp_path: Path) -> None:
    """A token's file is read for each call: it may be replaced."""
    host, requests = heard
    token = tmp_path / "token"
    connection = Connection(
        host, FILE, identity=Identity(token_file=str(token)), impersonation=Impersonation("ü", ("a", "b"), "7", EXTRA)
    )
    api = KubernetesClient(connection, patience=0)
    calls: tuple[Callable[[], object], ...] = (
        lambda: rest.items("list", api, POD, metadata_only=True, labelSelector="a=b,c", limit=1),
        lambda: rest.patch("patch", api, POD, {"data": {"kept": None}}, fieldManager="epinio.aws"),
    )
    for number, call in enumerate(calls):
        token.write_text(f"t{number}\n", encoding="utf-8")
        with pytest.raises(ServiceFailed, match="Internal Server Error") as caught:
            call()
        assert caught.value.code == "500"
    (listing, asked, none), (patching, sent, body) = requests
    assert listing == f"GET {POD}?labelSelector=a%3Db%2Cc&limit=1 HTTP/1.1"
    assert asked["Accept"] == rest.METADATA_ONLY
    assert asked.get_all("Impersonate-Group") == sent.get_all("Impersonate-Group") == ["a", "b"]
    assert asked["Impersonate-User"].encode("latin-1", "surrogateescape").decode() == "ü"
    assert (asked["Impersonate-Uid"], asked.get_all("Impersonate-Extra-x%2Fy")) == ("7", ["1", "2"])
    assert none is None
    assert patching == f"PATCH {POD}?fieldManager=epinio.aws HTTP/1.1"
    assert sent["Content-Type"] == "application/strategic-merge-patch+json"
    assert [one["Authorization"] for one in (asked, sent)] == ["Bearer t0", "Bearer t1"]
    assert body == {"data": {"kept": None}}
