"""epinio_cluster_info against EKS's stand-in and a real API server."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import pki, stand_in
from sandbox.cluster import Cluster
from sandbox.settings import new_issuer
from tests.integration.modules import run_module

pytestmark = pytest.mark.live

MODULE = "epinio_cluster_info"


def run(cluster: Cluster, check: bool = False, environment: dict[str, str] | None = None, **args: Any) -> Any:
    return run_module(MODULE, {"name": "epinio", **args}, {**cluster.variables(), **(environment or {})}, check)


def actions(cluster: Cluster, offset: int) -> list[str]:
    lines = (cluster.folder / "aws.jsonl").read_text(encoding="utf-8").splitlines()[offset:]
    return [json.loads(line)["action"] for line in lines]


def size(cluster: Cluster) -> int:
    return len((cluster.folder / "aws.jsonl").read_text(encoding="utf-8").splitlines())


def asked(cluster: Cluster, offset: int) -> list[str]:
    """What Python's client asked the API server since then, as paths without their queries."""
    lines = cluster.audit_log.read_bytes()[offset:].decode().splitlines()
    events = [event for event in map(json.loads, lines) if event.get("userAgent", "") == "epinio.aws"]
    return [event["requestURI"].partition("?")[0] for event in events]


@pytest.mark.parametrize("check", [True, False])
def test_the_cluster_in_one_call(shared_cluster: Cluster, check: bool) -> None:
    before = size(shared_cluster)
    found = run(shared_cluster, check, kubeconfig=str(shared_cluster.kubeconfig))
    assert actions(shared_cluster, before) == ["eks:DescribeCluster"]
    here, shown = shared_cluster.settings, found["cluster"]
    assert not found["changed"]
    assert (shown["arn"], shown["issuer"], shown["account"]) == (here.arn, here.issuer, here.account)
    assert shown["provider_arn"].endswith(here.issuer.removeprefix("https://"))
    assert shown["wiring"] == f"{here.arn}/epinio"
    assert shown["kubernetes"] == {
        "server": here.endpoint,
        "kubeconfig": str(shared_cluster.kubeconfig),
        "context": here.arn,
        "matched_by": "certificate authority",
        "overridden": [],
    }


@pytest.fixture
def bundle(shared_cluster: Cluster, tmp_path: Path) -> Path:
    """A kubeconfig that trusts another authority too, as behind a proxy: its certificates decide nothing."""
    pki.create(tmp_path / "pki")
    both = tmp_path / "both.crt"
    authorities = [folder / "pki" / "ca.crt" for folder in (shared_cluster.folder, tmp_path)]
    both.write_text("".join(path.read_text(encoding="utf-8") for path in authorities), encoding="utf-8")
    content = yaml.safe_load(shared_cluster.kubeconfig.read_text(encoding="utf-8"))
    cluster = content["clusters"][0]["cluster"]
    cluster.pop("certificate-authority-data", None)
    cluster["certificate-authority"] = str(both)
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content), encoding="utf-8")
    return tmp_path / "kubeconfig"


def test_the_issuer_decides_where_the_authority_does_not(shared_cluster: Cluster, bundle: Path) -> None:
    found = run(shared_cluster, kubeconfig=str(bundle))
    assert found["cluster"]["kubernetes"]["matched_by"] == "issuer"


def test_an_issuer_that_may_not_be_read_is_refused(shared_cluster: Cluster, bundle: Path) -> None:
    nobody = {"K8S_AUTH_IMPERSONATE_USER": "nobody"}
    refused = run(shared_cluster, environment=nobody, kubeconfig=str(bundle))
    for part in (shared_cluster.settings.endpoint, "EKS cluster epinio", "nobody", "issuer-discovery"):
        assert part in refused["msg"]


@pytest.fixture
def other(shared_cluster: Cluster, tmp_path: Path) -> str:
    """The name of a second cluster of the account, which the kubeconfig does not lead to."""
    pki.create(tmp_path / "pki")
    here = shared_cluster.settings
    settings = replace(here, name="other", issuer=new_issuer(here.region), nodes=())
    # With a stand-in of its own the cluster would make a second one; this one is only registered.
    stand_in.register_cluster(tmp_path, replace(settings, aws_url=here.aws_endpoint))
    return settings.name


def test_a_kubeconfig_of_another_cluster_is_refused_naming_both(shared_cluster: Cluster, other: str) -> None:
    refused = run(shared_cluster, name=other)
    for part in ("EKS cluster other", shared_cluster.settings.endpoint, shared_cluster.settings.issuer):
        assert part in refused["msg"]


def test_a_cluster_without_an_issuer_is_for_the_roles_of_nodes(shared_cluster: Cluster) -> None:
    here = shared_cluster.settings
    bare = replace(here, name="bare", issuer="", nodes=(), aws_url=here.aws_endpoint)
    stand_in.register_cluster(shared_cluster.folder, bare)
    assert "Choose the roles of its nodes (playbook instance_profile)" in run(shared_cluster, name="bare")["msg"]
    shown = run(shared_cluster, name="bare", roles_for_accounts=False)["cluster"]
    assert (shown["issuer"], shown["provider_arn"]) == ("", "")
    assert shown["kubernetes"]["matched_by"] == "certificate authority"


def test_where_that_is_accepted_a_notice_names_both(shared_cluster: Cluster, other: str) -> None:
    refused = run(shared_cluster, name=other, teardown=True)
    assert "set epinio_cluster_gone" in refused["msg"]
    accepted = run(shared_cluster, name=other, teardown=True, cluster_gone=True)
    (notice,) = accepted["notices"]
    for part in ("EKS cluster other", shared_cluster.settings.endpoint, shared_cluster.settings.issuer):
        assert part in refused["msg"]
        assert part in notice
    assert (accepted["cluster"]["exists"], accepted["cluster"]["reachable"]) == (True, False)


@pytest.mark.parametrize("namespace", ["epinio", "not-there"])
def test_a_teardown_asks_the_api_server_whether_it_answers(shared_cluster: Cluster, namespace: str) -> None:
    before, offset = size(shared_cluster), shared_cluster.audit_log.stat().st_size
    found = run(shared_cluster, namespace=namespace, teardown=True)
    assert actions(shared_cluster, before) == ["eks:DescribeCluster"]
    assert asked(shared_cluster, offset) == [f"/api/v1/namespaces/{namespace}/secrets"]
    assert (found["cluster"]["exists"], found["cluster"]["reachable"], found["notices"]) == (True, True, [])
    usual = run(shared_cluster, namespace=namespace)
    assert usual["cluster"] == found["cluster"]


def test_a_caller_without_rights_does_not_reach_it(shared_cluster: Cluster) -> None:
    nobody = {"K8S_AUTH_IMPERSONATE_USER": "nobody"}
    refused = run(shared_cluster, environment=nobody, teardown=True)
    for part in (shared_cluster.settings.endpoint, "nobody", "Grant this right", "set epinio_cluster_gone"):
        assert part in refused["msg"]


@pytest.mark.parametrize(
    ("args", "message", "calls"),
    [
        ({"name": "nothing"}, "no EKS cluster nothing in us-east-1 of account", 2),
        ({"account_id": "999999999999"}, "not to 999999999999", 1),
        ({"name": "nothing", "account_id": "999999999999"}, "not to 999999999999", 2),
        ({"account_id": "99"}, "epinio_account_id has 12 digits", 0),
        ({"region": "us east 1"}, "epinio_region", 0),
        ({"name": "a/b"}, "epinio_cluster_name", 0),
        ({"namespace": "A"}, "epinio_namespace", 0),
    ],
)
def test_refusals(shared_cluster: Cluster, args: dict[str, Any], message: str, calls: int) -> None:
    before = size(shared_cluster)
    refused = run(shared_cluster, **args)
    assert refused["failed"]
    assert message in refused["msg"]
    assert len(actions(shared_cluster, before)) == calls


def test_no_region_is_refused_with_every_place_to_set_it(shared_cluster: Cluster) -> None:
    refused = run(shared_cluster, environment={"AWS_REGION": "", "AWS_DEFAULT_REGION": ""})
    assert "epinio_region, AWS_REGION, AWS_DEFAULT_REGION" in refused["msg"]
