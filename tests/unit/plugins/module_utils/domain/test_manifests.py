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


@pytest.mark.parametrize("text", ["!!int ''", "!!timestamp x", "!!bool x", "&a [*a", "? [a]\n: b", "a: b\n\tc: d"])
def test_what_is_no_yaml_is_said_without_a_word_of_it(text: str) -> None:
    with pytest.raises(ServiceFailed, match="it is no YAML that can be read") as failed:
        manifests.objects(f"hush: {text}" if text.startswith("!!") else text)
    assert "hush" not in str(failed.value)


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_manifest(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(_form: object, _found: object) -> None:
        raise TypeError("ours")

    monkeypatch.setattr(manifests, "fitting", faulty)
    with pytest.raises(TypeError, match="ours"):
        manifests.objects("kind: Secret")
