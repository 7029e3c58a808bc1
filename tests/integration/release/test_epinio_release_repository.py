"""An upgrade out of a chart repository that wants credentials, and a helm that is none."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from tests.integration.release.site import ONE_HELM, ReleaseSite
from tests.integration.test_helm_surroundings import CREDENTIALS, ENCODED, guarded


def test_credentials_are_in_no_argument_and_no_result(epinio: ReleaseSite) -> None:
    with guarded(CREDENTIALS) as (host, asked):
        done = epinio.applied({"chart_repo": f"http://{ENCODED}@{host}", "chart_version": "1.13.9"})
        again = epinio.made({"chart_repo": f"http://{ENCODED}@{host}", "chart_version": "1.13.9"})
        missing = epinio.refused({"chart_repo": f"http://{ENCODED}@{host}", "chart_version": "1.13.8"})
        # Malformed: what is before the @ is no user information.
        malformed = epinio.refused({"chart_repo": f"http://me:ret/x-{ENCODED}/@{host}"})
    assert done["changed"]
    assert not again["changed"]
    assert "epinio_chart_version" in missing
    assert "epinio_chart_repo" in malformed
    # Helm 4 has the chart's content from before.
    assert "/index.yaml" in asked
    for result in (done, again, missing, malformed):
        assert not [text for text in ("s%40c", "s@c", "ret%2Fx", "ret/x") if text in json.dumps(result)]


@ONE_HELM
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("epinio_release", {"helm_binary": "/bin/true"}),
        ("epinio_uninstall", {"helm_binary": "/bin/true"}),
        ("epinio_release", {"helm_timeout": "99999999h"}),
        ("epinio_uninstall", {"helm_timeout": "99999999h"}),
        ("epinio_release", {"chart_ref": "--kubeconfig=/etc/passwd"}),
        ("epinio_release", {"chart_repo": "--debug"}),
        ("epinio_release", {"name": "--debug"}),
        ("epinio_uninstall", {"name": "a,b"}),
        ("epinio_release_info", {"name": "a b"}),
        ("epinio_release_info", {"chart_version": "latest"}),
    ],
)
def test_what_cannot_work_is_refused_before_any_write(epinio: ReleaseSite, name: str, args: dict[str, str]) -> None:
    before = epinio.writes()
    for check in (True, False):
        result = epinio.run(args, check, name)
        assert result.get("failed"), result
        (option,) = args
        variable = {"name": "epinio_release"}.get(option, f"epinio_{option}")
        assert variable in result["msg"]
    assert epinio.writes() == before
