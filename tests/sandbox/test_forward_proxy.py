"""The pods' proxy, asked by curl-like clients and by the AWS SDK's own metadata client, with servers on loopback."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore.utils import InstanceMetadataFetcher
from cryptography import x509

from sandbox import stand_in
from sandbox.forward_proxy import AWAY, ForwardProxy
from sandbox.instance_metadata import Guest, InstanceMetadata
from sandbox.pki import HostAuthority
from sandbox.settings import free_ports

LONG_BUCKET = "a" * 63


def test_a_certificate_for_a_name_that_is_too_long_for_a_subject(tmp_path: Path) -> None:
    host = f"{LONG_BUCKET}.s3.dualstack.eu-west-1.amazonaws.com"
    certificate, _ = HostAuthority(tmp_path).issue(host)
    shown = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]


class Ec2:
    """One instance with the hop limit that a test wants."""

    def __init__(self) -> None:
        self.hops, self.away = 2, False

    def instance(self, instance_id: str) -> dict[str, Any] | None:
        if self.away:
            raise stand_in.StandInError("away")
        options = {"HttpPutResponseHopLimit": self.hops, "HttpTokens": "required", "HttpEndpoint": "enabled"}
        return {"InstanceId": instance_id, "State": {"Name": "running"}, "MetadataOptions": options}

    def credentials(self, _instance_id: str) -> dict[str, str]:
        return {
            "role_name": "nodes", "access_key_id": "ASIA1", "secret_access_key": "hidden", "session_token": "token",
            "expiration": "2036-01-01T06:00:00Z", "last_updated": "2026-01-01T00:00:00Z",
        }  # fmt: skip


class Echo(BaseHTTPRequestHandler):
    """Answers with what it was asked, without keeping the connection, as the stand-in does."""

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(f"{self.headers['Host']} {self.path} {len(content)}")

    def do_GET(self) -> None:
        self._answer(f"{self.headers['Host']} {self.path}")

    def _answer(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def echo() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


class Site:
    """A proxy, and a client of it that is a pod on an instance."""

    def __init__(self, folder: Path, aws_port: int) -> None:
        self.ec2 = Ec2()
        (port,) = free_ports(1)
        metadata = InstanceMetadata(self.ec2, lambda: 0.0)
        self.proxy = ForwardProxy(port, folder, aws_port, aws_port, metadata)
        self.folder, self.address = folder, f"http://127.0.0.1:{port}"

    def client(self, uid: str = "u1", instance: str | None = "i-0a1b2c3d4e5f60718") -> urllib3.ProxyManager:
        guest = Guest("ns/p", instance, "eu-west-1a", host_network=False)
        variables = self.proxy.admit("u1", guest)
        assert variables["HTTPS_PROXY"] == self.address.replace("//", "//u1:pod@")
        headers = urllib3.make_headers(proxy_basic_auth=f"{uid}:pod")
        return urllib3.ProxyManager(
            self.address, proxy_headers=headers, ca_certs=variables["SSL_CERT_FILE"], retries=False, timeout=5
        )


@pytest.fixture
def site(tmp_path: Path, echo: int) -> Iterator[Site]:
    running = Site(tmp_path / "proxy", echo)
    running.proxy.start()
    yield running
    running.proxy.stop()


@pytest.mark.parametrize("host", ["sts.amazonaws.com", "my.bucket.s3.dualstack.eu-west-1.amazonaws.com"])
def test_aws_sees_the_host_that_the_pod_meant(site: Site, host: str) -> None:
    client = site.client()
    for _ in range(2):
        assert client.request("GET", f"https://{host}/a%20b?c=d").data.decode() == f"{host} /a%20b?c=d"
    large = b"x" * 3_000_000
    assert client.request("PUT", f"https://{host}/x", body=large).data.decode() == f"{host} /x 3000000"
    assert sorted(path.name for path in site.folder.iterdir()) == sorted(["ca.crt", f"{host}.crt", f"{host}.key"])


def test_nothing_is_made_before_the_first_pod(site: Site) -> None:
    assert not site.folder.exists()


def test_everything_else_is_refused_and_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = site.client()
    with pytest.raises(urllib3.exceptions.ProxyError, match="403 Forbidden"):
        client.request("GET", "https://example.test/secret-path")
    answer = client.request("GET", "http://example.test/secret-path")
    assert (answer.status, b"not in the sandbox" in answer.data) == (403, True)
    assert "ns/p: example.test: refused" in caplog.text
    assert "ns/p: GET example.test: refused" in caplog.text
    assert "secret-path" not in caplog.text


def test_who_is_no_pod_gets_nowhere(site: Site) -> None:
    client = site.client("u2")
    with pytest.raises(urllib3.exceptions.ProxyError, match="407"):
        client.request("GET", "https://sts.amazonaws.com/")
    assert client.request("GET", "http://169.254.169.254/latest/meta-data/instance-id").status == 407
    site.proxy.dismiss("u1")
    assert site.client().request("GET", "https://sts.amazonaws.com/").status == 200


def test_a_stand_in_that_is_away(tmp_path: Path) -> None:
    (nobody,) = free_ports(1)
    site = Site(tmp_path / "proxy", nobody)
    site.proxy.start()
    with pytest.raises(urllib3.exceptions.ProxyError, match="502"):
        site.client().request("GET", "https://sts.amazonaws.com/")
    site.ec2.away = True
    assert site.client().request("GET", "http://169.254.169.254/latest/meta-data/instance-id").status == 500
    site.proxy.stop()


def test_a_host_that_is_away(site: Site) -> None:
    client = site.client()
    assert client.request("GET", "https://sts.amazonaws.com/").status == 200
    (site.folder / AWAY).write_text("sts.amazonaws.com\n", encoding="utf-8")
    with pytest.raises(urllib3.exceptions.ProxyError, match="502"):
        site.client().request("GET", "https://sts.amazonaws.com/")
    assert site.client().request("GET", "https://sts.us-east-1.amazonaws.com/").status == 200


def metadata_credentials(site: Site, instance: str | None = "i-0a1b2c3d4e5f60718") -> Any:
    """What the SDK's own client of the metadata service gets; it asks for the proxy in the environment."""
    site.client(instance=instance)
    return InstanceMetadataFetcher(timeout=1, num_attempts=1).retrieve_iam_role_credentials()


@pytest.fixture
def pod_s_environment(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in site.proxy.admit("u1", Guest("ns/p", None, "", host_network=False)).items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("pod_s_environment")
def test_the_sdk_gets_the_node_s_role_through_the_proxy(site: Site) -> None:
    found = metadata_credentials(site)
    assert (found["role_name"], found["access_key"], found["token"]) == ("nodes", "ASIA1", "token")


@pytest.mark.usefixtures("pod_s_environment")
def test_the_sdk_gets_nothing_one_hop_too_far_or_without_an_instance(site: Site) -> None:
    assert metadata_credentials(site, instance=None) == {}
    site.ec2.hops = 1
    assert metadata_credentials(site) == {}


def test_one_hop_too_far_nothing_arrives_until_the_client_gives_up(site: Site) -> None:
    site.client()
    site.ec2.hops = 1
    with socket.create_connection(("127.0.0.1", int(site.address.rpartition(":")[2]))) as pod:
        headers = "Proxy-Authorization: Basic dTE6cG9k\r\nX-aws-ec2-metadata-token-ttl-seconds: 9\r\n\r\n"
        pod.sendall(f"PUT http://169.254.169.254/latest/api/token HTTP/1.1\r\n{headers}".encode())
        pod.settimeout(0.5)
        with pytest.raises(TimeoutError):
            pod.recv(1)
