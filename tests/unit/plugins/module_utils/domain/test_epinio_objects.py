"""A table of objects: which Epinio, and what comes with it, makes at run time."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_objects import made_by_epinio
from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import CLAIM, SECRET, Kind, LiveObject

HASH = "0123456789abcdef0123456789abcdef01234567"
SERVICE_RELEASE = f"x{HASH[:28]}"
CONFIG_MAP, SERVICE = ("", "ConfigMap"), ("", "Service")
SIGNING_KEY = ("dex.coreos.com", "SigningKey")
ORIGIN, REFLECTS = "kubed.appscode.com/origin.namespace", "reflector.v1.k8s.emberstack.com/reflects"
ISSUED, HELMS = "cert-manager.io/certificate-name", "meta.helm.sh/release-name"
MINIO = {"app": "minio"}
STORED = {"owner": "helm", "name": f"shop-{HASH}"}


def one(kind: Kind, name: str, namespace: str = "space", **more: Any) -> LiveObject:
    return LiveObject(kind, namespace, name, "uid", **more)


@pytest.mark.parametrize(
    "found",
    [
        one(SECRET, "stage", labels={"app.kubernetes.io/managed-by": "epinio"}),
        one(SECRET, "r1", labels={"epinio.io/api-user-credentials": "true"}),
        one(SECRET, "s-redis", "workspace", labels={"application.epinio.io/service-name": "redis"}),
        one(("application.epinio.io", "App"), "shop", "workspace"),
        one(SIGNING_KEY, "openid-connect-keys"),
        one(CLAIM, "export-0-minio-0", labels=MINIO),
        one(CLAIM, "export-minio-0", labels={**MINIO, "release": "epinio"}),
        one(CLAIM, f"workspace-cache-shop-{HASH}"),
        one(CLAIM, f"data-rshop-{HASH}-0", "workspace"),
        one(CLAIM, "data-redis-0", "workspace", labels={"app.kubernetes.io/instance": SERVICE_RELEASE}),
        one(SECRET, "sh.helm.release.v1.x.v1", "workspace", labels=STORED),
        one(SERVICE, "redis", "workspace", annotations={HELMS: SERVICE_RELEASE}),
        one(SECRET, "shop-tls", "workspace", annotations={ISSUED: f"rshop-{HASH}"}),
        one(SECRET, "registry-creds", "workspace", labels={ORIGIN: "space"}),
        one(SECRET, "registry-creds", "workspace", annotations={REFLECTS: "space/registry-creds"}),
    ],
    ids=str,
)
def test_epinios(found: LiveObject) -> None:
    assert made_by_epinio(found, "epinio", "space")


@pytest.mark.parametrize(
    "found",
    [
        one(CONFIG_MAP, "notes"),
        one(SECRET, "theirs", labels={"app.kubernetes.io/managed-by": "Helm"}),
        one(CONFIG_MAP, f"build-{HASH}"),
        one(SIGNING_KEY, "openid-connect-keys", "workspace"),
        # Somebody else's MinIO.
        one(CLAIM, "export-0-minio-0"),
        one(CLAIM, "export-minio-0", labels={**MINIO, "release": "minio"}),
        one(CLAIM, "export-0-minio-0", "workspace", labels=MINIO),
        one(CLAIM, f"workspace-cache-shop-{HASH}", "workspace"),
        one(CLAIM, f"data-{HASH[1:]}"),
        one(SERVICE, "redis", "workspace", annotations={HELMS: "redis"}),
        one(CONFIG_MAP, "x", "workspace", labels=STORED),
        one(SECRET, "tls", "workspace", annotations={ISSUED: "rshop"}),
        one(SECRET, "copy", "workspace", labels={ORIGIN: "team"}),
        one(SECRET, "copy", "workspace", annotations={REFLECTS: "spaces/copy"}),
        # A copy of what is in the namespace itself is somebody's own.
        one(SECRET, "copy", annotations={REFLECTS: "space/registry-creds"}),
    ],
    ids=str,
)
def test_somebody_elses(found: LiveObject) -> None:
    assert not made_by_epinio(found, "epinio", "space")
