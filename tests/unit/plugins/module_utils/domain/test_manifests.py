"""The manifest of a release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests

MANIFEST = """---
# Source: epinio/templates/a.yaml
kind: Secret
metadata: {name: a}
---
---
kind: Deployment
metadata: {name: a}
"""


def test_objects_without_the_empty_documents() -> None:
    assert [one["kind"] for one in manifests.objects(MANIFEST)] == ["Secret", "Deployment"]
    assert manifests.objects("") == ()


def test_named() -> None:
    found = manifests.objects(MANIFEST)
    assert manifests.named(found, "Deployment", "a") is found[1]
    assert manifests.named(found, "Deployment", "b") is None
