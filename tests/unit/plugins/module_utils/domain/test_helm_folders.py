"""Where helm's folders are, and which of them are replaced."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_folders

CACHES = {"HELM_CACHE_HOME", "HELM_REPOSITORY_CACHE", "HELM_CONTENT_CACHE"}
CONFIGS = {"HELM_REPOSITORY_CONFIG", "HELM_REGISTRY_CONFIG"}
HOME = {"HOME": "/me"}


def replaced(environ: dict[str, str], unusable: tuple[str, ...], *, darwin: bool = False) -> set[str]:
    """The variables that are set where these paths, and what is below them, cannot be used."""

    def usable(path: str) -> bool:
        return path.startswith("/") and not path.startswith(unusable)

    found = helm_folders.replaced(
        environ, "/own", writable=usable, readable=usable, blocked="/a-file".__eq__, darwin=darwin
    )
    assert all(path.startswith("/own/") for path in found.values())
    assert len(set(found.values())) == len(found)
    return set(found)


@pytest.mark.parametrize(
    ("environ", "unusable", "expected"),
    [
        (HOME, (), set()),
        (HOME, ("/me",), CACHES | CONFIGS | {"KUBECACHEDIR"}),
        ({}, (), CACHES | CONFIGS | {"KUBECACHEDIR"}),
        ({"HOME": ""}, (), CACHES | CONFIGS | {"KUBECACHEDIR"}),
        ({"HOME": "relative"}, (), CACHES | CONFIGS | {"KUBECACHEDIR"}),
        ({"HOME": "/a-file"}, ("/a-file",), CACHES | CONFIGS | {"KUBECACHEDIR", "HOME"}),
        ({"HOME": "/"}, ("/.cache", "/.kube"), CACHES | {"KUBECACHEDIR"}),
        (HOME, ("/me/.cache",), CACHES),
        (HOME, ("/me/.cache/helm/repository",), CACHES),
        (HOME, ("/me/.cache/helm/content",), CACHES),
        (HOME, ("/me/.config",), CONFIGS),
        (HOME, ("/me/.config/helm/repositories.yaml",), {"HELM_REPOSITORY_CONFIG"}),
        (HOME, ("/me/.config/helm/registry",), {"HELM_REGISTRY_CONFIG"}),
        (HOME, ("/me/.kube",), {"KUBECACHEDIR"}),
        ({**HOME, "KUBECACHEDIR": "/kube"}, ("/me/.kube",), set()),
        ({**HOME, "XDG_CACHE_HOME": "/xdg"}, ("/me/.cache",), set()),
        ({**HOME, "XDG_CACHE_HOME": "/xdg"}, ("/xdg/helm",), CACHES),
        ({**HOME, "XDG_CONFIG_HOME": "/xdg"}, ("/xdg/helm",), CONFIGS),
        ({**HOME, "XDG_CACHE_HOME": "/xdg", "HELM_CACHE_HOME": "/helm"}, ("/xdg",), set()),
        ({**HOME, "HELM_CACHE_HOME": "/helm"}, ("/helm",), CACHES),
        ({**HOME, "HELM_CONFIG_HOME": "/helm"}, ("/helm",), CONFIGS),
        ({**HOME, "HELM_CONFIG_HOME": "/helm"}, ("/me/.config",), set()),
        ({**HOME, "HELM_REPOSITORY_CACHE": "/there"}, ("/there",), CACHES),
        ({**HOME, "HELM_CONTENT_CACHE": "/there"}, ("/there",), CACHES),
        ({**HOME, "HELM_REPOSITORY_CONFIG": "/a", "HELM_REGISTRY_CONFIG": "/b"}, ("/me/.config",), set()),
        ({**HOME, "HELM_REPOSITORY_CONFIG": "/a"}, ("/a",), {"HELM_REPOSITORY_CONFIG"}),
    ],
)
def test_only_what_cannot_be_used_is_replaced(
    environ: dict[str, str], unusable: tuple[str, ...], expected: set[str]
) -> None:
    assert replaced(environ, unusable) == expected


def test_folders_of_macos() -> None:
    assert replaced(HOME, ("/me/Library/Caches/helm",), darwin=True) == CACHES
    assert replaced(HOME, ("/me/Library/Preferences/helm",), darwin=True) == CONFIGS
    assert replaced(HOME, ("/me/.cache", "/me/.config"), darwin=True) == set()
