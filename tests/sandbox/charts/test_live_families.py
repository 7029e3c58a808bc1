"""An upgrade from the oldest family, and what helm's dry run tells of a chart, on the sandbox's control plane."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import chart_repository
from tests.sandbox.charts.chart_site import Site, uninstall

pytestmark = pytest.mark.live


def test_older_families_and_what_a_dry_run_tells_of_a_fork(site: Site, tmp_path: Path) -> None:
    """The annotation in the values reaches the account with 1.13.5 only; a chart's templates tell it from a fork's."""
    arn = "arn:aws:iam::123456789012:role/epinio-server-role"
    annotation = ("--set", rf"serviceAccount.annotations.eks\.amazonaws\.com/role-arn={arn}")
    oldest = site.upgrade("--create-namespace", *annotation, version="1.13.0")
    before = annotations_of_account(site)
    newer = site.upgrade(*annotation, version="1.13.5")
    after = annotations_of_account(site)
    stored, honest = stored_templates(site), templates_of_dry_run(site)
    with chart_repository.serving([chart_repository.write_fork("1.13.5", tmp_path)]) as forks:
        forked = templates_of_dry_run(replace(site, charts=forks))
    uninstall(site)
    assert (oldest.returncode, newer.returncode) == (0, 0), oldest.stderr + newer.stderr
    assert (before.get("eks.amazonaws.com/role-arn"), after.get("eks.amazonaws.com/role-arn")) == (None, arn)
    assert honest == stored
    assert {name for name, data in forked.items() if stored[name] != data} == {"templates/server.yaml"}


def annotations_of_account(site: Site) -> dict[str, str]:
    """Those of the server's account; its pod is ready, or helm's wait would have failed."""
    found: dict[str, str] = json.loads(site.kubectl("get", "sa", "epinio-server", "-o", "json"))["metadata"].get(
        "annotations", {}
    )
    return found


def stored_templates(site: Site) -> dict[str, str]:
    """The templates of the newest revision in helm's storage, by name."""
    (newest,) = json.loads(site.kubectl("get", "secrets", "-l", "owner=helm,status=deployed", "-o", "json"))["items"]
    release = gzip.decompress(base64.b64decode(base64.b64decode(newest["data"]["release"])))
    return by_name(json.loads(release)["chart"]["templates"])


def templates_of_dry_run(site: Site) -> dict[str, str]:
    done = site.upgrade("--dry-run=server", "--output", "json", version="1.13.5")
    assert done.returncode == 0, done.stderr
    return by_name(json.loads(done.stdout)["chart"]["templates"])


def by_name(templates: list[dict[str, str]]) -> dict[str, str]:
    return {template["name"]: template["data"] for template in templates}
