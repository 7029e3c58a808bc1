"""What helm's upgrades of the charts do to a cluster, by helm 3 and 4 on the sandbox's control plane.

One story for each helm: install, what Epinio and its operators change, an upgrade that turns the store off, one that
turns it on again. The tests look at what was found in the cluster after each step.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import json
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.charts.chart_site import Site, await_api, uninstall

pytestmark = pytest.mark.live
USERS = "epinio.io/api-user-credentials=true"
KINDS = "secrets,deployments,statefulsets,persistentvolumeclaims,customresourcedefinitions"
CONTROLLER = {"helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"}


@dataclass(frozen=True)
class Found:
    """What a step left: helm's own result, the release's status, and the objects by kind and name."""

    helm: subprocess.CompletedProcess[str]
    status: str
    objects: dict[tuple[str, str], dict[str, Any]]

    def secret(self, name: str) -> dict[str, str]:
        return {key: base64.b64decode(value).decode() for key, value in self.objects["Secret", name]["data"].items()}

    def user(self, username: str) -> str:
        """The name of a user's Secret; KeyError if there is none."""
        return {self.secret(name)["username"]: name for kind, name in self.objects if is_user(kind, name)}[username]

    def has_controller(self) -> bool:
        return self.names("CustomResourceDefinition") >= CONTROLLER

    def names(self, kind: str) -> set[str]:
        return {name for found, name in self.objects if found == kind}


def is_user(kind: str, name: str) -> bool:
    return kind == "Secret" and name.startswith("ruser-")


def look(site: Site, done: subprocess.CompletedProcess[str]) -> Found:
    items = json.loads(site.kubectl("get", KINDS, "-o", "json"))["items"]
    status = json.loads(site.release("status", "epinio", "-o", "json").stdout)["info"]["status"]
    found = Found(done, status, {(item["kind"], item["metadata"]["name"]): item for item in items})
    await_api(site, found.has_controller())
    return found


def live_on(site: Site, installed: Found) -> None:
    """A user creates a namespace, one changes the password, a default user is deleted, dex gets a connector."""
    admin, epinio = installed.user("admin"), installed.user("epinio")
    site.kubectl(
        "annotate", "secret", admin, "--overwrite", "epinio.io/roles=admin,admin:team1", "--field-manager=epinio"
    )
    patches = {
        admin: {"namespaces": "team1", "password": "changed"},
        "dex-config": {"rolesMapping": "- id: ldap", "config.yaml": "connectors: [ldap]"},
    }
    for name, data in patches.items():
        site.kubectl("patch", "secret", name, "--patch", json.dumps({"stringData": data}), "--field-manager=epinio")
    site.kubectl("delete", "secret", epinio)


@pytest.fixture(scope="module")
def story(site: Site) -> dict[str, Found]:
    found = {"installed": look(site, site.upgrade("--create-namespace"))}
    live_on(site, found["installed"])
    found["upgraded"] = look(site, site.upgrade("--set", "minio.enabled=false"))
    force = ["--force-conflicts"] if site.helm == 4 else []
    found["store off"] = look(site, site.upgrade("--set", "minio.enabled=false", *force))
    found["store on"] = look(site, site.upgrade(*force))
    uninstall(site)
    return found


def test_installed_release_is_complete(story: dict[str, Found]) -> None:
    installed = story["installed"]
    assert installed.status == "deployed", installed.helm.stderr
    assert {"epinio-server", "helm-controller"} <= installed.names("Deployment")
    assert installed.has_controller()
    assert (
        f"aws_access_key_id={installed.secret('minio-creds')['accesskey']}\n"
        in (installed.secret("epinio-s3-connection-details")["credentials"])
    )


def test_upgrade_resets_users_and_dex_even_if_it_fails(story: dict[str, Found]) -> None:
    admin, upgraded = story["installed"].user("admin"), story["upgraded"]
    assert upgraded.secret("dex-config") == story["installed"].secret("dex-config")
    assert "epinio" in {upgraded.secret(name)["username"] for kind, name in upgraded.objects if is_user(kind, name)}
    forced = story["store off"]
    assert forced.secret(admin)["password"].startswith("$2a$")
    assert forced.secret(admin).get("namespaces", "") == ""
    assert forced.objects["Secret", admin]["metadata"]["annotations"]["epinio.io/roles"] == "admin"


def test_helm_4_conflicts_on_the_roles(site: Site, story: dict[str, Found]) -> None:
    upgraded = story["upgraded"]
    if site.helm == 4:
        assert "epinio.io/roles" in upgraded.helm.stderr
        assert (upgraded.helm.returncode, upgraded.status) == (1, "failed")
    else:
        assert (upgraded.helm.returncode, upgraded.status) == (0, "deployed"), upgraded.helm.stderr


def test_store_off_deletes_its_keys_and_keeps_its_claims(story: dict[str, Found]) -> None:
    on, off, again = story["installed"], story["store off"], story["store on"]
    assert off.status == "deployed", off.helm.stderr
    assert not off.names("Secret") & {"minio-creds", "minio-tls"}
    assert not off.names("StatefulSet")
    assert off.secret("epinio-s3-connection-details")["endpoint"] == "s3.amazonaws.com"
    claims = {f"export-{drive}-minio-0" for drive in range(4)}
    assert off.names("PersistentVolumeClaim") >= claims
    assert again.secret("minio-creds")["accesskey"] != on.secret("minio-creds")["accesskey"]


def test_helm_controller_goes_with_one_upgrade_and_comes_with_the_next(story: dict[str, Found]) -> None:
    seen = [name for name, found in story.items() if found.has_controller()]
    # A failed upgrade deletes nothing: with helm 4 the first that goes through is the forced one.
    failed = story["upgraded"].status == "failed"
    assert seen == (["installed", "upgraded", "store on"] if failed else ["installed", "store off"])
    for found in story.values():
        assert ("helm-controller" in found.names("Deployment")) is found.has_controller()
    assert all("apps.application.epinio.io" in found.names("CustomResourceDefinition") for found in story.values())


def test_newer_family_installs_with_its_own_store(story: dict[str, Found], site: Site) -> None:
    found = look(site, site.upgrade("--create-namespace", version="1.13.10"))
    uninstall(site)
    assert found.status == "deployed", found.helm.stderr
    assert "seaweedfs" in found.names("StatefulSet")
    assert found.secret("epinio-s3-connection-details")["endpoint"] == "seaweedfs-s3.epinio.svc.cluster.local:8333"
