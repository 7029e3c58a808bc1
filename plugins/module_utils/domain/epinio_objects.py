# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Epinio, dex, cert-manager and the chart's copier of Secrets make at run time, so that it is in no manifest.

Not all of it is labelled. Sources: epinio/epinio v1.13.9 and epinio/helm-charts 1.13.9, by the paths below.
"""

from __future__ import annotations

import re

from ansible_collections.epinio.aws.plugins.module_utils.domain.live_objects import CLAIM, SECRET, LiveObject
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import MADE_BY

# The namespaces of applications carry this label (helpers/kubernetes/cluster.go).
NAMESPACE_LABEL = ("app.kubernetes.io/component", "epinio-namespace")
GROUP = "application.epinio.io"
# Its storage is Kubernetes, in the release's namespace, and it labels nothing (chart/epinio/templates/dex.yaml).
_DEX = "dex.coreos.com"
# Users, git credentials, roles, configurations; service instances (internal/auth/user.go, internal/bridge/git/git.go,
# internal/configurations/configurations.go, internal/services/catalog.go).
_LABELS = ("epinio.io/", f"{GROUP}/")
# Sources and build cache of an application, without a label (internal/api/v1/application/stage.go, ensurePVC). A hash
# ends these names (internal/names/names.go).
_CACHE = re.compile(r"[a-z][a-z0-9-]{0,21}-[0-9a-f]{40}")
# Applications and service instances are Helm releases of their own (ReleaseName, ServiceReleaseName).
_RELEASE = re.compile(r"([a-z][a-z0-9-]{0,11}-)?[0-9a-f]{40}|x[0-9a-f]{28}")
_RELEASE_NAME, _INSTANCE = "meta.helm.sh/release-name", "app.kubernetes.io/instance"
# What the application's chart renders is named so (chart/application/templates/_helpers.tpl, epinio-truncate); a
# Certificate's Secret outlives it, and so does the claim of a stateful application.
_OF_APP = r"r[a-z0-9-]{0,21}-[0-9a-f]{40}"
_OF_APPS_CERTIFICATE, _OF_APPS_CLAIM = re.compile(_OF_APP), re.compile(rf".+-{_OF_APP}-\d+")
CERTIFICATE_NAME = "cert-manager.io/certificate-name"
# Copies of Secrets in the namespaces of applications: kubed up to 1.13.7, reflector from 1.13.8
# (appscode/kubed apis/kubed/v1alpha1, emberstack/kubernetes-reflector README.md).
_KUBED, _REFLECTOR = "kubed.appscode.com/origin.namespace", "reflector.v1.k8s.emberstack.com/reflects"
# Claims of the bundled store, whose StatefulSet may be in no stored revision any more (chart minio 5.0.13,
# templates/statefulset.yaml).
_STORE = re.compile(r"export(-\d+)?-minio-\d+")


def made_by_epinio(found: LiveObject, release: str, namespace: str) -> bool:
    """Whether it is Epinio's own. `release` and `namespace` are those of Epinio."""
    labels = found.labels
    return (
        labels.get(MADE_BY) == "epinio"
        or found.kind[0] == GROUP
        or any(label.startswith(_LABELS) for label in labels)
        or _of_a_release_of_epinios(found)
        or _copied_from(found, namespace)
        or bool(_OF_APPS_CERTIFICATE.fullmatch(found.annotations.get(CERTIFICATE_NAME, "")))
        or (found.kind == CLAIM and bool(_OF_APPS_CLAIM.fullmatch(found.name)))
        or (found.namespace == namespace and _beside_epinio(found, release))
    )


def _of_a_release_of_epinios(found: LiveObject) -> bool:
    stored = found.labels.get("name", "") if found.kind == SECRET and found.labels.get("owner") == "helm" else ""
    names = (stored, found.annotations.get(_RELEASE_NAME, ""), found.labels.get(_INSTANCE, ""))
    return any(_RELEASE.fullmatch(name) for name in names)


def _copied_from(found: LiveObject, namespace: str) -> bool:
    origins = (found.labels.get(_KUBED), found.annotations.get(_REFLECTOR, "").partition("/")[0])
    return found.namespace != namespace and namespace in origins


def _beside_epinio(found: LiveObject, release: str) -> bool:
    """What is Epinio's only in the release's own namespace."""
    if found.kind[0] == _DEX:
        return True
    if found.kind != CLAIM:
        return False
    of_store = found.labels.get("app") == "minio" and found.labels.get("release", release) == release
    return bool(_CACHE.fullmatch(found.name)) or (of_store and bool(_STORE.fullmatch(found.name)))
