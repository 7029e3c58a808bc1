"""OIDC providers of IAM: addresses, thumbprints, audiences."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.aws.fixtures import AUDIENCE, ISSUER, refusal


@pytest.mark.parametrize(
    "url",
    ["http://oidc.example.com/id/1", "https://oidc.example.com:8443/id/1", "https://o.example.com/?a=1", "nothing"],
)
def test_provider_urls_that_iam_refuses(iam: Any, url: str) -> None:
    """botocore's IAM model of CreateOpenIDConnectProvider: https, no port, no query."""
    assert refusal(iam.create_open_id_connect_provider, Url=url)[:2] == ("ValidationError", 400)


def test_a_provider_gets_a_thumbprint_and_exists_once(iam: Any, account: str) -> None:
    """botocore's IAM model: without thumbprints IAM retrieves one itself."""
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=[AUDIENCE])["OpenIDConnectProviderArn"]
    assert arn == f"arn:aws:iam::{account}:oidc-provider/{ISSUER.removeprefix('https://')}"
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert [len(each) for each in found["ThumbprintList"]] == [40]
    code, status, text = refusal(iam.create_open_id_connect_provider, Url=ISSUER)
    assert (code, status, text) == ("EntityAlreadyExists", 409, f"Provider with url {ISSUER} already exists.")


def test_audiences_of_a_provider(iam: Any) -> None:
    """botocore's IAM model: adding one that is there succeeds, removing one that is not too."""
    arn = iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["other"])["OpenIDConnectProviderArn"]
    provider = {"OpenIDConnectProviderArn": arn}
    for _ in range(2):
        iam.add_client_id_to_open_id_connect_provider(**provider, ClientID=AUDIENCE)
    assert iam.get_open_id_connect_provider(**provider)["ClientIDList"] == ["other", AUDIENCE]
    for _ in range(2):
        iam.remove_client_id_from_open_id_connect_provider(**provider, ClientID="other")
    assert iam.get_open_id_connect_provider(**provider)["ClientIDList"] == [AUDIENCE]
    missing = {"OpenIDConnectProviderArn": f"{arn}0", "ClientID": AUDIENCE}
    assert refusal(iam.add_client_id_to_open_id_connect_provider, **missing)[0] == "NoSuchEntity"
