"""The manifest of a release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import traceback

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed

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


@pytest.mark.parametrize(
    "text",
    ["kind: Secret\ndata: {password: 'hush", "kind: Secret\npassword: hush: hush", "a: hush\nb: 2026-13-45 # hush"],
)
def test_what_cannot_be_read_is_not_quoted(text: str) -> None:
    with pytest.raises(ServiceFailed, match="read the manifest of the release") as failed:
        manifests.objects(text)
    assert "hush" not in "".join(traceback.format_exception(failed.value))
    assert failed.value.__context__ is None


def test_named() -> None:
    found = manifests.objects(MANIFEST)
    assert manifests.named(found, "Deployment", "a") is found[1]
    assert manifests.named(found, "Deployment", "b") is None
