"""What botocore knows of the services: read once, but where somebody wants his own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pytest
from ansible_collections.epinio.aws.plugins.plugin_utils import service_models
from botocore.loaders import JSONFileLoader

OPERATIONS = {"eks": "list_clusters", "iam": "list_roles", "s3": "list_objects_v2", "sts": "get_caller_identity"}


def loader() -> Any:
    """The loader of a new session."""
    return botocore.session.Session().get_component("data_loader")


def test_sessions_share_a_loader_in_the_block_only() -> None:
    with service_models.shared():
        first, second = loader(), loader()
    assert first is second
    assert loader() is not first


def test_a_botocore_that_makes_loaders_another_way_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(botocore.session, "create_loader")
    service_models.prepare()
    with service_models.shared():
        assert not hasattr(botocore.session, "create_loader")


def test_who_has_descriptions_of_his_own_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    with service_models.shared():
        assert str(tmp_path) in loader().search_paths


def test_clients_of_the_usual_services_read_nothing_once_it_is_filled(monkeypatch: pytest.MonkeyPatch) -> None:
    service_models.prepare()
    read: list[str] = []
    load = JSONFileLoader.load_file

    def noted(self: JSONFileLoader, path: str) -> Any:
        found = load(self, path)
        read.extend([path] if found else [])
        return found

    monkeypatch.setattr(JSONFileLoader, "load_file", noted)
    with service_models.shared():
        for service, operation in OPERATIONS.items():
            client = boto3.session.Session().client(service, region_name="eu-central-1")
            assert client.can_paginate(operation) is (service != "sts")
    assert read == []
