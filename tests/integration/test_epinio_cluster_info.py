"""epinio_cluster_info at a teardown: clusters that are gone, in any state, or out of reach."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api_server import DISCOVERY, ApiServer, serving
from tests.integration.aws_site import ISSUER, Site
from tests.integration.modules import run_module

MODULE = "epinio_cluster_info"
SECRETS = "/api/v1/namespaces/epinio/secrets"
GONE: dict[str, Any] = {"teardown": True, "cluster_gone": True}
Runs = Callable[..., dict[str, Any]]


@pytest.fixture
def api() -> Iterator[ApiServer]:
    """The API server of the cluster that EKS describes."""
    with serving(ISSUER) as started:
        yield started


@pytest.fixture
def run(site: Site, api: ApiServer, tmp_path: Path) -> Runs:
    """Runs the module for cluster `one` with a kubeconfig that leads to the API server."""
    kubeconfig = api.kubeconfig(tmp_path)

    def once(check: bool = False, **args: Any) -> dict[str, Any]:
        keys = {key.upper(): value for key, value in site.stand_in.credentials(site.account).items()}
        env = {**keys, "AWS_ENDPOINT_URL": site.stand_in.url, "AWS_REGION": site.region, "HOME": str(tmp_path)}
        given = {"name": "one", "kubeconfig": str(kubeconfig), **args}
        result = run_module(MODULE, given, env, check)
        assert site.writes() == []
        assert "nobody-sees" not in json.dumps(result)
        return result

    return once


def plant(site: Site, **planted: Any) -> None:
    """A cluster that EKS describes."""
    settings = {"issuer": ISSUER, **planted}
    site.stand_in.control(
        "clusters", {"account": site.account, "region": site.region, "name": "one", "tags": {}, **settings}
    )


def test_a_cluster_that_is_gone_still_owns_what_is_marked_for_it(site: Site, run: Runs, api: ApiServer) -> None:
    found = run(teardown=True, pod_identity=True)
    assert site.actions() == ["eks:DescribeCluster", "sts:GetCallerIdentity"]
    checked = run(check=True, teardown=True, pod_identity=True)
    assert checked == {**found, "invocation": checked["invocation"]}
    shown = found["cluster"]
    assert (shown["exists"], shown["reachable"], found["notices"]) == (False, False, [])
    assert (shown["account"], shown["partition"], shown["region"]) == (site.account, "aws", site.region)
    assert (shown["issuer"], shown["provider_arn"], shown["status"]) == ("", "", "")
    assert shown["associated_accounts"] is None
    assert not any(shown["kubernetes"].values())
    assert api.asked == []
    site.run("epinio_iam_policy", {"name": "p", "access": "server", "bucket": "sources"})
    tags = site.client("iam").list_policy_tags(PolicyArn=f"arn:aws:iam::{site.account}:policy/p")["Tags"]
    assert {"Key": "epinio.aws/wiring", "Value": shown["wiring"]} in tags


def test_another_partition_is_told_by_the_callers_arn(site: Site, tmp_path: Path) -> None:
    keys = site.stand_in.credentials(site.account, "aws-cn")
    env = {key.upper(): value for key, value in keys.items()}
    env |= {"AWS_ENDPOINT_URL": site.stand_in.url, "AWS_REGION": "cn-north-1", "HOME": str(tmp_path)}
    shown = run_module(MODULE, {"name": "one", "teardown": True}, env)["cluster"]
    assert shown["arn"] == f"arn:aws-cn:eks:cn-north-1:{site.account}:cluster/one"
    assert shown["dns_suffix"] == "amazonaws.com.cn"


def test_another_account_is_refused_first(site: Site, run: Runs) -> None:
    refused = run(teardown=True, account_id="999999999999")
    assert f"belong to account {site.account}, not to 999999999999" in refused["msg"]


def test_only_a_teardown_takes_a_cluster_that_is_gone(run: Runs) -> None:
    assert "There is no EKS cluster one" in run(cluster_gone=True)["msg"]


@pytest.mark.parametrize("status", ["ACTIVE", "CREATING", "DELETING"])
def test_a_cluster_in_any_state(site: Site, run: Runs, api: ApiServer, status: str) -> None:
    plant(site, status=status)
    found = run(teardown=True)
    assert site.actions() == ["eks:DescribeCluster"]
    assert api.asked == [SECRETS, DISCOVERY]
    shown = found["cluster"]
    assert (shown["exists"], shown["reachable"], shown["status"]) == (True, True, status)
    assert shown["status"] == site.client("eks").describe_cluster(name="one")["cluster"]["status"]
    assert shown["kubernetes"]["matched_by"] == "issuer"
    assert [status in notice for notice in found["notices"]] == ([] if status == "ACTIVE" else [True])


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, "the API server says 401. Renew the credentials"),
        (403, "the API server says 403. It names no right"),
    ],
)
def test_an_api_server_that_does_not_admit_the_caller(
    site: Site, run: Runs, api: ApiServer, status: int, reason: str
) -> None:
    plant(site)
    api.status = status
    assert_out_of_reach(run, reason, f"http://127.0.0.1:{api.port} (kubeconfig")
    assert api.asked == [SECRETS] * 2


def test_an_api_server_that_nobody_serves(site: Site, run: Runs, api: ApiServer, tmp_path: Path) -> None:
    plant(site)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        api.port = silent.getsockname()[1]
        api.kubeconfig(tmp_path)
        assert_out_of_reach(run, "Connection refused", str(api.port), "context here")


def test_an_api_server_that_speaks_no_tls(site: Site, run: Runs, api: ApiServer, tmp_path: Path) -> None:
    plant(site)
    api.kubeconfig(tmp_path, scheme="https")
    assert_out_of_reach(run, "SSL", f"https://127.0.0.1:{api.port}")


def test_no_kubeconfig_or_no_such_context(site: Site, run: Runs, tmp_path: Path) -> None:
    plant(site)
    none = str(tmp_path / "none")
    for args, said in (
        ({"context": "gone"}, "gone"),
        ({"kubeconfig": none}, f"there is no kubeconfig {none} (kubeconfig)"),
    ):
        assert_out_of_reach(run, said, "Could not find the Kubernetes cluster", **args)


def test_a_kubeconfig_of_another_cluster(site: Site, run: Runs, api: ApiServer) -> None:
    plant(site)
    api.issuer = f"{ISSUER}2"
    assert "epinio_cluster_gone" not in run()["msg"]
    assert_out_of_reach(run, f"issuer is {ISSUER}2", "is not the EKS cluster one", "context here")


def test_a_cluster_that_is_reached_is_taken_down_as_a_whole(site: Site, run: Runs) -> None:
    plant(site)
    assert run(**GONE)["cluster"] == run(teardown=True)["cluster"]


def assert_out_of_reach(run: Runs, *said: str, **args: Any) -> None:
    """Refused with the reason and the way on. Where that is accepted, AWS can be taken down, and a notice says why."""
    refused = run(teardown=True, **args)
    assert refused["failed"]
    assert "set epinio_cluster_gone" in refused["msg"]
    accepted = run(**GONE, **args)
    assert (accepted["cluster"]["exists"], accepted["cluster"]["reachable"]) == (True, False)
    assert accepted["cluster"]["issuer"] == ISSUER
    (notice,) = accepted["notices"]
    for part in said:
        assert part in refused["msg"]
        assert part in notice
