"""Which clusters can be wired, and which input is no cluster's."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import arns, clusters
from ansible_collections.epinio.aws.plugins.module_utils.domain.clusters import EksCluster
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CLUSTER = EksCluster(
    arns.Cluster("aws", "eu-central-1", "123456789012", "epinio"), "ACTIVE", issuer="https://issuer.example/id/A"
)


@pytest.mark.parametrize(
    "region",
    ["us-east-1", "ap-southeast-5", "us-gov-west-1", "us-isob-east-1", "cn-northwest-1", "eusc-de-east-1", "xx-a-10"],
)
def test_regions(region: str) -> None:
    assert clusters.checked_region(region) == region


@pytest.mark.parametrize("region", ["useast1", "us-east", "us-east-1a", "us-east-1/", "US-EAST-1", "us_east_1", " "])
def test_what_is_no_region_is_refused_by_variable(region: str) -> None:
    with pytest.raises(Refused, match="is not the name of a region.*epinio_region"):
        clusters.checked_region(region)


@pytest.mark.parametrize("region", [None, ""])
def test_an_unknown_region_is_refused_with_every_place_to_set_it(region: str | None) -> None:
    with pytest.raises(Refused, match="epinio_region, AWS_REGION, AWS_DEFAULT_REGION or the region of the profile"):
        clusters.checked_region(region)


@pytest.mark.parametrize(
    ("name", "namespace", "account", "variable"),
    [
        ("-epinio", "epinio", None, "epinio_cluster_name"),
        ("", "epinio", None, "epinio_cluster_name"),
        ("e" * 101, "epinio", None, "epinio_cluster_name"),
        ("epinio/x", "epinio", None, "epinio_cluster_name"),
        ("epinio", "Epinio", None, "epinio_namespace"),
        ("epinio", "epinio-", None, "epinio_namespace"),
        ("epinio", "e" * 64, None, "epinio_namespace"),
        ("epinio", "epinio", "12345678901", "epinio_account_id"),
        ("epinio", "epinio", "1234-5678-9012", "epinio_account_id"),
    ],
)
def test_malformed_names_are_refused_by_variable(name: str, namespace: str, account: str | None, variable: str) -> None:
    with pytest.raises(Refused, match=variable):
        clusters.check_names(name, namespace, account)


@pytest.mark.parametrize(("name", "namespace", "account"), [("e", "e", None), ("E_1-x", "a-1", "012345678901")])
def test_other_names_are_taken(name: str, namespace: str, account: str | None) -> None:
    clusters.check_names(name, namespace, account)


def test_an_active_cluster_needs_no_word() -> None:
    assert clusters.notices(CLUSTER) == ()


def test_a_cluster_that_is_updated_is_wired_with_a_notice() -> None:
    (notice,) = clusters.notices(replace(CLUSTER, status="UPDATING"))
    assert "being updated" in notice


@pytest.mark.parametrize("status", ["CREATING", "PENDING", "FAILED", "DELETING", "SOMETHING_NEW"])
def test_other_states_are_refused(status: str) -> None:
    with pytest.raises(Refused, match=f"epinio in eu-central-1 of account 123456789012 is {status}"):
        clusters.notices(replace(CLUSTER, status=status))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"connector": "ANTHOS", "issuer": "", "status": "ACTIVE"}, r"only registered there \(ANTHOS\)"),
        ({"outpost": True, "issuer": ""}, "Outpost"),
        ({"issuer": ""}, "no OIDC issuer"),
    ],
)
def test_clusters_without_roles_for_accounts_are_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        clusters.notices(replace(CLUSTER, **change))  # type: ignore[arg-type]


def test_roles_of_nodes_need_no_issuer() -> None:
    assert clusters.notices(replace(CLUSTER, issuer=""), roles_for_accounts=False) == ()
    with pytest.raises(Refused, match=r"\(playbook instance_profile\)"):
        clusters.notices(replace(CLUSTER, issuer=""))


def test_another_account_is_refused() -> None:
    clusters.refuse_another_account("123456789012", None)
    clusters.refuse_another_account("123456789012", "123456789012")
    with pytest.raises(Refused, match="belong to account 123456789012, not to 999999999999.*epinio_account_id"):
        clusters.refuse_another_account("123456789012", "999999999999")


def test_a_missing_cluster_is_refused_with_where_it_was_sought() -> None:
    with pytest.raises(Refused, match="no EKS cluster epinio in eu-central-1 of account 123456789012"):
        clusters.refuse_missing("epinio", "eu-central-1", "123456789012")


@pytest.mark.parametrize("status", ["CREATING", "PENDING", "FAILED", "DELETING", "UPDATING", "SOMETHING_NEW"])
def test_a_teardown_refuses_no_state_and_says_which_it_is(status: str) -> None:
    (notice,) = clusters.teardown_notices(replace(CLUSTER, status=status, issuer=""))
    assert f"epinio in eu-central-1 of account 123456789012 is {status}" in notice


@pytest.mark.parametrize("cluster", [CLUSTER, replace(CLUSTER, outpost=True), clusters.missing(CLUSTER.identity)])
def test_a_teardown_needs_no_word_on_an_active_cluster_and_none_on_a_missing_one(cluster: EksCluster) -> None:
    assert clusters.teardown_notices(cluster) == ()


def test_a_missing_cluster_has_nothing_but_its_identity() -> None:
    gone = clusters.missing(CLUSTER.identity)
    assert (gone.exists, CLUSTER.exists) == (False, True)
    assert {value for name, value in vars(gone).items() if name != "identity" and value} == set()
