"""A release of Epinio's chart whose Secrets the writers change."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils import kubernetes_rest
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer

from tests.unit.plugins.module_utils.writers.fake_release import LABEL, OWNER, ROLES, Epinio, Secrets, b64


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    """Whatever client a call is made with."""
    made, call = Secrets(), kubernetes_rest.call

    def of_these(attempt: str, _api_client: Any, *arguments: Any, **options: Any) -> Any:
        return call(attempt, made.client, *arguments, **options)

    monkeypatch.setattr(kubernetes_rest, "call", of_these)
    return made


@pytest.fixture
def epinio(secrets: Secrets, monkeypatch: pytest.MonkeyPatch) -> Epinio:
    """Installed, its default password changed."""
    made = Epinio(secrets)
    monkeypatch.setattr(reader, "find_revisions", made.revisions)
    secrets.put("admin", {"password": b64("own")}, labels=dict(LABEL), annotations=dict(ROLES))
    return made


@pytest.fixture
def upkeep(epinio: Epinio) -> writer.UpkeepWriter:
    made = writer.UpkeepWriter(None, OWNER, "epinio")
    made.save_record(1, "irsa", {"s3.bucket": "ours"}, ["admin"])
    return made
