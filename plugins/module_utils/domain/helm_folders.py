# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of our own for helm, where those that it would use cannot be used.

In a container with a random user, HOME is often missing, `/` or read-only. helm then blames the chart repository, whose
index it cannot write. Where its folders and files are: helm/helm, pkg/helmpath/lazypath.go and pkg/cli/environment.go;
the cache of Kubernetes' APIs: kubernetes/cli-runtime, pkg/genericclioptions/config_flags.go. Where HOME is a file, helm
finds no cluster: it looks for `~/.kube/config` even if KUBECONFIG names another (kubernetes/client-go,
tools/clientcmd/loader.go, Migrate).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

_DARWIN = {"CACHE": "Library/Caches", "CONFIG": "Library/Preferences"}
_OTHERS = {"CACHE": ".cache", "CONFIG": ".config"}
_FILES = {"HELM_REPOSITORY_CONFIG": "repositories.yaml", "HELM_REGISTRY_CONFIG": "registry/config.json"}


def replaced(
    environ: Mapping[str, str],
    own: str,
    *,
    writable: Callable[[str], bool],
    readable: Callable[[str], bool],
    blocked: Callable[[str], bool],
    darwin: bool = False,
) -> dict[str, str]:
    """The variables that lead helm into the folder `own` instead of to what it cannot use.

    `writable` says whether a folder can be written to, or made; `readable` whether a file can be read, or is not there;
    `blocked` whether something else than a folder stands where one is meant, or above it.
    The user's cache is written to, so all of it is replaced or none; each file of the user's that can be read is used.
    """
    cache, config = _home("CACHE", environ, darwin=darwin), _home("CONFIG", environ, darwin=darwin)
    caches = {
        "HELM_CACHE_HOME": cache,
        "HELM_REPOSITORY_CACHE": repository_cache(environ, darwin=darwin),
        "HELM_CONTENT_CACHE": environ.get("HELM_CONTENT_CACHE") or os.path.join(cache, "content"),
    }
    found = {}
    if not all(writable(folder) for folder in caches.values()):
        found = {name: os.path.join(own, name.lower()) for name in caches}
    for name, file in _FILES.items():
        if not readable(environ.get(name) or os.path.join(config, file)):
            found[name] = os.path.join(own, name.lower())
    if not writable(environ.get("KUBECACHEDIR") or os.path.join(environ.get("HOME", ""), ".kube", "cache")):
        found["KUBECACHEDIR"] = os.path.join(own, "kube")
    if blocked(environ.get("HOME", "")):
        found["HOME"] = os.path.join(own, "home")
    return found


def repository_cache(environ: Mapping[str, str], *, darwin: bool = False) -> str:
    """Where helm has the indexes of the user's repositories."""
    cache = _home("CACHE", environ, darwin=darwin)
    return environ.get("HELM_REPOSITORY_CACHE") or os.path.join(cache, "repository")


def _home(kind: str, environ: Mapping[str, str], *, darwin: bool) -> str:
    given = environ.get(f"HELM_{kind}_HOME")
    folder = (_DARWIN if darwin else _OTHERS)[kind]
    base = environ.get(f"XDG_{kind}_HOME") or os.path.join(environ.get("HOME", ""), folder)
    return given or os.path.join(base, "helm")
