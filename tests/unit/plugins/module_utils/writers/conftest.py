"""A release of Epinio's chart whose Secrets the writers change."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.readers import kubernetes_api
from ansible_collections.epinio.aws.plugins.module_utils.readers import upkeep as reader
from ansible_collections.epinio.aws.plugins.module_utils.writers import record as record_writer
from ansible_collections.epinio.aws.plugins.module_utils.writers import restoring
from ansible_collections.epinio.aws.plugins.module_utils.writers import upkeep as writer

from tests.unit.plugins.module_utils.writers.fake_release import LABEL, OWNER, ROLES, Epinio, Secrets, b64


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Secrets:
    made = Secrets()
    for module in (reader, record_writer, restoring, kubernetes_api):
        monkeypatch.setattr(module, "CoreV1Api", made)
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
