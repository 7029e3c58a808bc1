# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools that own a Helm release besides helm: they would undo what we upgrade, or have no release at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# fluxcd/helm-controller, internal/postrender/origin_labels.go; https://github.com/fluxcd/helm-controller/pull/238
_FLUX_RELEASE = "helm.toolkit.fluxcd.io"
# https://fluxcd.io/flux/components/kustomize/kustomizations/
_FLUX_KUSTOMIZATION = "kustomize.toolkit.fluxcd.io"
# https://argo-cd.readthedocs.io/en/stable/user-guide/resource_tracking/: the annotation, or this label where it is so
# configured. The other label that it may use, app.kubernetes.io/instance, is also what charts set themselves.
_ARGO_TRACKING, _ARGO_INSTANCE = "argocd.argoproj.io/tracking-id", "argocd.argoproj.io/instance"
# rancher/fleet, internal/helmdeployer/postrender.go. Rancher's own objects, and those of k3s, name an owner besides.
_FLEET_SET, _RANCHER_OWNER = "objectset.rio.cattle.io/id", "objectset.rio.cattle.io/owner-gvk"


@dataclass(frozen=True)
class Owner:
    """The tool, the object by which it owns the release ("HelmRelease flux-system/epinio"), and what to do instead."""

    tool: str
    object: str
    advice: str


def owner(labels: Mapping[str, str], annotations: Mapping[str, str]) -> Owner | None:
    """Who owns the release besides helm, by what the live Deployment of Epinio's server carries; `None` for nobody."""
    release, kustomization = _flux(_FLUX_RELEASE, labels), _flux(_FLUX_KUSTOMIZATION, labels)
    application = annotations.get(_ARGO_TRACKING, "").partition(":")[0] or labels.get(_ARGO_INSTANCE, "")
    bundle = "" if _RANCHER_OWNER in annotations else annotations.get(_FLEET_SET, "")
    if release:
        return _owner("Flux", f"HelmRelease {release}", "spec.values of it")
    if kustomization:
        return _owner("Flux", f"Kustomization {kustomization}", "the source of it")
    if application:
        # https://argo-cd.readthedocs.io/en/stable/operator-manual/app-any-namespace/: `<namespace>_<name>`
        return _owner("Argo CD", f"Application {application.replace('_', '/')}", "the Helm values of it")
    if bundle:
        return _owner("Fleet", f"the bundle of object set {bundle}", "helm.values in its fleet.yaml")
    return None


def _flux(group: str, labels: Mapping[str, str]) -> str:
    name, namespace = labels.get(f"{group}/name", ""), labels.get(f"{group}/namespace", "")
    return f"{namespace}/{name}" if name and namespace else name


def _owner(tool: str, thing: str, where: str) -> Owner:
    values = "the values that epinio_release returns (owned_values)"
    return Owner(tool, thing, f"Put {values} into {where}, and let {tool} apply them.")
