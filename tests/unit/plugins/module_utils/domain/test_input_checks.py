"""What AWS, helm or the API server would refuse later is refused beforehand, and by name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_inputs
from ansible_collections.epinio.aws.plugins.module_utils.domain.input_checks import CHECKS, faults
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

from tests.bad_inputs import BAD

GOOD: dict[str, list[Any]] = {
    "epinio_cluster_name": ["epinio", "Blue_1", "1a"],
    "epinio_region": ["us-east-1", "us-gov-west-1", "us-isob-east-1", "eusc-de-east-1"],
    "epinio_account_id": ["012345678901"],
    "epinio_bucket": ["abc", "a.b-c"],
    "epinio_domain": ["localhost", "apps.example.org", "10.0.0.1.sslip.io", "a--b.test"],
    "epinio_release": ["epinio", "a.b-c", "a" * 53, "1"],
    "epinio_chart_ref": [
        "epinio",
        "repo/epinio",
        "oci://registry.test/charts/epinio",
        "/srv/my charts/epinio",
        "/a.tgz",
    ],
    "epinio_chart_repo": [
        "https://a.test/charts",
        "http://user:word@a.test:8080",
        "s3://b",
    ],
    "epinio_chart_version": ["1.13.9", "v1.13.9", "1.13.10-rc2", "103.0.0+up1.11.0"],
    "epinio_helm_timeout": ["10m", "1h30m", "90s", "0.5h", "24h"],
    "epinio_iam_path": ["/", "/a/", "/a/b+c=d/"],
    "epinio_permissions_boundary": [
        "arn:aws:iam::aws:policy/PowerUserAccess",
        "arn:aws-cn:iam::123456789012:policy/a/b",
    ],
    "epinio_tags": [{}, {"a": 1, "b": True, "c": ""}, {"ä": "ö / x@y"}],
    "epinio_node_role_names": [[], ["a", "b+c"]],
    "epinio_staging_pull_secrets": [[], ["a", "b.c"]],
    "epinio_kubeconfig": ["~/.kube/config", "/a b/c:/d"],
    "epinio_context": ["arn:aws:eks:us-east-1:123456789012:cluster/blue", "bläu"],
}
# What is left is free, or has choices: truth values, dictionaries of values, and a name that is compared.
UNCHECKED = {"epinio_values", "epinio_secret_values", "epinio_uninstall"}
REQUIRED = {"epinio_cluster_name": "epinio", "epinio_bucket": "epinio-sources"}


def given(**own: Any) -> dict[str, Any]:
    return {**role_specs.defaults(), **REQUIRED, **own}


def test_every_text_and_list_has_bad_values_here() -> None:
    free = {name for name, option in role_specs.options().items() if not option.choices and option.type != "bool"}
    assert set(BAD) == free - UNCHECKED
    assert set(CHECKS) <= set(BAD)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("role", ["irsa", "instance_profile", "verify"])
def test_bad_values_are_refused_by_name(role: str, name: str) -> None:
    told = {str(value)[:30]: list(faults(role, "main", given(**{name: value}))) for value in BAD[name]}
    assert {value: texts for value, texts in told.items() if not any(name in text for text in texts)} == {}


@pytest.mark.parametrize("name", GOOD)
def test_good_values_are_taken(name: str) -> None:
    told = [text for value in GOOD[name] for text in faults("irsa", "main", given(**{name: value}))]
    assert told == []


@pytest.mark.parametrize(
    ("role", "entry", "own", "words"),
    [
        ("irsa", "main", {"epinio_server_role_name": "Epinio", "epinio_staging_role_name": "epinio"}, "must differ"),
        ("irsa", "main", {"epinio_policy_name": "a", "epinio_staging_policy_name": "A"}, "must differ"),
        (
            "irsa",
            "main",
            {"epinio_server_service_account": "a", "epinio_staging_service_account": "a"},
            "epinio_server_service_account and epinio_staging_service_account must differ: both are 'a'",
        ),
        ("irsa", "main", {"epinio_server_role_name": "x" * 60, "epinio_name_suffix": "-blue"}, "65 characters"),
        ("irsa", "teardown", {"epinio_uninstall": "blue"}, "epinio_uninstall is 'blue' and epinio_cluster_name is"),
        ("instance_profile", "main", {"epinio_verify": "controller"}, "epinio_verify is 'controller'"),
        ("instance_profile", "main", {"epinio_verify": "both"}, "epinio_verify is 'both'"),
        ("verify", "main", {"epinio_verify": "none"}, "epinio_verify is 'none'"),
    ],
)
def test_variables_are_judged_together(role: str, entry: str, own: dict[str, str], words: str) -> None:
    (told,) = faults(role, entry, given(**own))
    assert words in told


def test_all_faults_are_told_at_once() -> None:
    bad = {"epinio_domain": "a b", "epinio_release": "--x", "epinio_chart_version": "latest"}
    told = list(faults("irsa", "main", given(**bad)))
    assert [next(name for name in bad if name in text) for text in told] == list(bad)


def test_credentials_in_an_address_are_not_quoted() -> None:
    with pytest.raises(Refused) as refused:
        helm_inputs.check_chart_repo("https://user:hunter2@a.test/ charts")
    assert "hunter2" not in str(refused.value)
