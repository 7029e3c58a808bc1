"""The keys of the release that belong to the wiring."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import owned_keys, values
from ansible_collections.epinio.aws.plugins.module_utils.domain.arns import cluster
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import family, version
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import Settings
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

ROLE = "arn:aws:iam::123456789012:role/epinio-server-role"
SETTINGS = Settings("epinio-sources", "s3.us-east-1.amazonaws.com", "us-east-1", ROLE, "epinio-staging-service-account")
CLUSTER = cluster("arn:aws:eks:us-east-1:123456789012:cluster/epinio")


def owned(chart: str, settings: Settings = SETTINGS) -> dict[str, Any]:
    return {values.dotted(key): value for key, value in owned_keys.owned(settings, family(version(chart))).items()}


COMMON = {
    "s3.endpoint": "s3.us-east-1.amazonaws.com",
    "s3.bucket": "epinio-sources",
    "s3.region": "us-east-1",
    "s3.accessKeyID": "",
    "s3.secretAccessKey": "",
    "s3.useSSL": True,
    "s3.certificateSecret": "",
    "s3gw.enabled": False,
    "server.stagingWorkloads.serviceAccountName": "epinio-staging-service-account",
    'serviceAccount.annotations."eks.amazonaws.com/role-arn"': ROLE,
}


def test_owned_keys_of_each_family() -> None:
    assert owned("1.13.9") == {**COMMON, "minio.enabled": False}
    assert owned("1.13.10") == {**COMMON, "seaweedfs.enabled": False}
    assert 'serviceAccount.annotations."eks.amazonaws.com/role-arn"' not in owned("1.13.0")


@pytest.mark.parametrize("chart", ["1.13.0", "1.13.9", "1.13.10"])
def test_with_the_roles_of_nodes_nothing_of_service_accounts_is_ours(chart: str) -> None:
    """Whatever is given: the mode decides."""
    of_nodes = replace(SETTINGS, mode=owned_keys.INSTANCE_PROFILE)
    assert owned(chart, replace(of_nodes, role_arn="", staging_service_account="")) == owned(chart, of_nodes)
    accounts = {"server.stagingWorkloads.serviceAccountName", 'serviceAccount.annotations."eks.amazonaws.com/role-arn"'}
    assert owned(chart, of_nodes) == {key: value for key, value in owned(chart).items() if key not in accounts}


def test_the_domain_is_ours_only_if_given() -> None:
    assert owned("1.13.9", replace(SETTINGS, domain="example.test"))["global.domain"] == "example.test"


def test_a_role_that_the_webhook_ignores_is_refused() -> None:
    with pytest.raises(Refused, match="not the ARN of an IAM role"):
        replace(SETTINGS, role_arn="epinio-server-role")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, "s3.eu-central-1.amazonaws.com"),
        ("", "s3.eu-central-1.amazonaws.com"),
        ("bucket.vpce-0a1b.s3.eu-central-1.vpce.amazonaws.com", "bucket.vpce-0a1b.s3.eu-central-1.vpce.amazonaws.com"),
        ("127.0.0.1:9000", "127.0.0.1:9000"),
    ],
)
def test_endpoint(given: str | None, expected: str) -> None:
    assert owned_keys.s3_endpoint(given, CLUSTER, "eu-central-1") == expected


@pytest.mark.parametrize("given", ["https://s3.us-east-1.amazonaws.com", "s3.test/", "s3 test", "S3.TEST", "host:port"])
def test_malformed_endpoints_are_refused(given: str) -> None:
    with pytest.raises(Refused, match="The S3 endpoint is"):
        owned_keys.s3_endpoint(given, CLUSTER, "us-east-1")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"s3": {"bucket": "other"}}, "s3.bucket.*set epinio_bucket"),
        ({"s3": {"endpoint": "other"}}, "it has to be"),
        ({"s3": {"useSSL": False}}, "s3.useSSL.*has to be True"),
        ({"s3": {"useSSL": 1}}, "s3.useSSL"),
        ({"s3": {"certificateSecret": None}}, "s3.certificateSecret"),
        ({"minio": {"enabled": True}}, "minio.enabled.*has to be False"),
        ({"minio": None}, "epinio_values replaces minio as a whole"),
        ({"serviceAccount": {"annotations": None}}, "replaces serviceAccount.annotations as a whole"),
        ({"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": "x"}}}, "epinio_server_role_name"),
        ({"server": {"stagingWorkloads": {"serviceAccountName": "x"}}}, "epinio_staging_service_account"),
    ],
)
def test_conflicts_are_refused_by_name(given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        owned_keys.refuse_conflicts("epinio_values", given, owned_keys.owned(SETTINGS, family(version("1.13.9"))))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"s3": {"bucket": "epinio-sources"}},
        {"serviceAccount": {"annotations": {"mine": "x"}, "name": "other"}},
        {"seaweedfs": {"enabled": True}},
        {"global": {"domain": "example.test"}},
    ],
)
def test_other_values_are_the_users(given: dict[str, Any]) -> None:
    owned_keys.refuse_conflicts("epinio_values", given, owned_keys.owned(SETTINGS, family(version("1.13.9"))))


def test_a_conflict_does_not_tell_the_value() -> None:
    keys = owned_keys.owned(SETTINGS, family(version("1.13.9")))
    with pytest.raises(Refused) as refused:
        owned_keys.refuse_conflicts("epinio_secret_values", {"s3": {"secretAccessKey": "hush-hush"}}, keys)
    assert "hush-hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"api": {"adminPassword": "hush"}}, "api.adminPassword"),
        ({"api": {"users": [{"username": "x"}, {"username": "y", "password": "hush"}]}}, "api.users.1.password"),
        ({"api": {"users": [{"passwordBcrypt": "hush"}]}}, "api.users.0.passwordBcrypt"),
        ({"global": {"registryPassword": "hush"}}, "global.registryPassword"),
        ({"s3": {"secretAccessKey": "hush"}}, "s3.secretAccessKey"),
        ({"dex": {"ui": {"secret": "hush"}}}, "dex.ui.secret"),
        ({"certManager": {"epinio": {"key": "hush"}}}, "certManager.epinio.key"),
        ({"minio": {"rootPassword": "hush"}}, "minio.rootPassword"),
    ],
)
def test_secrets_among_the_values_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=rf"{said}.*epinio_secret_values") as refused:
        owned_keys.refuse_secrets(given)
    assert "hush" not in str(refused.value)


def test_what_only_sounds_like_a_secret_is_not() -> None:
    owned_keys.refuse_secrets(
        {"minio": {"existingSecret": "minio-creds"}, "s3": {"secretAccessKey": ""}, "x": {"secret": "name"}, "key": 1}
    )
