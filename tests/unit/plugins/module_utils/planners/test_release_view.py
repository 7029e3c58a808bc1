"""The release as it is shown."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Server, target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_view import as_found, as_upgraded, view

from tests.unit.plugins.module_utils.planners.release_world import SERVER, WANTED, account, fresh, release


@pytest.mark.parametrize(("status", "revision"), [("deployed", 2), ("failed", 2), ("pending-upgrade", 3)])
def test_the_revision_to_come(status: str, revision: int) -> None:
    """A rollback, which ends a pending revision, makes one of its own."""
    actual = fresh(release=release(status=status))
    assert as_upgraded(actual, target(WANTED, actual), release(), SERVER).revision == revision


def test_the_server_to_come_is_the_rendered_one_and_else_that_of_now() -> None:
    goal = target(WANTED, fresh())
    newer = Server("epinio-server:v1.13.10", "mine")
    assert as_upgraded(fresh(), goal, release(chart_version="1.13.10"), newer).server == newer
    assert as_upgraded(fresh(), goal, release(), None).server == SERVER
    assert str(as_found(fresh()).server_version) == "1.13.9"


def test_account_and_version_without_a_server() -> None:
    actual = fresh(server=None, account=account(""))
    shown = view(WANTED, actual, target(WANTED, actual), as_found(actual), None)
    assert (shown["server_service_account"], shown["server_version"]) == ("epinio-server", "1.13.9")
    odd = replace(actual, release=release(chart_version="main"))
    assert as_found(odd).server_version is None
