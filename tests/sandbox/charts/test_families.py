"""What the older families do with `serviceAccount` in the values, and that they differ in nothing else."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Rendering = dict[tuple[str, str], dict[str, Any]]
Render = Callable[..., Rendering]
SERVER = ("Deployment", "epinio-server")
ARN = "arn:aws:iam::123456789012:role/epinio-server-role"
ACCOUNT = (
    rf"serviceAccount.annotations.eks\.amazonaws\.com/role-arn={ARN}",
    "serviceAccount.name=other",
    "serviceAccount.automount=false",
)


@pytest.mark.parametrize("version", ["1.13.9", "1.13.10"])
def test_account_of_the_server(render: Render, version: str) -> None:
    rendering = render(version, *ACCOUNT)
    account = rendering["ServiceAccount", "other"]
    assert account["metadata"]["annotations"] == {"eks.amazonaws.com/role-arn": ARN}
    assert account["automountServiceAccountToken"] is False
    assert used_and_bound(rendering) == ("other", ["other", "other"])
    assert rendering["ClusterRoleBinding", "epinio-server-cluster-admin"]["roleRef"]["name"] == "cluster-admin"
    assert "annotations" not in render(version)["ServiceAccount", "epinio-server"]["metadata"]
    assert ("ServiceAccount", "epinio-server") not in render(version, "serviceAccount.create=false")


def test_oldest_family_has_a_fixed_account_which_its_deployment_may_leave(render: Render) -> None:
    """Epinio's chart 1.13.4, templates/server.yaml: only the Deployment reads `serviceAccount`."""
    rendering = render("1.13.0", *ACCOUNT)
    account = rendering["ServiceAccount", "epinio-server"]
    assert "annotations" not in account["metadata"]
    assert "automountServiceAccountToken" not in account
    assert used_and_bound(rendering) == ("other", ["epinio-server", "epinio-server"])
    assert ("ServiceAccount", "epinio-server") in render("1.13.0", "serviceAccount.create=false")


@pytest.mark.parametrize(
    ("version", "templates"),
    [("1.13.0", {"templates/service-account.yaml", "templates/_bound-account.tpl"}), ("1.13.5", set())],
)
def test_older_families_are_the_newest_of_minio_in_all_else(charts: Path, version: str, templates: set[str]) -> None:
    older, newest = chart_files(charts / version), chart_files(charts / "1.13.9")
    differing = {path for path in older.keys() | newest.keys() if older.get(path) != newest.get(path)}
    assert differing == {"Chart.yaml", "values.yaml", *templates}
    values = yaml.safe_load(newest["values.yaml"])
    for image in ("epinio", "bash"):
        values["image"][image]["tag"] = f"v{version}"
    assert yaml.safe_load(older["values.yaml"]) == values


def used_and_bound(rendering: Rendering) -> tuple[str, list[str]]:
    """The account that the server's pods use, and those that have its rights."""
    bindings = [("ClusterRoleBinding", "epinio-server-cluster-admin"), ("RoleBinding", "epinio-server-role")]
    bound = [subject["name"] for key in bindings for subject in rendering[key]["subjects"]]
    return rendering[SERVER]["spec"]["template"]["spec"]["serviceAccountName"], bound


def chart_files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
