"""`epinio_release` takes the wiring back, with real helm 3 and 4 on the sandbox's charts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

from sandbox import chart_repository
from tests.integration.helm_site import NAMESPACE, RELEASE
from tests.integration.release.site import BACK, ONE_HELM, ROLE, ROLE_ARN, USERS_VALUES, WIRING, ReleaseSite, operations

pytestmark = pytest.mark.live


def test_there_and_back(epinio: ReleaseSite) -> None:
    before = epinio.values()
    connected = epinio.site.secret("epinio-s3-connection-details")
    epinio.people.change_password("admin")
    epinio.people.add_connector()
    epinio.people.delete_user("epinio")
    epinio.people.push("old", blob="in-the-bundled-store")
    state = epinio.people.state()
    epinio.made({"bundled_store": "abandon"})
    assert epinio.annotations()[ROLE_ARN] == ROLE

    # What was pushed before is back with its store.
    epinio.people.push("app")
    assert "sources of workspace/app are in bucket epinio-sources" in epinio.refused(BACK)
    done = epinio.applied({**BACK, "bundled_store": "abandon"})
    assert operations(done) == ["upkeep.save_kept", "helm.upgrade", "upkeep.put_back", "upkeep.delete_record"]
    assert done["residue"] == []
    assert done["release"]["server_role_arn"] == ""
    assert done["release"]["owned_values"]["minio.enabled"] is None
    assert epinio.values() == before
    assert epinio.revision()["info"]["description"] == "Wiring to S3 taken back by epinio.aws"
    assert epinio.revision()["info"]["status"] == "deployed"
    assert ROLE_ARN not in epinio.annotations()
    now = epinio.site.secret("epinio-s3-connection-details")
    assert (now["endpoint"], now["bucket"]) == (connected["endpoint"], connected["bucket"])
    assert epinio.people.state() == state
    assert epinio.records() == []

    writes = epinio.writes()
    again = epinio.run({**BACK, "helm_binary": "/no/helm"})
    assert (again["changed"], again["changes"], again["residue"]) == (False, [], [])
    assert epinio.writes() == writes


@ONE_HELM
def test_a_private_store_comes_back_with_its_keys(epinio: ReleaseSite) -> None:
    access, secret = "AKIAPRIVATESTORE", "private/store+secret"
    private = {"endpoint": "s3.corp.test:9000", "bucket": "old", "accessKeyID": access, "secretAccessKey": secret}
    given = epinio.site.folder / "private.json"
    account: dict[str, Any] = {"annotations": {}}
    store = {"minio": {"enabled": False}, "s3": {**private, "certificateSecret": "corp-ca"}, "serviceAccount": account}
    given.write_text(json.dumps({**USERS_VALUES, **store}), encoding="utf-8")
    assert epinio.site.upgrade("--values", str(given)).returncode == 0
    before = epinio.values()
    epinio.hidden += [access, secret]
    epinio.made()
    done = epinio.applied(BACK)
    assert done["release"]["owned_values"]["s3.secretAccessKey"] == "(hidden)"
    assert epinio.values() == before
    assert access in epinio.site.secret("epinio-s3-connection-details")["credentials"]


@ONE_HELM
def test_keep_and_what_somebody_has_changed(epinio: ReleaseSite) -> None:
    epinio.made()
    writes = epinio.writes()
    kept = epinio.run({**BACK, "on_removal": "keep"})
    assert kept["changed"] is False
    assert [one["object"] for one in kept["residue"]] == ["release epinio", "Secret epinio-aws-wiring"]
    assert epinio.writes() == writes
    theirs = ("--set", "s3.bucket=theirs", "--set", "server.traceLevel=2", "--description", "by somebody")
    epinio.upgraded("1.13.9", "--reset-then-reuse-values", *theirs)
    done = epinio.applied(BACK)
    (residue,) = done["residue"]
    assert "revision 3 of release epinio" in residue["reason"]
    assert "by somebody) gave another value to s3.bucket" in residue["reason"]
    found = json.loads(epinio.values())
    assert found["s3"] == {"bucket": "theirs"}
    assert found["server"] == {"timeoutMultiplier": 2, "traceLevel": 2}
    assert epinio.records() == []


@ONE_HELM
def test_what_cannot_be_given_back_is_refused(epinio: ReleaseSite, tmp_path: Path) -> None:
    epinio.made()
    epinio.people.push("app")
    abandon = {**BACK, "bundled_store": "abandon"}
    fork = chart_repository.write_chart("1.13.9", tmp_path / "fork")
    (fork / "templates" / "workspace.yaml").write_text("# of somebody else\n", encoding="utf-8")
    with chart_repository.serving([fork]) as url:
        for args in ({**abandon, "chart_repo": url}, {"chart_repo": url, "values": {"server": {"traceLevel": 1}}}):
            message = epinio.refused(args)
            assert f"epinio 1.13.9 of {url} is not the one" in message
            assert "Templates that differ: templates/workspace.yaml." in message
    record = epinio.site.core.read_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    epinio.site.core.delete_namespaced_secret("epinio-aws-wiring", NAMESPACE)
    assert "epinio_teardown_release=keep" in epinio.refused(abandon)
    kept = epinio.run({**abandon, "on_removal": "keep"})
    assert [one["object"] for one in kept["residue"]] == ["release epinio"]
    record.metadata.resource_version = None
    epinio.site.core.create_namespaced_secret(NAMESPACE, record)
    apps = client.AppsV1Api(epinio.site.api_client)
    labels: dict[str, Any] = {
        "helm.toolkit.fluxcd.io/name": "epinio",
        "helm.toolkit.fluxcd.io/namespace": "flux-system",
    }
    apps.patch_namespaced_deployment("epinio-server", NAMESPACE, {"metadata": {"labels": labels}})
    assert "Flux owns release epinio (HelmRelease flux-system/epinio)" in epinio.refused(abandon)
    assert epinio.run(abandon)["owned_values"]["minio.enabled"] is None
    assert epinio.run()["changed"] is False
    labels = dict.fromkeys(labels)
    apps.patch_namespaced_deployment("epinio-server", NAMESPACE, {"metadata": {"labels": labels}})
    epinio.made(abandon)


@ONE_HELM
def test_a_chart_that_somebody_has_upgraded_since(epinio: ReleaseSite) -> None:
    """To the family that cannot use IAM: it is not wired, but it is given back, with its own store."""
    epinio.made()
    epinio.upgraded("1.13.10", "--reset-then-reuse-values", "--description", "by somebody")
    message = epinio.refused()
    assert "Revision 3 of release epinio" in message
    assert "by somebody) runs it. Ways out: stay at or go back to 1.13.9 (epinio_chart_version" in message
    done = epinio.applied(BACK)
    assert done["release"]["chart_version"] == "1.13.10"
    assert json.loads(epinio.values()) == {**USERS_VALUES, "global": {"domain": "example.test"}}
    assert epinio.site.secret("epinio-s3-connection-details")["endpoint"].startswith("seaweedfs")


@ONE_HELM
def test_values_that_somebody_has_dropped_since(epinio: ReleaseSite) -> None:
    """They are put back by the next run, which says whose doing it was, and still taken back in the end."""
    epinio.made()
    given = epinio.site.folder / "theirs.json"
    given.write_text(json.dumps({**USERS_VALUES, "s3": {"bucket": "theirs"}}), encoding="utf-8")
    theirs = ("--reset-values", "--values", str(given), "--set", "global.domain=example.test")
    epinio.upgraded("1.13.9", *theirs, "--description", "helm upgrade -f theirs.yaml")
    before = epinio.values()
    done = epinio.applied()
    notice = next(one for one in done["notices"] if "helm upgrade -f theirs.yaml" in one)
    assert notice.startswith("Revision 3 of release epinio (")
    assert "dropped " in notice
    assert "minio.enabled" in notice
    assert "gave another value to s3.bucket" in notice
    assert json.loads(epinio.values())["minio"] == {"enabled": False}
    epinio.made(BACK)
    assert epinio.values() == before


@ONE_HELM
def test_without_a_release(epinio: ReleaseSite) -> None:
    """Only our record is left, and the namespace may be away too."""
    epinio.made()
    epinio.site.run("uninstall", RELEASE, "--wait").check_returncode()
    done = epinio.run(BACK, check=True)
    assert (done["release"], operations(done)) == ({}, ["upkeep.delete_record"])
    assert epinio.run(BACK)["changes"] == done["changes"]
    assert epinio.records() == []
    again = epinio.run(BACK)
    assert (again["release"], again["changed"], again["residue"]) == ({}, False, [])
    nowhere = {**BACK, "wiring": WIRING.removesuffix("epinio") + "nowhere"}
    assert epinio.run(nowhere)["changed"] is False
    given = epinio.site.folder / "values.json"
    assert epinio.site.upgrade("--values", str(given)).returncode == 0
