"""What helm's upgrades of the charts do to a cluster, by helm 3 and 4 on the sandbox's control plane.

One story for each helm: install, what Epinio and its operators change, an upgrade that turns the store off, one that
turns it on again. The tests look at what was found in the cluster after each step.
"""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import build, chart_repository
from sandbox.cluster import Cluster
from sandbox.settings import Timing

pytestmark = pytest.mark.live
USERS = "epinio.io/api-user-credentials=true"
KINDS = "secrets,deployments,statefulsets,persistentvolumeclaims,customresourcedefinitions"
CONTROLLER = {"helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"}


@dataclass(frozen=True)
class Site:
    """A cluster and one helm to work on it, in an empty folder."""

    kubeconfig: Path
    helm: int
    charts: str
    folder: Path

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        folders = {f"HELM_{name}_HOME": str(self.folder) for name in ("CACHE", "CONFIG", "DATA")}
        environment = os.environ | folders | {"KUBECONFIG": str(self.kubeconfig)}
        command = [str(build.programs() / program), *arguments, "--namespace", "epinio"]
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=120, check=False
        )

    def kubectl(self, *arguments: str) -> str:
        done = self.run("kubectl", *arguments)
        done.check_returncode()
        return done.stdout

    def release(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run(f"helm{self.helm}/helm", *arguments)

    def upgrade(self, *arguments: str, version: str = "1.13.9") -> subprocess.CompletedProcess[str]:
        source = ("epinio", "--repo", self.charts, "--version", version, "--set", "global.domain=example.test")
        return self.release("upgrade", "--install", "epinio", *source, "--wait", "--timeout", "90s", *arguments)


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


def uninstall(site: Site) -> None:
    site.release("uninstall", "epinio", "--wait").check_returncode()
    await_api(site, False)


def await_api(site: Site, served: bool) -> None:
    """Which APIs there are, helm learns by discovery, and that follows the definitions a moment later."""
    deadline = time.monotonic() + 20
    while ("helm.cattle.io/v1" in site.kubectl("api-versions").split()) is not served:
        assert time.monotonic() < deadline, f"helm.cattle.io/v1 did not become {served}"
        time.sleep(0.2)


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
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    quick = Timing(ready=0.1, terminate=0.1, run=0.1)
    with (
        chart_repository.serving() as charts,
        Cluster.new(tmp_path_factory.mktemp("cluster"), charts_url=charts, timing=quick) as started,
    ):
        yield started


@pytest.fixture(scope="module", params=[3, 4], ids=["helm3", "helm4"])
def site(request: pytest.FixtureRequest, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Site:
    charts = cluster.settings.chart_repository
    return Site(cluster.kubeconfig, request.param, charts, tmp_path_factory.mktemp("helm"))


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


def test_older_families_and_what_a_dry_run_tells_of_a_fork(site: Site, tmp_path: Path) -> None:
    """The annotation in the values reaches the account with 1.13.5 only; a chart's templates tell it from a fork's."""
    arn = "arn:aws:iam::123456789012:role/epinio-server-role"
    annotation = ("--set", rf"serviceAccount.annotations.eks\.amazonaws\.com/role-arn={arn}")
    oldest = site.upgrade("--create-namespace", *annotation, version="1.13.0")
    before = annotations_of_account(site)
    newer = site.upgrade(*annotation, version="1.13.5")
    after = annotations_of_account(site)
    stored, honest = stored_templates(site), templates_of_dry_run(site)
    with chart_repository.serving([chart_repository.write_fork("1.13.5", tmp_path)]) as forks:
        forked = templates_of_dry_run(replace(site, charts=forks))
    uninstall(site)
    assert (oldest.returncode, newer.returncode) == (0, 0), oldest.stderr + newer.stderr
    assert (before.get("eks.amazonaws.com/role-arn"), after.get("eks.amazonaws.com/role-arn")) == (None, arn)
    assert honest == stored
    assert {name for name, data in forked.items() if stored[name] != data} == {"templates/server.yaml"}


def annotations_of_account(site: Site) -> dict[str, str]:
    """Those of the server's account; its pod is ready, or helm's wait would have failed."""
    found: dict[str, str] = json.loads(site.kubectl("get", "sa", "epinio-server", "-o", "json"))["metadata"].get(
        "annotations", {}
    )
    return found


def stored_templates(site: Site) -> dict[str, str]:
    """The templates of the newest revision in helm's storage, by name."""
    (newest,) = json.loads(site.kubectl("get", "secrets", "-l", "owner=helm,status=deployed", "-o", "json"))["items"]
    release = gzip.decompress(base64.b64decode(base64.b64decode(newest["data"]["release"])))
    return by_name(json.loads(release)["chart"]["templates"])


def templates_of_dry_run(site: Site) -> dict[str, str]:
    done = site.upgrade("--dry-run=server", "--output", "json", version="1.13.5")
    assert done.returncode == 0, done.stderr
    return by_name(json.loads(done.stdout)["chart"]["templates"])


def by_name(templates: list[dict[str, str]]) -> dict[str, str]:
    return {template["name"]: template["data"] for template in templates}
