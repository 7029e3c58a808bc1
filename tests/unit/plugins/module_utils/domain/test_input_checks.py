"""What AWS, helm or the API server would refuse later is refused beforehand, and by name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_names
from ansible_collections.epinio.aws.plugins.module_utils.domain.input_checks import CHECKS, faults
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.plugin_utils import role_specs

LONG = "a" * 254
CONTROL = ["a\nb", "a\x00b", "a\x1bb", "a\u2028b"]
DASHES = ["--debug", "-x"]
NO_SUBDOMAINS = ["A", "a_b", "a b", "-a", "a-", ".a", "a.", "a..b", "a/b", "*", "a,b", LONG, "ä", "a\nb", *DASHES]
NO_LABELS = [*NO_SUBDOMAINS, "a.b", "a" * 64]
NO_IAM_NAMES = ["a b", "a/b", "a:b", "*", "ä", "a\nb", "x" * 129, "{{", "a#b"]
NO_BUCKETS = ["ab", "A" * 5, "a_b", "a b", "-ab", "ab-", "a..b", "s3://abc", "arn:aws:s3:::abc", "10.0.0.1", "a" * 64]
NO_BUCKETS += ["xn--abc", "sthree-a", "abc-s3alias", "abc--ol-s3", "abc/", "äbc", "abc\n", "١٢٣"]
# By variable: values whose shape is right, and which mean nothing to whoever gets them.
BAD: dict[str, list[Any]] = {
    "epinio_cluster_name": ["a b", "-a", "_a", "a.b", "a/b", "x" * 101, "ä", "a\nb", "arn:aws:eks:x", *DASHES],
    "epinio_region": ["nowhere", "us_east_1", "US-EAST-1", "us-east-", "us-east-1a", "us-east-١", "https://x", "a\nb"],
    "epinio_account_id": ["1", "12345678901", "1234567890123", "1234-5678-9012", "١٢٣٤٥٦٧٨٩٠١٢", "abc", "12345678901a"],
    "epinio_bucket": NO_BUCKETS,
    "epinio_verify_other_bucket": NO_BUCKETS,
    "epinio_domain": [*NO_SUBDOMAINS, "https://apps.example.org", "exa mple.test", "*.example.test", "a.test:443"],
    "epinio_namespace": NO_LABELS,
    "epinio_release": [*NO_SUBDOMAINS, "a" * 54, "a,b", "a=b"],
    "epinio_chart_ref": [*DASHES, "--kubeconfig=/etc/passwd", "./epinio", "~/epinio", "a b", "a\nb", "/a\nb", "/a\x00"],
    "epinio_chart_repo": [*DASHES, "epinio", "/srv/charts", "https://", "https://a b", "example.org/charts", "a\nb"],
    "epinio_chart_version": ["latest", "1", "1.13", "^1.13.0", ">=1.13.0", "1.13.x", "1.13.9 ", "١.13.9", *DASHES],
    "epinio_helm_binary": CONTROL,
    "epinio_helm_timeout": ["10", "10 m", "m", "-10m", "0s", "1d", "99999999h", "25h", "١m", "10m\n", "1e3s", "inf"],
    "epinio_policy_name": NO_IAM_NAMES,
    "epinio_staging_policy_name": NO_IAM_NAMES,
    "epinio_server_role_name": [*NO_IAM_NAMES, "x" * 65],
    "epinio_staging_role_name": [*NO_IAM_NAMES, "x" * 65],
    "epinio_name_suffix": [" b", "/b", "ä", "*", "\nb", "x" * 64],
    "epinio_iam_path": ["a", "/a", "a/", "//", "/a b/", "/ä/", f"/{'a' * 512}/", "/a\n/", *DASHES],
    "epinio_permissions_boundary": ["bounds", "arn:aws:iam::1:policy/x", "arn:aws:iam::123456789012:role/x", "a\nb"],
    "epinio_tags": [
        *({"a": one} for one in (["b"], {"b": "c"}, None, "x" * 257, "a\tb", "a;b", "a\nb")),
        *({one: "b"} for one in ("", "aws:a", "AWS:a", "x" * 129, "a;b", "a\nb")),
        {"a": "1", "A": "2"},
        {str(number): "x" for number in range(51)},
    ],
    "epinio_node_role_names": [["a b"], ["a", "arn:aws:iam::123456789012:role/a"], ["path/a"], ["ä"], ["x" * 65]],
    "epinio_server_service_account": NO_SUBDOMAINS,
    "epinio_staging_service_account": NO_SUBDOMAINS,
    "epinio_staging_pull_secrets": [[one] for one in NO_SUBDOMAINS],
    "epinio_kubeconfig": CONTROL,
    "epinio_context": CONTROL,
}
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
        "oci://a.test/x",
        "s3://b",
        "file:///x",
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
        helm_names.check_repository("https://user:hunter2@a.test/ charts")
    assert "hunter2" not in str(refused.value)
