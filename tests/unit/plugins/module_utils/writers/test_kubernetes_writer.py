"""What a rehearsal leaves to the real call, and what it does not."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.errors import ServiceFailed
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.writers import kubernetes

ABSENT = {"namespace": "epinio", "name": "staging"}


@pytest.mark.parametrize(
    ("method", "code", "passes"),
    [
        ("delete_service_account", "409", True),
        ("delete_service_account", "404", True),
        ("delete_service_account", "403", False),
        ("patch_service_account", "409", True),
        ("patch_service_account", "404", False),
    ],
)
def test_what_only_the_real_call_decides_passes(
    monkeypatch: pytest.MonkeyPatch, method: str, code: str, passes: bool
) -> None:
    def refused(_self: Any, **_arguments: Any) -> None:
        raise ServiceFailed("do it", "not now", code=code)

    monkeypatch.setattr(kubernetes.KubernetesWriter, method, refused)
    plan = Plan({}, {}, (Change("do it", f"kubernetes.{method}", ABSENT),))
    if passes:
        assert kubernetes.rehearsed(plan, None) is plan
    else:
        with pytest.raises(ServiceFailed, match="not now"):
            kubernetes.rehearsed(plan, None)
