"""The module `epinio_release` with real helm 3 and 4 on the sandbox's charts."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest
from kubernetes import client

from tests.integration.helm_site import NAMESPACE, RELEASE
from tests.integration.release.site import ONE_HELM, PASSWORD, ROLE, USERS_VALUES, WIRING, ReleaseSite, operations

pytestmark = pytest.mark.live


def test_the_switch_and_no_second_one(epinio: ReleaseSite) -> None:
    epinio.people.push("app")
    assert "workspace/app" in epinio.refused()
    epinio.people.change_password("admin")
    epinio.people.add_connector()
    state = epinio.people.state()

    done = epinio.applied({"bundled_store": "abandon"})
    assert operations(done) == ["upkeep.save_record", "helm.upgrade", "upkeep.put_back"]
    found = epinio.revision()
    assert (found["version"], found["info"]["status"]) == (done["release"]["revision"], "deployed")
    assert found["config"]["server"]["timeoutMultiplier"] == 2
    assert found["config"]["api"]["adminPassword"] == PASSWORD
    assert found["config"]["minio"] == {"enabled": False}
    assert found["chart"]["metadata"]["version"] == "1.13.9"
    details = epinio.site.secret("epinio-s3-connection-details")
    assert (details["bucket"], details["endpoint"]) == ("epinio-sources", "s3.us-east-1.amazonaws.com")
    account = epinio.site.core.read_namespaced_service_account("epinio-server", NAMESPACE)
    assert account.metadata.annotations["eks.amazonaws.com/role-arn"] == ROLE
    assert epinio.people.state() == state

    before = epinio.writes()
    again = epinio.run({"helm_binary": "/no/helm"})
    assert (again["changed"], again["changes"]) == (False, [])
    assert epinio.writes() == before
    info = epinio.run(name="epinio_release_info")["release"]
    far = {"wiring": WIRING.replace("us-east-1", "me-west-1")}
    assert "cannot use S3 in me-west-1" in epinio.run(far, name="epinio_release_info")["msg"]
    assert (info["bundled_store"], info["server_role_arn"], info["server_version"]) == (False, ROLE, "1.13.9")


def test_each_drift_is_mended_by_an_upgrade_of_its_own(epinio: ReleaseSite) -> None:
    epinio.made()
    core = epinio.site.core
    core.patch_namespaced_service_account(
        "epinio-server", NAMESPACE, {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": None}}}
    )
    assert "annotated with no role" in str(epinio.applied()["changes"])
    core.patch_namespaced_secret("epinio-s3-connection-details", NAMESPACE, {"stringData": {"bucket": "other"}})
    assert "does not hold what the values say" in str(epinio.applied()["changes"])
    epinio.applied(
        {"values": {"server": {"traceLevel": 1}}, "secret_values": {"api": {"epinioPassword": "hush-hush-hush"}}}
    )
    assert epinio.revision()["config"]["server"]["traceLevel"] == 1
    assert epinio.run({"values": {"server": {"traceLevel": 1}}})["changed"] is False


@ONE_HELM
def test_a_private_store_before(epinio: ReleaseSite) -> None:
    """Its authority is forgotten, its keys are noted and never shown."""
    access, secret = "AKIAPRIVATESTORE", "private/store+secret"
    private = {"endpoint": "s3.corp.test:9000", "bucket": "old", "accessKeyID": access, "secretAccessKey": secret}
    values = epinio.site.folder / "private.json"
    store = {"minio": {"enabled": False}, "s3": {**private, "certificateSecret": "corp-ca"}}
    values.write_text(json.dumps({**USERS_VALUES, **store}), encoding="utf-8")
    assert epinio.site.upgrade("--values", str(values)).returncode == 0
    epinio.hidden += [access, secret]
    done = epinio.applied()
    former = done["release"]["values_to_return_to"]
    assert (former["s3.accessKeyID"], former["s3.certificateSecret"]) == ("(hidden)", "corp-ca")
    assert secret in epinio.site.secret("epinio-aws-wiring")["record"]
    credentials = epinio.site.secret("epinio-s3-connection-details")["credentials"]
    assert access not in credentials
    (container,) = (
        client.AppsV1Api(epinio.site.api_client)
        .read_namespaced_deployment("epinio-server", NAMESPACE)
        .spec.template.spec.containers
    )
    assert "S3_CERTIFICATE_SECRET" not in {variable.name for variable in container.env}


@ONE_HELM
def test_the_family_that_cannot_use_iam(epinio: ReleaseSite) -> None:
    newer = ("epinio", "--repo", epinio.site.charts, "--version", "1.13.10", "--wait", "--timeout", "60s")
    assert epinio.site.run("upgrade", RELEASE, *newer, "--reset-then-reuse-values").returncode == 0
    assert "cannot use IAM" in epinio.refused()
    assert "cannot use IAM" in epinio.run(name="epinio_release_info")["msg"]
    done = epinio.applied({"accept_unsigned_server": True})
    assert epinio.revision()["config"]["seaweedfs"] == {"enabled": False}
    assert done["release"]["server_version"] == "1.13.10"
    assert epinio.run({"accept_unsigned_server": True})["changed"] is False
    back = epinio.applied({"chart_version": "1.13.9"})
    assert back["release"]["server_version"] == "1.13.9"
    assert epinio.revision()["config"]["minio"] == {"enabled": False}
