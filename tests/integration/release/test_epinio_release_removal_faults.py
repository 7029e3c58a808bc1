"""What `epinio_release` makes of a removal that died, and of an upgrade that is taken back at once."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import shlex

import pytest

from sandbox import build
from tests.integration.release.site import BACK, ONE_HELM, ROLE_ARN, ReleaseSite, operations

pytestmark = pytest.mark.live


def dying_helm(epinio: ReleaseSite, *, after: bool) -> str:
    """A helm that kills the module which runs it, before or after its upgrade. Rehearsals go well."""
    helm = shlex.quote(str(build.programs() / f"helm{epinio.site.helm}" / "helm"))
    script = epinio.site.folder / "helm"
    upgrade = f'{helm} "$@"\n' if after else ""
    script.write_text(
        f'#!/bin/sh\ncase "$1 $*" in *--dry-run*|version*) exec {helm} "$@";; esac\n{upgrade}kill -KILL $PPID\n',
        encoding="utf-8",
    )
    script.chmod(0o700)
    return str(script)


@ONE_HELM
@pytest.mark.parametrize(
    ("after", "finishing"),
    [
        (False, ["put_back", "save_kept", "upgrade", "put_back", "delete_record"]),
        (True, ["put_back", "delete_record"]),
    ],
    ids=["before", "after"],
)
def test_a_removal_that_was_killed_is_finished(epinio: ReleaseSite, after: bool, finishing: list[str]) -> None:
    before = epinio.values()
    epinio.people.change_password("admin")
    state = epinio.people.state()
    epinio.made()
    with pytest.raises(AssertionError, match="gave no result"):
        epinio.run({**BACK, "helm_binary": dying_helm(epinio, after=after)})
    assert (epinio.values() == before) is after
    assert epinio.records() == ["epinio-aws-wiring"]
    done = epinio.applied(BACK)
    assert [one.removeprefix("upkeep.").removeprefix("helm.") for one in operations(done)] == finishing
    assert epinio.values() == before
    assert epinio.people.state() == state
    assert epinio.records() == []
    assert ROLE_ARN not in epinio.annotations()
    assert epinio.run(BACK)["changed"] is False


@ONE_HELM
def test_an_upgrade_is_taken_back_to_the_chart_before_it(epinio: ReleaseSite) -> None:
    epinio.upgraded("1.13.10", "--reset-then-reuse-values")
    before = epinio.values()
    former = epinio.made({"chart_version": "1.13.9"})["release"]["former_chart_version"]
    assert former == "1.13.10"
    done = epinio.applied({**BACK, "chart_version": former})
    assert (done["release"]["chart_version"], done["release"]["former_chart_version"]) == ("1.13.10", "1.13.9")
    assert epinio.values() == before
    assert epinio.revision()["chart"]["metadata"]["version"] == "1.13.10"
    assert ROLE_ARN not in epinio.annotations()
