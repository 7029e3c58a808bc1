"""Everything in AWS, made and taken back in one go while AWS takes its time, and found as wanted afterwards."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import time
from typing import Any

from tests.integration.aws_site import ISSUER, Site


def test_all_then_again(eventual_site: Site) -> None:
    site = eventual_site
    policy = f"arn:aws:iam::{site.account}:policy/EpinioECEKSClusterPolicy"
    role = {"name": "epinio-server-role", "issuer": ISSUER, "service_account": "epinio-server", "policies": [policy]}
    tasks: list[tuple[str, dict[str, Any]]] = [
        ("epinio_oidc_provider", {"issuer": ISSUER}),
        ("epinio_bucket", {"name": f"sources-{site.account}", "create": True}),
        ("epinio_iam_policy", {"name": "EpinioECEKSClusterPolicy", "access": "server", "bucket": "sources"}),
        ("epinio_irsa_role", role),
    ]
    planned = [site.run(name, args, check=True) for name, args in tasks]
    assert site.writes() == []
    made = [site.run(name, args) for name, args in tasks]
    assert [result["changes"] for result in made] == [result["changes"] for result in planned]
    time.sleep(site.stand_in.world.consistency.delays.visible_after)
    assert [len(site.unchanged(name, args)) for name, args in tasks] == [1, 4, 2, 2]
    _take_back(site, policy)


def _take_back(site: Site, policy: str) -> None:
    """What was detached still counts for AWS, which refuses the deletion until it does not."""
    tasks: list[tuple[str, dict[str, Any]]] = [
        (
            "epinio_irsa_role",
            {"name": "epinio-server-role", "issuer": ISSUER, "policies": [policy], "state": "absent"},
        ),
        (
            "epinio_iam_policy",
            {"name": "EpinioECEKSClusterPolicy", "released_by": ["epinio-server-role"], "state": "absent"},
        ),
        ("epinio_bucket", {"name": f"sources-{site.account}", "state": "absent"}),
        ("epinio_oidc_provider", {"issuer": ISSUER, "state": "absent"}),
    ]
    written = site.writes()
    planned = [site.run(name, args, check=True) for name, args in tasks]
    assert site.writes() == written
    made = [site.run(name, args) for name, args in tasks]
    assert [result["changes"] for result in made] == [result["changes"] for result in planned]
    assert [result["residue"] for result in made] == [result["residue"] for result in planned]
    assert [len(result["residue"]) for result in made] == [0, 0, 1, 1]
    assert site.writes()[len(written) :].count("iam:DeleteRole") > 1
    assert [len(site.unchanged(name, args)) for name, args in tasks] == [1, 1, 1, 1]
    assert site.client("iam").list_policies(Scope="Local")["Policies"] == []
    assert site.client("iam").list_roles()["Roles"] == []
