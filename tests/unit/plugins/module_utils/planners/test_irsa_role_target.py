"""What IAM does not take of a role is refused before any call."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import wiring
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.irsa_role_target import Wanted

OWNER = wiring("arn:aws:eks:eu-central-1:123456789012:cluster/one/epinio")
POLICY = "arn:aws:iam::123456789012:policy/ours"
WANTED = Wanted(OWNER, "r", "/team/", "https://oidc.test/id/A", "epinio-server", (POLICY,))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a" * 65},
        {"path": "team"},
        {"issuer": "http://x"},
        {"service_account": "*"},
        {"policies": ("ours",)},
        {"retired_policies": ("former",)},
        {"retired_policies": (POLICY,)},
        {"permissions_boundary": ""},
        {"permissions_boundary": "arn:aws:iam::210987654321:policy/theirs"},
        {"description": "日本"},
        {"max_session_duration": 60},
        {"max_session_duration": 0},
        {"max_session_duration": 43201},
        {"tags": {"a": "*"}},
    ],
)
def test_what_iam_does_not_take_is_refused_before_any_call(change: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        replace(WANTED, **change)
