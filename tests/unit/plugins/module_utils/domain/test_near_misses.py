"""Which names are typing errors, and which are a site's own."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain.near_misses import distance, near_misses
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

KNOWN = {"epinio_hosts": "list", **{name: option.type for name, option in role_specs.options().items()}}
TYPING_ERRORS = {
    "epinio_acount_id": "epinio_account_id",
    "epinio_acont_id": "epinio_account_id",
    "epinio_account": "epinio_account_id",
    "epinio_accountid": "epinio_account_id",
    "epinio_aacount_id": "epinio_account_id",
    "epinio_bukcet": "epinio_bucket",
    "epinio_bucket_": "epinio_bucket",
    "epinio_buckets": "epinio_bucket",
    "epinio_bucke": "epinio_bucket",
    "epinio_Bucket": "epinio_bucket",
    "EPINIO_BUCKET": "epinio_bucket",
    "epino_bucket": "epinio_bucket",
    "epiniobucket": "epinio_bucket",
    "epinio-bucket": "epinio_bucket",
    "epinio__bucket": "epinio_bucket",
    "epino_bukcet": "epinio_bucket",
    "epinio_chart_verison": "epinio_chart_version",
    "epinio_clustername": "epinio_cluster_name",
    "epinio_cluster_nmae": "epinio_cluster_name",
    "epinio_contxt": "epinio_context",
    "epinio_domian": "epinio_domain",
    "epinio_helm_timout": "epinio_helm_timeout",
    "epinio_host": "epinio_hosts",
    "epinio_kube_config": "epinio_kubeconfig",
    "epinio_name_sufix": "epinio_name_suffix",
    "epinio_name_space": "epinio_namespace",
    "epinio_node_role_name": "epinio_node_role_names",
    "epinio_permission_boundary": "epinio_permissions_boundary",
    "epinio_regoin": "epinio_region",
    "epinio_require_prof": "epinio_require_proof",
    "epinio_secret_value": "epinio_secret_values",
    "epinio_tag": "epinio_tags",
    "epinio_unistall": "epinio_uninstall",
    "epinio_value": "epinio_values",
    "epinio_verfiy": "epinio_verify",
    "epnio_region": "epinio_region",
}
# Also what later versions of the collection may take, and names that others of ours are part of.
OWN = [
    "epinio_admin",
    "epinio_adopt",
    "epinio_backup",
    "epinio_bucket2",
    "epinio_bucket_b",
    "epinio_bucket_account",
    "epinio_chart",
    "epinio_chart_name",
    "epinio_chart_path",
    "epinio_chart_url",
    "epinio_cluster",
    "epinio_cluster_role",
    "epinio_cluster_zone",
    "epinio_costs",
    "epinio_doctor_verbose",
    "epinio_domain2",
    "epinio_env",
    "epinio_gateway_image",
    "epinio_helm_values",
    "epinio_helm_version",
    "epinio_image",
    "epinio_install",
    "epinio_kms_key_arn",
    "epinio_login",
    "epinio_manage_iam",
    "epinio_manage_release",
    "epinio_name",
    "epinio_node_count",
    "epinio_node_names",
    "epinio_notes",
    "epinio_origin",
    "epinio_owner",
    "epinio_password",
    "epinio_path",
    "epinio_playbook",
    "epinio_policy",
    "epinio_port",
    "epinio_ports",
    "epinio_realm",
    "epinio_release_date",
    "epinio_replicas",
    "epinio_role",
    "epinio_roles",
    "epinio_s3_endpoint",
    "epinio_secret",
    "epinio_secrets",
    "epinio_server_role",
    "epinio_server_url",
    "epinio_site_bucket",
    "epinio_stage",
    "epinio_staging_role",
    "epinio_tabs",
    "epinio_team",
    "epinio_teams",
    "epinio_url",
    "epinio_users",
    "epinio_version",
    "epinio_vhosts",
    "epinio_zone",
    "__epinio_release",
    "_epinio_bucket",
    "bucket",
    "buckets",
    "region",
    "opinion",
    "epic_region",
    "ansible_host",
    "site_epinio_bucket",
]


@pytest.mark.parametrize(("name", "meant"), TYPING_ERRORS.items())
def test_typing_errors_are_found(name: str, meant: str) -> None:
    assert list(near_misses(dict.fromkeys([name, *OWN], "x"), KNOWN)) == [(name, meant)]


@pytest.mark.parametrize("name", OWN)
def test_others_are_the_sites_own(name: str) -> None:
    assert list(near_misses({name: "x"}, KNOWN)) == []


@pytest.mark.parametrize(
    "name", ["bucket", "chart_version", "cluster_name", "context", "domain", "namespace", "region"]
)
def test_a_list_for_a_loop_is_the_sites_own(name: str) -> None:
    assert list(near_misses({f"epinio_{name}s": ["a", "b"]}, KNOWN)) == []
    assert list(near_misses({f"epinio_{name}s": "a"}, KNOWN)) == [(f"epinio_{name}s", f"epinio_{name}")]


def test_no_known_name_is_one() -> None:
    assert list(near_misses(dict.fromkeys(KNOWN, "x"), KNOWN)) == []


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_swap_a_loss_and_a_doubling_in_any_name_are_found(name: str) -> None:
    last = len(name) - 2
    wrong = {name[:last] + name[last + 1] + name[last], name[:-2] + name[-1], name + name[-1]} - KNOWN.keys()
    assert {found for found, _meant in near_misses(dict.fromkeys(wrong, "x"), KNOWN)} == wrong


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [("", "", 0), ("a", "", 1), ("ab", "ba", 1), ("abc", "abd", 1), ("abcd", "badc", 2), ("kitten", "sitting", 3)],
)
def test_distance(one: str, other: str, wrong: int) -> None:
    assert distance(one, other) == distance(other, one) == wrong
