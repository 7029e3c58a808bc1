"""The marks that other tools leave on Epinio's server, and those that mean nothing."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import owner

FLUX = {"helm.toolkit.fluxcd.io/name": "epinio", "helm.toolkit.fluxcd.io/namespace": "flux-system"}
KUSTOMIZE = {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
TRACKED = {"argocd.argoproj.io/tracking-id": "epinio:apps/Deployment:epinio/epinio-server"}
FLEET = {"objectset.rio.cattle.io/id": "default-site-epinio-cattle-fleet-system"}
HELM = {"meta.helm.sh/release-name": "epinio", "meta.helm.sh/release-namespace": "epinio"}


@pytest.mark.parametrize(
    ("labels", "annotations", "tool", "thing", "where"),
    [
        (FLUX, HELM, "Flux", "HelmRelease flux-system/epinio", "spec.values of it"),
        ({"helm.toolkit.fluxcd.io/name": "epinio"}, {}, "Flux", "HelmRelease epinio", "spec.values of it"),
        (KUSTOMIZE, {}, "Flux", "Kustomization flux-system/apps", "the source of it"),
        ({**KUSTOMIZE, **FLUX}, {}, "Flux", "HelmRelease flux-system/epinio", "spec.values of it"),
        ({}, TRACKED, "Argo CD", "Application epinio", "the Helm values of it"),
        (
            {},
            {"argocd.argoproj.io/tracking-id": "team-a_epinio:apps/Deployment:epinio/epinio-server"},
            "Argo CD",
            "Application team-a/epinio",
            "the Helm values of it",
        ),
        ({"argocd.argoproj.io/instance": "epinio"}, {}, "Argo CD", "Application epinio", "the Helm values of it"),
        (
            {"objectset.rio.cattle.io/hash": "1f"},
            {**HELM, **FLEET},
            "Fleet",
            "the bundle of object set default-site-epinio-cattle-fleet-system",
            "helm.values in its fleet.yaml",
        ),
    ],
)
def test_owners_are_told_by_their_marks(
    labels: dict[str, str], annotations: dict[str, str], tool: str, thing: str, where: str
) -> None:
    found = owner(labels, annotations)
    assert found is not None
    assert (found.tool, found.object) == (tool, thing)
    assert found.advice == (
        f"Put the values that epinio_release returns (owned_values) into {where}, and let {tool} apply them."
    )


@pytest.mark.parametrize(
    ("labels", "annotations"),
    [
        ({}, {}),
        # Helm's own convention, and Argo CD's default until 3.0.
        ({"app.kubernetes.io/instance": "epinio", "app.kubernetes.io/managed-by": "Helm"}, HELM),
        ({"helm.toolkit.fluxcd.io/name": ""}, {}),
        ({"helm.toolkit.fluxcd.io/namespace": "flux-system"}, {}),
        ({}, {"argocd.argoproj.io/sync-wave": "1", "argocd.argoproj.io/tracking-id": ""}),
        # Rancher itself and k3s, which have owners among objects.
        ({}, {**FLEET, "objectset.rio.cattle.io/owner-gvk": "k3s.cattle.io/v1, Kind=Addon"}),
        ({}, {"objectset.rio.cattle.io/id": ""}),
        # A label where the tool sets an annotation, and the other way round.
        (TRACKED, FLUX),
    ],
)
def test_other_marks_prove_nothing(labels: dict[str, str], annotations: dict[str, str]) -> None:
    assert owner(labels, annotations) is None
