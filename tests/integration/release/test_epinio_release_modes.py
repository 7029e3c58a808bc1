"""`epinio_release` in the mode of the nodes' roles, alone and beside IRSA, with real helm 3 and 4."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.helm_site import NAMESPACE
from tests.integration.modules import run_module
from tests.integration.release.site import BACK, ONE_HELM, ROLE, ROLE_ARN, USERS_VALUES, WIRING, ReleaseSite, operations

pytestmark = pytest.mark.live

NODES: dict[str, Any] = {"mode": "instance_profile", "server_role_arn": None}
NODES_BACK = {**NODES, **BACK}
RECORD = "epinio_wiring_record"
POLICY = "arn:aws:iam::123456789012:policy/EpinioECEKSClusterPolicy"


def record(epinio: ReleaseSite, **args: Any) -> Any:
    """What the module about the record returns; it takes no option of helm."""
    variables = {"KUBECONFIG": str(epinio.cluster.kubeconfig)}
    done = run_module(RECORD, {"wiring": WIRING, **args}, variables)
    assert not done.get("failed"), done
    return done["record"]


def former(epinio: ReleaseSite) -> dict[str, Any]:
    """The keys that are noted, with their former values."""
    content = json.loads(epinio.site.secret("epinio-aws-wiring")["record"])
    return {".".join(one["key"]): one.get("value") for one in content["former"]}


def test_there_and_back(epinio: ReleaseSite) -> None:
    before = epinio.values()
    epinio.people.change_password("admin")
    epinio.people.delete_user("epinio")
    state = epinio.people.state()
    record(epinio, policy=POLICY, roles=["nodes"])
    done = epinio.applied(NODES)
    assert operations(done) == ["upkeep.save_record", "helm.upgrade", "upkeep.put_back"]
    assert epinio.revision()["config"]["s3"]["bucket"] == "epinio-sources"
    assert epinio.revision()["config"]["server"] == USERS_VALUES["server"]
    assert ROLE_ARN not in epinio.annotations()
    details = epinio.site.secret("epinio-s3-connection-details")
    assert (details["bucket"], details["endpoint"]) == ("epinio-sources", "s3.us-east-1.amazonaws.com")
    assert epinio.people.state() == state
    writes = epinio.writes()
    assert epinio.run({**NODES, "helm_binary": "/no/helm"})["changed"] is False
    assert epinio.writes() == writes

    back = epinio.applied(NODES_BACK)
    assert operations(back) == ["upkeep.save_kept", "helm.upgrade", "upkeep.put_back", "upkeep.forget_release"]
    assert (back["residue"], back["release"]["server_role_arn"]) == ([], "")
    assert epinio.values() == before
    assert epinio.people.state() == state
    assert epinio.run({**NODES_BACK, "helm_binary": "/no/helm"})["changed"] is False
    # What is attached still is known still.
    assert record(epinio, policy=POLICY, roles=[]) == {"modes": [], "attachments": {POLICY: ["nodes"]}}
    record(epinio, state="absent")
    assert epinio.records() == []


@ONE_HELM
def test_both_ways_one_after_the_other(epinio: ReleaseSite) -> None:
    before = epinio.values()
    epinio.made(NODES)
    done = epinio.applied()
    assert operations(done) == ["upkeep.save_record", "helm.upgrade"]
    assert len(done["changes"][-1]["arguments"]["keys"]) == 2
    assert former(epinio)["s3.bucket"] is None
    assert epinio.annotations()[ROLE_ARN] == ROLE
    (notice,) = epinio.run(NODES)["notices"]
    assert f"use the role {ROLE} and not their node's" in notice

    back = epinio.applied(NODES_BACK)
    assert operations(back) == ["upkeep.remove_mode"]
    assert back["release"]["server_role_arn"] == ROLE
    assert record(epinio, policy=POLICY, roles=[])["modes"] == ["irsa"]
    assert epinio.run()["changed"] is False

    again = epinio.applied(NODES)
    assert operations(again) == ["upkeep.save_mode"]
    assert record(epinio, policy=POLICY, roles=[])["modes"] == ["instance_profile", "irsa"]
    done = epinio.applied(BACK)
    assert operations(done) == ["upkeep.save_kept", "helm.upgrade", "upkeep.remove_mode"]
    assert ROLE_ARN not in epinio.annotations()
    assert epinio.revision()["config"]["s3"]["bucket"] == "epinio-sources"
    assert epinio.run(NODES)["changed"] is False
    epinio.made(NODES_BACK)
    assert (epinio.values(), epinio.records()) == (before, [])


@ONE_HELM
def test_what_is_refused(epinio: ReleaseSite) -> None:
    assert "server_role_arn is required" in epinio.refused({"server_role_arn": None})
    assert "bucket" in epinio.refused({**NODES, "bucket": None})
    assert "server_role_arn is for mode irsa" in epinio.refused({**NODES, "server_role_arn": ROLE})
    annotation: dict[str, Any] = {"metadata": {"annotations": {ROLE_ARN: ROLE}}}
    patch = epinio.site.core.patch_namespaced_service_account
    patch("epinio-server", NAMESPACE, annotation, field_manager="kubectl-annotate")
    message = epinio.refused(NODES)
    assert f"annotated with {ROLE} by kubectl-annotate" in message
    assert "not their node's" in message
    annotation["metadata"]["annotations"][ROLE_ARN] = None
    patch("epinio-server", NAMESPACE, annotation)
    epinio.made(NODES)
    # The record is lost: nothing says what to go back to.
    epinio.site.core.delete_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    assert "epinio_teardown_release=keep" in epinio.refused(NODES_BACK)
    kept = epinio.run({**NODES_BACK, "on_removal": "keep"})
    assert (kept["changed"], [one["object"] for one in kept["residue"]]) == (False, ["release epinio"])
    # Noted anew are the present values, which Epinio could not work with.
    epinio.made(NODES)
    assert "no role but its node's" in epinio.refused(NODES_BACK)
