"""Which calls of the Kubernetes API are tried again, and for how long. No test sleeps."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import socket
import ssl
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_retries
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Proxy, Source
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import KubernetesClient
from urllib3 import exceptions

from tests.unit.plugins.module_utils.fake_kubernetes import FakeKubernetes

POD = rest.path("v1/pods", "epinio", "a")
REFUSED = exceptions.NewConnectionError(None, "Failed to establish a new connection: [Errno 111] refused")  # type: ignore[arg-type]
CUT = exceptions.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset"))
SLOW = exceptions.ConnectTimeoutError(None, "timed out")
LATE = exceptions.ReadTimeoutError(None, "/", "Read timed out.")  # type: ignore[arg-type]
EOF = exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))
FORGED = exceptions.SSLError(ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed"))
GOOD = (200, {"metadata": {"name": "a", "namespace": "epinio", "uid": "1", "resourceVersion": "1"}})


class Server(FakeKubernetes):
    """Answers with these in turn, with the last one for ever. The clock goes only while somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: Any) -> None:
        super().__init__(lambda _: (200, {}))
        self.answers = answers
        self.patience = 60.0
        self.now, self.renewable = 0.0, False
        sleeping = kubernetes_retries.Patience

        def patience(seconds: float) -> kubernetes_retries.Patience:
            return sleeping(seconds, lambda: self.now, self.sleep)

        monkeypatch.setattr(rest, "Patience", patience)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def send(self, *sent: Any) -> Any:
        self.calls.append(sent)  # type: ignore[arg-type]
        found = self.answers[min(len(self.calls), len(self.answers)) - 1]
        if isinstance(found, Exception):
            raise found
        status, content, *headers = found
        if status == 200:
            content = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}, **content}
        data = json.dumps(content).encode()
        return SimpleNamespace(status=status, reason="", data=data, headers=headers[0] if headers else {})

    def renew(self) -> bool:
        return self.renewable


def wait(seconds: object) -> dict[str, str]:
    return {"Retry-After": str(seconds)}


@pytest.mark.parametrize(
    "fault", [REFUSED, CUT, SLOW, LATE, EOF, *((n, {}) for n in (429, 500, 502, 503, 504))], ids=str
)
def test_a_read_is_tried_again(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    server = Server(monkeypatch, fault, fault, GOOD)
    assert rest.read("read it", server, POD)["metadata"]["name"] == "a"
    assert (len(server.calls), server.now) == (3, 1.5)


@pytest.mark.parametrize("fault", [REFUSED, SLOW, (429, {}, wait(3)), (503, {}, wait(3)), (500, {}, wait(3))], ids=str)
@pytest.mark.parametrize("verb", ["POST", "PATCH", "DELETE", "PUT"])
def test_a_write_is_tried_again_where_nothing_has_happened(
    monkeypatch: pytest.MonkeyPatch, fault: Any, verb: str
) -> None:
    server = Server(monkeypatch, fault, GOOD)
    assert rest.call("write it", server, verb, POD, {}, body={})
    assert len(server.calls) == 2


@pytest.mark.parametrize("fault", [CUT, LATE, EOF, (500, {}), (503, {}), (429, {}), (504, {})], ids=str)
def test_a_write_is_not_where_it_may_have_happened(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    server = Server(monkeypatch, fault, GOOD)
    with pytest.raises(ServiceFailed):
        rest.patch("write it", server, POD, {})
    assert (len(server.calls), server.now) == (1, 0)


@pytest.mark.parametrize("fault", [FORGED, (403, {}), (404, {}), (409, {}), (422, {}), (401, {}), (302, {})], ids=str)
def test_what_stays_as_it_is_is_told_at_once(monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    server = Server(monkeypatch, fault, GOOD)
    with pytest.raises(ServiceFailed):
        rest.call("read it", server, "GET", POD, {})
    assert len(server.calls) == 1


@pytest.mark.parametrize(
    ("number", "tries"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)], ids=["unknown", "cannot be asked for"]
)
@pytest.mark.parametrize("proxy", ["", "http://proxy.test:3128"])
def test_names(monkeypatch: pytest.MonkeyPatch, number: int, tries: int, proxy: str) -> None:
    """What urllib3 makes of it differs between its versions, so it is urllib3 that asks for the name."""
    asked: list[str] = []

    def nobody(host: str, *_: Any) -> Any:
        asked.append(host)
        raise socket.gaierror(number, "Name or service not known")

    # It has the clock.
    Server(monkeypatch)
    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    connection = Connection("https://api.test", Source("in-cluster"), proxy=Proxy(proxy, "HTTPS_PROXY"))
    client = KubernetesClient(connection, patience=1.5)
    with pytest.raises(ServiceFailed, match="Name or service not known.*Check that https://api.test"):
        rest.read("read it", client, POD)
    assert len(asked) == tries


def test_it_ends_after_a_minute_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Server(monkeypatch, (500, {"message": "etcdserver: leader changed"}))
    with pytest.raises(ServiceFailed, match=r"leader changed \(\d+ tries in 5\d seconds\)") as caught:
        rest.items("list them", server, rest.path("v1/pods"))
    assert caught.value.code == "500"
    assert server.now <= 60
    refused = Server(monkeypatch, REFUSED)
    with pytest.raises(ServiceFailed, match=r"refused \(\d+ tries in 5\d seconds\). Check that https://api") as caught:
        rest.read("read it", refused, POD)
    assert "0x" not in str(caught.value)


@pytest.mark.parametrize("seconds", ["3600", "61"])
def test_a_server_that_wants_to_wait_longer_is_believed(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    server = Server(monkeypatch, (429, {"message": "slow down"}, wait(seconds)))
    with pytest.raises(ServiceFailed, match="slow down"):
        rest.patch("write it", server, POD, {})
    assert (len(server.calls), server.now) == (1, 0)


@pytest.mark.parametrize("named", ["0", "1"])
def test_the_number_of_times_is_bounded(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    server = Server(monkeypatch, (429, {}, wait(named)))
    with pytest.raises(ServiceFailed):
        rest.patch("write it", server, POD, {})
    assert len(server.calls) == 11


@pytest.mark.parametrize("named", ["", "soon", "-1", "²", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_what_is_no_number_of_seconds_is_none(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    server = Server(monkeypatch, (429, {}, wait(named)))
    with pytest.raises(ServiceFailed):
        rest.patch("write it", server, POD, {})
    assert len(server.calls) == 1


@pytest.mark.parametrize(("renewable", "calls"), [(True, 2), (False, 1)])
def test_an_identity_is_renewed_once(monkeypatch: pytest.MonkeyPatch, renewable: bool, calls: int) -> None:
    server = Server(monkeypatch, (401, {"message": "Unauthorized"}))
    server.renewable = renewable
    with pytest.raises(ServiceFailed, match="Renew the credentials"):
        rest.patch("write it", server, POD, {})
    assert len(server.calls) == calls
