"""What the charts render by helm 3 and 4: the surfaces that the collection reads and the traps that it must survive."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

Rendering = dict[tuple[str, str], dict[str, Any]]
Render = Callable[..., Rendering]
# The older families are those of 1.13.9 in all but what `test_families.py` says.
STORE = {"1.13.9": "minio", "1.13.10": "seaweedfs"}
VERSIONS = pytest.mark.parametrize("version", STORE)
CONNECTION = ("Secret", "epinio-s3-connection-details")
SERVER = ("Deployment", "epinio-server")
EXTERNAL = ("s3.endpoint=s3.eu-central-1.amazonaws.com", "s3.region=eu-central-1", "s3.bucket=sources")


def environment(rendering: Rendering) -> dict[str, str]:
    (container,) = rendering[SERVER]["spec"]["template"]["spec"]["containers"]
    return {entry["name"]: entry["value"] for entry in container["env"]}


@VERSIONS
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ([], {"1.13.9": "minio-tls"}),
        (["{store}.enabled=false"], {}),
        (["{store}.enabled=false", "s3gw.enabled=true"], dict.fromkeys(STORE, "s3gw-cluster-ip-tls")),
        (["{store}.enabled=false", "s3.certificateSecret=private-ca"], dict.fromkeys(STORE, "private-ca")),
        (["s3.certificateSecret=private-ca"], dict.fromkeys(STORE, "private-ca")),
    ],
)
def test_certificate_of_the_store(render: Render, version: str, settings: list[str], expected: dict[str, str]) -> None:
    rendering = render(version, *(setting.format(store=STORE[version]) for setting in settings))
    assert environment(rendering).get("S3_CERTIFICATE_SECRET") == expected.get(version)


@VERSIONS
def test_external_connection_is_what_the_values_say(render: Render, version: str) -> None:
    rendering = render(version, f"{STORE[version]}.enabled=false", *EXTERNAL)
    assert rendering[CONNECTION]["stringData"] == {
        "bucket": "sources",
        "config": "[default]\nregion=eu-central-1",
        "credentials": "[default]\naws_access_key_id=\naws_secret_access_key=",
        "endpoint": "s3.eu-central-1.amazonaws.com",
        "useSSL": "true",
    }
    assert not [name for kind, name in rendering if STORE[version] in name]


@pytest.mark.parametrize(
    ("version", "endpoint", "ssl", "secret"),
    [
        ("1.13.9", "minio.epinio.svc.cluster.local:9000", "true", "minio-creds"),
        ("1.13.10", "seaweedfs-s3.epinio.svc.cluster.local:8333", "false", "seaweedfs-creds"),
    ],
)
def test_bundled_store_overrides_all_but_bucket_and_region(
    render: Render, version: str, endpoint: str, ssl: str, secret: str
) -> None:
    rendering = render(version, *EXTERNAL, "s3.accessKeyID=AKIAEXAMPLE", "s3.secretAccessKey=secret", "s3.useSSL=true")
    details, keys = rendering[CONNECTION]["stringData"], rendering["Secret", secret]["stringData"]
    assert re.fullmatch("[0-9A-Za-z]{16}", keys["accesskey"])
    assert keys["accesskey"] != keys["secretkey"]
    assert details == {
        "bucket": "sources",
        "config": "[default]\nregion=eu-central-1",
        "credentials": f"[default]\naws_access_key_id={keys['accesskey']}\naws_secret_access_key={keys['secretkey']}",
        "endpoint": endpoint,
        "useSSL": ssl,
    }


def test_old_store_switch_is_silently_ignored_by_the_newer_family(render: Render) -> None:
    rendering = render("1.13.10", "minio.enabled=false", *EXTERNAL)
    assert rendering[CONNECTION]["stringData"]["endpoint"].startswith("seaweedfs-s3.")


def test_minio_as_its_own_chart_makes_it(render: Render) -> None:
    rendering = render("1.13.9")
    store = rendering["StatefulSet", "minio"]["spec"]
    assert [claim["metadata"]["name"] for claim in store["volumeClaimTemplates"]] == [f"export-{n}" for n in range(4)]
    assert not [name for kind, name in rendering if kind == "PersistentVolumeClaim" and name.startswith("export")]
    assert store["template"]["spec"]["serviceAccountName"] == "minio-sa"
    assert set(rendering["Secret", "minio-tls"]["data"]) == {"ca.crt", "tls.crt", "tls.key"}
    job = rendering["Job", "minio-post-job"]["metadata"]["annotations"]
    assert job["helm.sh/hook"] == "post-install,post-upgrade"


@VERSIONS
def test_no_hook_without_the_store(render: Render, version: str) -> None:
    rendering = render(version, f"{STORE[version]}.enabled=false")
    assert "helm.sh/hook" not in json.dumps(list(rendering.values()))
    assert "helm.sh/resource-policy" not in json.dumps(list(rendering.values()))


@VERSIONS
@pytest.mark.parametrize("account", ["epinio-server", "epinio-staging-service-account"])
def test_staging_account_is_in_the_config_map_of_every_builder(render: Render, version: str, account: str) -> None:
    default = account == "epinio-server"
    rendering = render(version, *([] if default else [f"server.stagingWorkloads.serviceAccountName={account}"]))
    labelled = {
        name: thing["data"]
        for (kind, name), thing in rendering.items()
        if thing["metadata"].get("labels", {}).get("app.kubernetes.io/component") == "epinio-staging"
    }
    scripts = "epinio-stage-scripts"
    assert set(labelled) == {scripts, f"{scripts}-jammy", f"{scripts}-bionic"}
    accounts = [json.loads(data["staging-values.json"])["serviceAccountName"] for data in labelled.values()]
    assert accounts == [account] * 3
    assert labelled[scripts]["downloadImage"] == "amazon/aws-cli:2.13.26"
    assert labelled[f"{scripts}-jammy"]["base"] == scripts


@VERSIONS
def test_key_of_old_charts_for_the_staging_account_does_nothing(render: Render, version: str) -> None:
    rendering = render(version, "server.stagingServiceAccountName=staging")
    values = json.loads(rendering["ConfigMap", "epinio-stage-scripts"]["data"]["staging-values.json"])
    assert values["serviceAccountName"] == "epinio-server"


@VERSIONS
def test_server(render: Render, version: str) -> None:
    settings = ("podAnnotations.a=b", "podLabels.c=d", "imagePullSecrets[0].name=mirror")
    spec = render(version, *settings)[SERVER]["spec"]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]) == (1, {"maxSurge": 0, "maxUnavailable": 1})
    pod = spec["template"]["spec"]
    assert pod["securityContext"]["runAsUser"] == 1000
    assert pod["imagePullSecrets"] == [{"name": "mirror"}]
    assert pod["containers"][0]["image"] == f"ghcr.io/epinio/epinio-server:v{version}"
    assert spec["template"]["metadata"]["annotations"] == {"a": "b"}
    assert spec["template"]["metadata"]["labels"]["c"] == "d"


@VERSIONS
@pytest.mark.parametrize(
    ("settings", "image"),
    [
        (["image.epinio.tag=v1.13.7"], "ghcr.io/epinio/epinio-server:v1.13.7"),
        (["image.epinio.registry=r.test/", "image.epinio.repository=x"], "r.test/x:v{version}"),
        (["global.cattle.systemDefaultRegistry=mirror.test"], "mirror.test/epinio/epinio-server:v{version}"),
    ],
)
def test_image_of_the_server(render: Render, version: str, settings: list[str], image: str) -> None:
    (container,) = render(version, *settings)[SERVER]["spec"]["template"]["spec"]["containers"]
    assert container["image"] == image.format(version=version)


@VERSIONS
def test_users_and_dex_are_sent_in_string_data_with_new_hashes_each_time(render: Render, version: str) -> None:
    first, second = (render(version, "api.epinioPassword=secret") for _ in range(2))
    users = {
        thing["stringData"]["username"]: key
        for key, thing in first.items()
        if thing["metadata"].get("labels", {}).get("epinio.io/api-user-credentials") == "true"
    }
    assert set(users) == {"admin", "epinio", "admin@epinio.io"}
    for name in ("admin", "epinio"):
        assert first[users[name]]["stringData"]["password"] != second[users[name]]["stringData"]["password"]
    epinio = first[users["epinio"]]
    assert epinio["metadata"]["annotations"] == {"epinio.io/roles": "user,admin:workspace"}
    assert epinio["stringData"]["namespaces"] == "workspace"
    assert set(first["Secret", "dex-config"]["stringData"]) >= {"config.yaml", "rolesMapping", "issuer", "endpoint"}
    assert first["Secret", "auth"]["stringData"] != second["Secret", "auth"]["stringData"]
    assert first["Secret", "registry-creds"] == second["Secret", "registry-creds"]


@VERSIONS
def test_dex_can_be_left_out(render: Render, version: str) -> None:
    assert ("Secret", "dex-config") not in render(version, "global.dex.enabled=false")


@VERSIONS
@pytest.mark.parametrize("present", [False, True])
def test_helm_controller_toggles(render: Render, version: str, present: bool) -> None:
    rendering = render(version, flags=("--api-versions", "helm.cattle.io/v1") if present else ())
    names = {name for _, name in rendering if name.startswith("helm") and "cattle" in name}
    assert names == (set() if present else {"helmcharts.helm.cattle.io", "helmchartconfigs.helm.cattle.io"})
    assert (("Deployment", "helm-controller") in rendering) is not present
    assert (("ClusterRoleBinding", "helm-controller") in rendering) is not present


@VERSIONS
def test_chart_owns_the_workspace_and_defines_apps(render: Render, version: str) -> None:
    rendering = render(version)
    assert ("Namespace", "workspace") in rendering
    assert (
        rendering["CustomResourceDefinition", "apps.application.epinio.io"]["spec"]["group"] == "application.epinio.io"
    )


@VERSIONS
@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (["global.domain="], "global.domain"),
        (["s3.accessKeyID=null"], "accessKeyID"),
        (["s3.bucket=null"], "bucket"),
        (["s3.secretAccessKey=5"], "secretAccessKey"),
        (["s3gw.enabled=true"], "cannot both be enabled"),
    ],
)
def test_refused_values(render: Render, version: str, settings: list[str], words: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render(version, *settings)
    assert words in refused.value.stderr


def test_newer_family_asks_for_a_kubernetes_version(render: Render) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render("1.13.10", flags=("--kube-version", "v0.0.0-master"))
    assert "requires kubeVersion: >=1.21-0" in refused.value.stderr
    assert render("1.13.9", flags=("--kube-version", "v0.0.0-master"))
