"""The Secret in which Helm keeps a release."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_storage
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Revision

CONTENT: dict[str, Any] = {
    "name": "epinio",
    "namespace": "epinio",
    "version": 3,
    "config": {"global": {"domain": "example.test"}},
    "info": {"status": "deployed", "last_deployed": "2026-11-24T09:00:00Z", "description": "Upgrade complete"},
    "chart": {"metadata": {"name": "epinio", "version": "1.13.9"}, "values": {"minio": {"enabled": True}}},
    "manifest": "---\nkind: Secret\n",
}


def stored(content: dict[str, Any]) -> str:
    packed = base64.b64encode(gzip.compress(json.dumps(content).encode()))
    return base64.b64encode(packed).decode()


def test_decoded() -> None:
    found = helm_storage.decoded(stored(CONTENT))
    assert (found.name, found.namespace, found.revision, found.status) == ("epinio", "epinio", 3, "deployed")
    assert (found.chart, found.chart_version) == ("epinio", "1.13.9")
    assert found.config == {"global": {"domain": "example.test"}}
    assert found.defaults == {"minio": {"enabled": True}}
    assert (found.since, found.description) == ("2026-11-24T09:00:00Z", "Upgrade complete")
    assert not found.server_side
    assert not found.pending


def test_templates_are_known_by_digests() -> None:
    def with_templates(**templates: str) -> Any:
        listed = [{"name": name, "data": data} for name, data in templates.items()]
        return helm_storage.release({**CONTENT, "chart": {**CONTENT["chart"], "templates": listed}}).templates

    assert helm_storage.release(CONTENT).templates == {}
    assert with_templates(a="YQ==", b="Yg==") == with_templates(b="Yg==", a="YQ==")
    assert with_templates(a="YQ==") != with_templates(a="Yg==")
    assert all(len(digest) == 64 for digest in with_templates(a="x" * 99999).values())


def test_the_label() -> None:
    found = helm_storage.release(CONTENT)
    assert found.label == "Revision 3 of release epinio (2026-11-24T09:00:00Z, Upgrade complete)"


def test_a_release_of_helm_4_without_values() -> None:
    found = helm_storage.decoded(stored({**CONTENT, "config": None, "apply_method": "ssa"}))
    assert found.config == {}
    assert found.server_side


@pytest.mark.parametrize(
    ("status", "pending"),
    [("pending-upgrade", True), ("pending-rollback", True), ("failed", False), ("deployed", False)],
)
def test_pending(status: str, pending: bool) -> None:
    assert helm_storage.release({**CONTENT, "info": {"status": status}}).pending is pending


def test_hooks() -> None:
    hooks = [{"manifest": "kind: Job\n"}, {"manifest": "kind: Pod\n"}]
    assert helm_storage.release({**CONTENT, "hooks": hooks}).hooks == "kind: Job\n\n---\nkind: Pod\n"
    assert helm_storage.release({**CONTENT, "hooks": None}).hooks == ""


def test_the_content_shows_no_manifest() -> None:
    assert "kind: Secret" not in repr(helm_storage.release(CONTENT))


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["superseded", "deployed", "pending-upgrade"], 2),
        (["superseded", "failed", "failed"], 1),
        # A rollback that failed calls the revision that it was to end superseded.
        (["deployed", "superseded", "failed"], 1),
        (["pending-install"], None),
        ([], None),
    ],
)
def test_last_finished(statuses: list[str], expected: int | None) -> None:
    revisions = tuple(Revision(number, status) for number, status in enumerate(statuses, 1))
    assert helm_storage.last_finished(revisions) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T09:00:00Z", datetime(2026, 11, 24, 9, tzinfo=timezone.utc)),
        ("2026-11-24T09:00:00.123456789Z", datetime(2026, 11, 24, 9, 0, 0, 123456, timezone.utc)),
        ("2026-11-24T09:00:00.12-05:00", datetime(2026, 11, 24, 9, 0, 0, 120000, timezone(timedelta(hours=-5)))),
        ("2026-11-24T09:00:00.123456789+02:00", datetime(2026, 11, 24, 9, 0, 0, 123456, timezone(timedelta(hours=2)))),
        ("", None),
        ("yesterday", None),
        ("2026-13-24T09:00:00Z", None),
    ],
)
def test_written(text: str, expected: datetime | None) -> None:
    assert helm_storage.written(text) == expected


def test_secret_name() -> None:
    assert helm_storage.secret_name("epinio", 12) == "sh.helm.release.v1.epinio.v12"
