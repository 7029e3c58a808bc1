"""Ports, the settings' file, loopback, the audit log's writes, and what is built."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import socket
from pathlib import Path
from typing import Any

import pytest

from sandbox import audit, build, settings
from sandbox.settings import Node, Ports, Settings, Timing


def cluster(**changes: Any) -> Settings:
    taint = {"key": "dedicated", "value": "x", "effect": "NoSchedule"}
    nodes = (Node("a", {"l": "v"}, "aws:///z/i-1", (taint,)), Node("b"))
    wanted = {
        "name": "epinio", "region": "eu-west-1", "account": "111122223333", "issuer": settings.new_issuer("eu-west-1"),
        "ports": Ports(1, 2, 3, 4, 5), "nodes": nodes, "timing": Timing(0.1, 0.2, 0.3), "helm": 4, **changes,
    }  # fmt: skip
    return Settings(**wanted)


def test_settings_survive_their_file(tmp_path: Path) -> None:
    cluster().write(tmp_path)
    assert Settings.read(tmp_path) is not None
    assert Settings.read(tmp_path) == cluster(issuer=Settings.read(tmp_path).issuer)


def test_addresses() -> None:
    assert cluster().aws_endpoint == "http://127.0.0.1:3"
    assert cluster(aws_url="http://127.0.0.1:9").aws_endpoint == "http://127.0.0.1:9"
    assert cluster().arn == "arn:aws:eks:eu-west-1:111122223333:cluster/epinio"


def test_a_copy_has_other_ports() -> None:
    original = cluster()
    copy = original.copied("http://127.0.0.1:9", None, "444455556666")
    assert (copy.issuer, copy.account) == (original.issuer, "444455556666")
    assert copy.ports != original.ports


def test_free_ports_are_free_and_outside_the_range_of_outgoing_connections() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", settings.free_ports(1)[0]))
        taken.listen()
        found = settings.free_ports(50)
        assert taken.getsockname()[1] not in found
    assert len(set(found)) == 50
    assert all(port in settings.PORTS for port in found)


def test_issuers_are_shaped_as_eks_makes_them() -> None:
    issuer = settings.new_issuer("us-east-1")
    assert re.fullmatch(r"https://oidc\.eks\.us-east-1\.amazonaws\.com/id/[0-9A-F]{32}", issuer)
    assert issuer != settings.new_issuer("us-east-1")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1"])
def test_loopback(url: str) -> None:
    assert settings.require_loopback(url) == url


@pytest.mark.parametrize("url", ["https://iam.amazonaws.com", "http://127.0.0.1.example.com", "http://10.0.0.1", "x"])
def test_not_loopback(url: str) -> None:
    with pytest.raises(ValueError, match="not a loopback"):
        settings.require_loopback(url)


def event(verb: str, user: str = "kubernetes-admin", uri: str = "/x", **reference: str) -> dict[str, Any]:
    named = {"resource": "secrets", "namespace": "ns", "name": "s", **reference}
    return {
        "verb": verb,
        "user": {"username": user},
        "requestURI": uri,
        "objectRef": named,
        "responseStatus": {"code": 200},
    }


@pytest.mark.parametrize(
    ("shown", "counts"),
    [
        (event("create"), True),
        (event("deletecollection"), True),
        (event("get"), False),
        (event("list"), False),
        (event("patch", uri="/x?dryRun=All&fieldManager=f"), False),
        (event("create", resource="serviceaccounts", subresource="token"), False),
        (event("create", resource="selfsubjectaccessreviews"), False),
        (event("create", resource="pods", subresource="eviction"), True),
        (event("update", user="system:serviceaccount:kube-system:deployment-controller"), False),
        (event("update", user="system:kube-scheduler"), False),
        (event("patch", user="sandbox"), False),
        (event("patch", user="system:serviceaccount:epinio:epinio-server"), True),
        ({**event("create"), "objectRef": None}, True),
    ],
)
def test_writes(shown: dict[str, Any], counts: bool, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    log.write_text(json.dumps(event("delete", name="before")) + "\n")
    before = log.stat().st_size
    with open(log, "a") as lines:
        lines.write(json.dumps(shown) + "\n")
    assert bool(audit.writes(log, before)) is counts
    assert audit.writes(log)[0] == audit.Write("kubernetes-admin", "delete", "secrets", "ns", "before", 200)


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (event("get"), ("get", "", "secrets", "ns")),
        (event("patch", uri="/x?dryRun=All"), ("patch", "", "secrets", "ns")),
        (event("create", resource="pods", subresource="log"), ("create", "", "pods/log", "ns")),
        (event("list", resource="deployments", apiGroup="apps"), ("list", "apps", "deployments", "ns")),
        (event("get", resource="namespaces"), ("get", "", "namespaces", "")),
        ({**event("get", uri="/version?timeout=1s"), "objectRef": None}, ("get", "", "/version", "")),
    ],
)
def test_calls(shown: dict[str, Any], found: tuple[str, ...], tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    by_cluster = event("get", user="system:kube-scheduler")
    log.write_text("".join(json.dumps({**one, "userAgent": "Helm/3"}) + "\n" for one in (by_cluster, shown)))
    assert audit.calls(log) == [audit.Call("Helm/3", *found)]


def test_every_program_reports_its_version() -> None:
    stamped = {target.output: target.linker_flags for target in build.targets()}
    assert "version.gitVersion=v1.36.3 " in stamped["controlplane"]
    assert "version.gitMinor=36" in stamped["controlplane"]
    assert "internal/version.version=v3." in stamped["helm3/helm"]
    assert "chartutil.k8sVersionMajor=1 " in stamped["helm3/helm"]
    assert "chartutil.k8sVersionMinor=36" in stamped["helm3/helm"]
    assert "internal/version.version=v4." in stamped["helm4/helm"]


def test_versions_are_those_of_the_module_file() -> None:
    modules = (build.SOURCES / "go.mod").read_text()
    assert f"k8s.io/kubernetes {settings.KUBERNETES_VERSION}" in modules
    for number, version in build.HELM_VERSIONS.items():
        assert f"helm.sh/helm/v{number} {version}" in modules
