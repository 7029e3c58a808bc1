# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifest of a release: YAML documents, as Helm renders and stores them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

try:
    import yaml
except ImportError:  # a requirement of the Kubernetes client, of which arguments.require_kubernetes speaks
    yaml = None  # type: ignore[assignment]

Object = Mapping[str, Any]


def objects(manifest: str) -> tuple[Object, ...]:
    """The objects of a manifest, in its order."""
    # The C loader reads Epinio's 5,000 lines ten times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return tuple(found for found in yaml.load_all(manifest, loader) if found)


def named(found: Iterable[Object], kind: str, name: str) -> Object | None:
    """The object of a kind and name; `None` if it is not among them."""
    return next((one for one in found if one.get("kind") == kind and one["metadata"]["name"] == name), None)
