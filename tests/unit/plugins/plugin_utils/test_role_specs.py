"""What the roles' argument specs say."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs


def test_what_is_required() -> None:
    assert {"epinio_cluster_name", "epinio_bucket"} <= set(role_specs.required("irsa", "main"))


@pytest.mark.parametrize(("role", "entry"), [("nonsense", "main"), ("verify", "teardown"), ("irsa", "")])
def test_entry_points_that_are_not_there(role: str, entry: str) -> None:
    with pytest.raises(Refused, match=rf"Role {role} has no entry point {entry}.*irsa \(main, teardown\)"):
        role_specs.required(role, entry)


def test_what_is_secret_is_a_variable_of_ours() -> None:
    assert set(role_specs.options()) >= role_specs.SECRET
