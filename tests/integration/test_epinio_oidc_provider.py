"""The cluster's OIDC provider, made and used in the stand-in and read back with boto3."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

from tests.integration.aws_site import ISSUER, Site

MODULE = "epinio_oidc_provider"
ARGS = {"issuer": ISSUER, "tags": {"team": "a", "number": 5}}


def _provider(site: Site) -> dict[str, Any]:
    arn = f"arn:aws:iam::{site.account}:oidc-provider/{ISSUER.removeprefix('https://')}"
    found: dict[str, Any] = site.client("iam").get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    return found


def test_made_once(site: Site) -> None:
    made = site.applied(MODULE, ARGS)
    found = _provider(site)
    assert found["ClientIDList"] == made["provider"]["audiences"] == ["sts.amazonaws.com"]
    assert {tag["Key"]: tag["Value"] for tag in found["Tags"]} == {
        "team": "a",
        "number": "5",
        "epinio.aws/managed-by": "epinio.aws",
        "epinio.aws/wiring": site.wiring(),
    }
    assert site.unchanged(MODULE, ARGS) == ["iam:GetOpenIDConnectProvider"]


def test_anothers_gets_the_audience_and_nothing_else(site: Site) -> None:
    site.client("iam").create_open_id_connect_provider(Url=ISSUER, ClientIDList=["other"])
    made = site.applied(MODULE, {**ARGS, "create": False})
    assert [change["operation"] for change in made["changes"]] == ["iam.add_client_id_to_open_id_connect_provider"]
    found = _provider(site)
    assert (set(found["ClientIDList"]), found["Tags"]) == ({"other", "sts.amazonaws.com"}, [])
    assert len(made["notices"]) == 2


def test_a_missing_one_is_refused_if_it_must_exist(site: Site) -> None:
    assert "epinio_manage_oidc_provider" in site.refused(MODULE, {**ARGS, "create": False})
    assert "malformed" in site.refused(MODULE, {"issuer": f"{ISSUER}/"})


def test_a_removal_leaves_and_reports_it(site: Site) -> None:
    site.run(MODULE, ARGS)
    args, before, written = {"issuer": ISSUER, "state": "absent"}, _provider(site), site.writes()
    left = site.applied(MODULE, args)
    (residue,) = left["residue"]
    assert "by this wiring" in residue["reason"]
    assert left["provider"]["audiences"] == ["sts.amazonaws.com"]
    assert site.unchanged(MODULE, args) == ["iam:GetOpenIDConnectProvider"]
    (others,) = site.run(MODULE, {**args, "wiring": site.wiring("two")})["residue"]
    assert others["wiring"] == site.wiring()
    found = _provider(site)
    assert ({**found, "ResponseMetadata": None}, site.writes()) == ({**before, "ResponseMetadata": None}, written)


def test_a_removal_without_provider_or_issuer_reports_none(site: Site) -> None:
    none = site.applied(MODULE, {"issuer": ISSUER, "state": "absent"})
    assert (none["provider"], none["residue"], none["notices"]) == ({}, [], [])
    before = site.actions()
    unknown = site.applied(MODULE, {"state": "absent"})
    assert (unknown["provider"], unknown["residue"], len(unknown["notices"])) == ({}, [], 1)
    assert site.actions() == before
    assert "missing: issuer" in site.refused(MODULE, {"state": "present"})
