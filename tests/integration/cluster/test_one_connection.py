"""A real API server, asked by our own client and by helm: its audit log shows the same caller for both."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest as rest
from ansible_collections.epinio.aws.plugins.module_utils.domain import connecting
from ansible_collections.epinio.aws.plugins.module_utils.errors import EpinioAwsError, ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import helm_for
from ansible_collections.epinio.aws.plugins.module_utils.kubernetes_client import AGENT, KubernetesClient
from ansible_collections.epinio.aws.plugins.module_utils.readers.connections import read_connection
from kubernetes import client

from sandbox.cluster import Cluster
from tests.integration.cluster.workloads import Workloads

pytestmark = pytest.mark.live

V1 = "client.authentication.k8s.io/v1"


class Proxy:
    """An HTTP proxy for CONNECT, on loopback. `asked` are the hosts that it led to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _address = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._lead, args=(peer,), daemon=True).start()

    def _lead(self, peer: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += peer.recv(4096)
        target = head.split()[1].decode()
        self.asked.append(target)
        host, _colon, port = target.rpartition(":")
        with peer, socket.create_connection((host, int(port))) as other:
            peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=pump, args=(other, peer), daemon=True)
            back.start()
            pump(peer, other)
            back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    yield made
    made.listener.close()


@pytest.fixture
def token(workloads: Workloads) -> str:
    """The token of an account that may read its namespace's Secrets."""
    space = workloads.namespace
    workloads.core.create_namespaced_service_account(space, {"metadata": {"name": "caller"}})
    subject = {"kind": "ServiceAccount", "name": "caller", "namespace": space}
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"}
    binding = {"metadata": {"name": "caller"}, "subjects": [subject], "roleRef": role}
    client.RbacAuthorizationV1Api(workloads.api_client).create_namespaced_role_binding(space, binding)
    answer = workloads.core.create_namespaced_service_account_token("caller", space, {"spec": {}})
    return str(answer.status.token)


@pytest.fixture
def alone(shared_cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in shared_cluster.environment().items():
        monkeypatch.setenv(name, value)
    for name in list(os.environ):
        if name.startswith(("K8S_AUTH_", "KUBE")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def config(cluster: Cluster, folder: Path, user: dict[str, Any], **more: Any) -> Path:
    """The cluster's own kubeconfig, with another user and other fields in its cluster."""
    content = yaml.safe_load(cluster.kubeconfig.read_text(encoding="utf-8"))
    own = content["users"][0]["user"]
    content["users"][0]["user"] = {**(own if user.pop("own", False) else {}), **user}
    content["clusters"][0]["cluster"].update(more)
    path = folder / "config"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    path.chmod(0o600)
    return path


def callers(cluster: Cluster, offset: int, space: str) -> dict[str, set[str]]:
    """Who listed the namespace's Secrets since then, by program; an impersonated user in parentheses."""
    found: dict[str, set[str]] = {"python": set(), "helm": set()}
    for line in cluster.audit_log.read_bytes()[offset:].decode().splitlines():
        event = json.loads(line)
        if f"/namespaces/{space}/secrets" in event["requestURI"]:
            program = "python" if event.get("userAgent") == AGENT else "helm"
            as_whom = event.get("impersonatedUser", {})
            groups = sorted(set(as_whom.get("groups", ())) - {"system:authenticated"})
            shown = f" ({as_whom['username']} {' '.join(groups)})" if as_whom else ""
            found[program].add(event["user"]["username"] + shown)
    return found


def both(cluster: Cluster, space: str, options: dict[str, Any], folder: Path) -> str:
    """Who called, after our own client and helm have both listed the Secrets."""
    offset = cluster.audit_log.stat().st_size
    api = KubernetesClient(read_connection(options), str(folder), patience=0)
    rest.items("list the Secrets", api, rest.path("v1/secrets", space))
    helm_for("helm", api, str(folder)).run("list releases", ["list", "--namespace", space], seconds=60)
    found = callers(cluster, offset, space)
    assert found["python"] == found["helm"]
    (caller,) = found["python"]
    return caller


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize("override", ["none", "insecure", "host", "proxy", "impersonation", "authority"])
@pytest.mark.parametrize("kind", ["certificate", "token", "token file", "exec", "as", "proxy-url", "pod"])
def test_the_same_caller(
    shared_cluster: Cluster,
    workloads: Workloads,
    token: str,
    proxy: Proxy,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    override: str,
) -> None:
    account = f"system:serviceaccount:{workloads.namespace}:caller"
    endpoint = urlsplit(shared_cluster.settings.endpoint)
    credential = {"apiVersion": V1, "kind": "ExecCredential", "status": {"token": token}}
    (tmp_path / "token").write_text(token, encoding="utf-8")
    (tmp_path / "credential").write_text(json.dumps(credential), encoding="utf-8")
    plugin = {"apiVersion": V1, "command": "cat", "args": [str(tmp_path / "credential")], "interactiveMode": "Never"}
    users: dict[str, tuple[dict[str, Any], str]] = {
        "certificate": ({"own": True}, "kubernetes-admin"),
        "token": ({"token": token}, account),
        "token file": ({"tokenFile": "token"}, account),
        "exec": ({"exec": plugin}, account),
        "as": ({"own": True, "as": "x", "as-groups": ["system:masters"]}, "kubernetes-admin (x system:masters)"),
        "proxy-url": ({"token": token}, account),
        "pod": ({}, account),
    }
    user, expected = users[kind]
    more = {"proxy-url": proxy.url} if kind == "proxy-url" else {}
    path = config(shared_cluster, tmp_path, user, **more)
    options: dict[str, Any] = {"kubeconfig": str(path)}
    ca = base64.b64decode(
        yaml.safe_load(path.read_text(encoding="utf-8"))["clusters"][0]["cluster"]["certificate-authority-data"]
    )
    (tmp_path / "ca.crt").write_bytes(ca)
    if kind == "pod":
        options = {}
        monkeypatch.setattr(connecting, "SERVICE_ACCOUNT", str(tmp_path))
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", str(endpoint.hostname))
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(endpoint.port))
    given = {
        "none": {},
        "insecure": {"K8S_AUTH_VERIFY_SSL": "false"},
        "host": {"K8S_AUTH_HOST": f"https://localhost:{endpoint.port}/"},
        "proxy": {"K8S_AUTH_PROXY": proxy.url},
        "impersonation": {"K8S_AUTH_IMPERSONATE_USER": "y", "K8S_AUTH_IMPERSONATE_GROUPS": "system:masters"},
        "authority": {"K8S_AUTH_SSL_CA_CERT": str(tmp_path / "ca.crt")},
    }[override]
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    if override == "impersonation":
        expected = f"{expected.partition(' ')[0]} (y system:masters)"
        if kind not in ("certificate", "as"):
            # Only an administrator may impersonate.
            with pytest.raises(ServiceFailed, match="cannot impersonate"):
                both(shared_cluster, workloads.namespace, options, tmp_path)
            return
    assert both(shared_cluster, workloads.namespace, options, tmp_path) == expected
    if kind == "proxy-url" or override == "proxy":
        assert len(proxy.asked) >= 2
    assert sorted(one.name for one in tmp_path.iterdir()) == ["ca.crt", "config", "credential", "token"]


@pytest.mark.usefixtures("alone")
def test_a_host_that_is_dead_counts_for_both(shared_cluster: Cluster, tmp_path: Path) -> None:
    options = {"kubeconfig": str(shared_cluster.kubeconfig), "host": "https://127.0.0.1:9"}
    api = KubernetesClient(read_connection(options), str(tmp_path), patience=0)
    with pytest.raises(EpinioAwsError, match="refused"):
        rest.items("list", api, rest.path("v1/secrets", "default"))
    with pytest.raises(EpinioAwsError, match="127.0.0.1:9"):
        helm_for("helm", api, str(tmp_path)).run("list", ["list"], seconds=60)


@pytest.mark.usefixtures("alone")
def test_another_authority_is_refused_with_its_setting(shared_cluster: Cluster, tmp_path: Path) -> None:
    other = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not other:
        pytest.skip("this machine has no authorities of its own")
    (tmp_path / "ca").write_text(ssl.DER_cert_to_PEM_cert(other[0]), encoding="utf-8")
    options = {"kubeconfig": str(shared_cluster.kubeconfig), "ca_cert": str(tmp_path / "ca")}
    api = KubernetesClient(read_connection(options), str(tmp_path))
    with pytest.raises(ServiceFailed, match="correct ca_cert"):
        rest.items("list", api, rest.path("v1/secrets", "default"))
