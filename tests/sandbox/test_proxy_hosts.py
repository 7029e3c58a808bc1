"""Where pods get to by which name, and which nodes have a metadata service."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest

from sandbox import proxy_hosts
from sandbox.instance_metadata import Guest
from sandbox.pod_outside import guest_of
from sandbox.proxy_hosts import Way


@pytest.mark.parametrize(
    ("authority", "wanted"),
    [
        ("sts.amazonaws.com:443", Way.AWS),
        ("sts.eu-west-1.amazonaws.com:443", Way.AWS),
        ("STS.cn-north-1.amazonaws.com.cn:443", Way.AWS),
        ("s3.eu-west-1.amazonaws.com:443", Way.AWS),
        ("bucket.s3.eu-west-1.amazonaws.com:443", Way.AWS),
        ("my.bucket.s3.dualstack.eu-west-1.amazonaws.com:443", Way.AWS),
        ("ec2.us-gov-west-1.amazonaws.com:443", Way.AWS),
        ("s3.eu-west-1.amazonaws.com:80", Way.NOWHERE),
        ("amazonaws.com.example.test:443", Way.NOWHERE),
        ("notamazonaws.com:443", Way.NOWHERE),
        ("../amazonaws.com:443", Way.NOWHERE),
        ("kubernetes.default.svc:443", Way.KUBERNETES),
        ("10.100.0.1:443", Way.KUBERNETES),
        ("epinio.epinio.svc:443", Way.NOWHERE),
        ("127.0.0.1:443", Way.NOWHERE),
        ("localhost:443", Way.NOWHERE),
        ("169.254.169.254:443", Way.NOWHERE),
        ("example.test:443", Way.NOWHERE),
        ("nonsense", Way.NOWHERE),
    ],
)
def test_tunnels(authority: str, wanted: Way) -> None:
    assert proxy_hosts.tunnel(authority)[1] is wanted


@pytest.mark.parametrize(
    ("host", "port", "wanted"),
    [
        ("169.254.169.254", None, Way.METADATA),
        ("169.254.169.254", 80, Way.METADATA),
        ("169.254.169.254", 8080, Way.NOWHERE),
        ("169.254.170.23", None, Way.NOWHERE),
        ("s3.eu-west-1.amazonaws.com", None, Way.NOWHERE),
        ("127.0.0.1", 80, Way.NOWHERE),
    ],
)
def test_plain_requests(host: str, port: int | None, wanted: Way) -> None:
    assert proxy_hosts.plain(host, port) is wanted


@pytest.mark.parametrize(
    ("provider", "instance", "zone"),
    [
        ("aws:///eu-west-1a/i-0a1b2c3d4e5f60718", "i-0a1b2c3d4e5f60718", "eu-west-1a"),
        ("aws:///eu-west-1a/0a1b-c3d4/fargate-ip-10-0-1-10.ec2.internal", None, ""),
        ("eks-hybrid:///eu-west-1/epinio/mi-0a1b", None, ""),
        ("", None, ""),
    ],
)
def test_which_node_is_an_instance(provider: str, instance: str | None, zone: str) -> None:
    node = {"spec": {"providerID": provider}}
    assert guest_of("ns/p", {}, node) == Guest("ns/p", instance, zone, host_network=False)
    assert guest_of("ns/p", {"hostNetwork": True}, node).host_network
