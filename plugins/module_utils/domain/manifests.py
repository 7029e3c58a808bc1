# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a release: YAML documents, as Helm renders and stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.kubernetes_fields import fitting
from ansible_collections.epinio.aws.plugins.module_utils.domain.yaml_texts import UNREADABLE
from ansible_collections.epinio.aws.plugins.module_utils.errors import ForeignAnswer, ServiceFailed

try:
    import yaml
except ImportError:  # kubernetes_module says so
    yaml = None  # type: ignore[assignment]  # a module is no None

Object = Mapping[str, Any]
_ATTEMPT = "read the manifest of the release"
# Helm stores a revision before the API server judges its objects.
_FORM: dict[str, Any] = {
    "apiVersion": str,
    "kind": str,
    "metadata": {"name": str, "namespace": str, "labels": dict, "annotations": dict},
    "spec": dict,
    "data": dict,
    "stringData": dict,
}


def objects(manifest: str) -> tuple[Object, ...]:
    """The objects of a manifest, in its order. Raises `ServiceFailed` for what is no YAML, or no object.

    Neither the error nor its context quotes the manifest, which holds secrets: PyYAML's own error would.
    """
    # The C loader reads Epinio's 5,000 lines ten times as fast.
    loader, mark = getattr(yaml, "CSafeLoader", yaml.SafeLoader), None
    try:
        found = [one for one in yaml.load_all(manifest, loader) if one]
    except (yaml.YAMLError, *UNREADABLE) as error:
        mark, found = getattr(error, "problem_mark", None), None
    if found is None:
        where = f" in line {mark.line + 1}" if mark else ""
        raise ServiceFailed(_ATTEMPT, f"it is no YAML that can be read{where}")
    try:
        return tuple(fitting(_FORM, one) for one in found)
    except ForeignAnswer as error:
        raise ServiceFailed(_ATTEMPT, f"an object of it has another form: {error}") from error


def named(found: Iterable[Object], kind: str, name: str) -> Object | None:
    """The object of a kind and name; `None` if it is not among them."""
    return next((one for one in found if one.get("kind") == kind and name_of(one) == name), None)


def name_of(one: Object) -> str:
    """The name of an object, `""` if it has none."""
    return str((one.get("metadata") or {}).get("name", ""))
