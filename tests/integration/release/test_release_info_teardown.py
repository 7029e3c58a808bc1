"""epinio_release_info at a teardown: releases of any version, misspelt ones, and those that are gone."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.cluster import Cluster
from tests.integration.helm_site import NAMESPACE, RELEASE
from tests.integration.modules import run_module
from tests.integration.release.site import ONE_HELM, WIRING, ReleaseSite

pytestmark = pytest.mark.live

MODULE = "epinio_release_info"


def left(site: ReleaseSite, **args: Any) -> dict[str, Any]:
    return site.run({"teardown": True, **args}, name=MODULE)


@ONE_HELM
def test_from_a_release_to_none(epinio: ReleaseSite) -> None:
    usual = epinio.run(name=MODULE)
    there = left(epinio)
    assert (there["release"], there["notices"]) == (usual["release"], [])
    # Of what Epinio's server cannot reach only wiring has to know.
    far = WIRING.replace("us-east-1", "me-west-1")
    assert left(epinio, wiring=far)["release"] == usual["release"]
    assert epinio.run({"wiring": far}, name=MODULE)["failed"]

    misspelt = left(epinio, name="epino")
    assert misspelt["failed"]
    assert f"no Helm release epino in namespace {NAMESPACE}" in misspelt["msg"]
    assert misspelt["msg"].endswith(f"set epinio_release to {RELEASE}.")

    epinio.site.run("uninstall", RELEASE, "--wait", "--keep-history").check_returncode()
    status = json.loads(epinio.site.run("status", RELEASE, "--output", "json").stdout)["info"]["status"]
    gone = left(epinio)
    assert (gone["release"], status) == ({}, "uninstalled")
    assert [status in notice for notice in gone["notices"]] == [True]


@pytest.mark.parametrize("wiring", [WIRING, f"{WIRING}-not-there"])
def test_nothing_is_left(release_cluster: Cluster, wiring: str) -> None:
    env = {"KUBECONFIG": str(release_cluster.kubeconfig)}
    found = run_module(MODULE, {"wiring": wiring, "teardown": True}, env)
    assert (found["release"], found["notices"], found["changed"]) == ({}, [], False)
    assert "There is no Helm release" in run_module(MODULE, {"wiring": wiring}, env)["msg"]
