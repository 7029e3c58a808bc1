"""Where the connection comes from, and when it is the cluster's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, kubeconfig
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.connection import Connection, Source
from ansible_collections.epinio.aws.plugins.module_utils.domain.kubeconfig import Match
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused, ServiceFailed

ISSUER = "https://issuer.example/id/A"
OURS, OTHER = b"certificate one", b"certificate two"
FILE = Source("/somewhere/config", "admin", is_file=True)


def pem(der: bytes, width: int = 8) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + width] for start in range(0, len(text), width)]
    return "\n".join(["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""])


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_certificates_are_compared_by_content_not_by_their_file() -> None:
    bundle = f"# the first\n{pem(OURS)}\nanother:\n{pem(OTHER, width=64)}"
    assert kubeconfig.certificates(bundle) == {OURS, OTHER}
    assert kubeconfig.certificates(pem(OURS, width=64).replace("\n", "\r\n")) == {OURS}
    assert kubeconfig.cluster_certificates(encoded(pem(OURS, width=64))) == {OURS}


@pytest.mark.parametrize("data", ["", "not base64!", encoded("no certificate"), encoded(pem(b"").replace("\n", "x"))])
def test_what_is_no_certificate_is_none(data: str) -> None:
    assert kubeconfig.cluster_certificates(data) == frozenset()


def answers(issuer: str) -> Callable[[], str]:
    return lambda: issuer


def fails() -> str:
    raise ServiceFailed("read the issuer", "forbidden: User x cannot get path", code="403")


def cluster(*certificates: bytes) -> EksCluster:
    identity = arns.Cluster("aws", "eu-central-1", "123456789012", "epinio")
    return EksCluster(identity, "ACTIVE", issuer=ISSUER, certificates=frozenset(certificates))


def connection(*certificates: bytes) -> Connection:
    return Connection("https://api.example", FILE, frozenset(certificates))


@pytest.mark.parametrize(
    ("theirs", "trusted", "issuer", "expected"),
    [
        ([OURS], [OURS], fails, Match.AUTHORITY),
        ([OURS, OTHER], [OURS], fails, Match.AUTHORITY),
        ([OURS], [OTHER], answers(ISSUER), Match.ISSUER),
        ([OURS], [OURS, OTHER], answers(ISSUER), Match.ISSUER),
        ([OURS], [], answers(ISSUER), Match.ISSUER),
        ([], [], answers(ISSUER), Match.ISSUER),
        ([], [OURS], answers(ISSUER), Match.ISSUER),
    ],
)
def test_the_same_cluster(
    theirs: list[bytes], trusted: list[bytes], issuer: Callable[[], str], expected: Match
) -> None:
    assert kubeconfig.matched_by(cluster(*theirs), connection(*trusted), issuer) is expected


@pytest.mark.parametrize("trusted", [[OTHER], [OURS, OTHER], []])
def test_another_cluster_is_refused_naming_both(trusted: list[bytes]) -> None:
    with pytest.raises(Refused) as refusal:
        kubeconfig.matched_by(cluster(OURS), connection(*trusted), answers("https://issuer.example/id/B"))
    for part in ("https://api.example", "/somewhere/config", "context admin", "id/A", "id/B", "EKS cluster epinio"):
        assert part in str(refusal.value)


def test_a_cluster_without_an_issuer_is_no_other_cluster() -> None:
    young = replace(cluster(), issuer="")
    with pytest.raises(Refused, match="issuer is https://issuer.example/id/B, the cluster's is none"):
        kubeconfig.matched_by(young, connection(OTHER), answers("https://issuer.example/id/B"))


def test_what_cannot_be_told_is_refused_with_the_right_to_grant() -> None:
    with pytest.raises(Refused) as refusal:
        kubeconfig.matched_by(cluster(OURS), connection(OTHER), fails)
    for part in ("https://api.example", "EKS cluster epinio", "forbidden", "system:service-account-issuer-discovery"):
        assert part in str(refusal.value)
