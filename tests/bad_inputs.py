"""Values of role variables whose shape is right, and which mean nothing to AWS, helm or the API server."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

LONG = "a" * 254
CONTROL = ["a\nb", "a\x00b", "a\x1bb", "a\u2028b"]
DASHES = ["--debug", "-x"]
NO_SUBDOMAINS = ["A", "a_b", "a b", "-a", "a-", ".a", "a.", "a..b", "a/b", "*", "a,b", LONG, "ä", "a\nb", *DASHES]
NO_LABELS = [*NO_SUBDOMAINS, "a.b", "a" * 64]
NO_IAM_NAMES = ["a b", "a/b", "a:b", "*", "ä", "a\nb", "x" * 129, "{{", "a#b"]
NO_BUCKETS = ["ab", "A" * 5, "a_b", "a b", "-ab", "ab-", "a..b", "s3://abc", "arn:aws:s3:::abc", "10.0.0.1", "a" * 64]
NO_BUCKETS += ["xn--abc", "sthree-a", "abc-s3alias", "abc--ol-s3", "abc/", "äbc", "abc\n", "\u0661\u0662\u0663"]
# By variable: values whose shape is right, and which mean nothing to whoever gets them.
BAD: dict[str, list[Any]] = {
    "epinio_cluster_name": ["a b", "-a", "_a", "a.b", "a/b", "x" * 101, "ä", "a\nb", "arn:aws:eks:x", *DASHES],
    "epinio_region": [
        "nowhere",
        "us_east_1",
        "US-EAST-1",
        "us-east-",
        "us-east-1a",
        "us-east-\u0661",
        "https://x",
        "a\nb",
    ],
    "epinio_account_id": [
        "1",
        "12345678901",
        "1234567890123",
        "1234-5678-9012",
        "\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0668\u0669\u0660\u0661\u0662",
        "abc",
        "12345678901a",
    ],
    "epinio_bucket": NO_BUCKETS,
    "epinio_verify_other_bucket": NO_BUCKETS,
    "epinio_domain": [*NO_SUBDOMAINS, "https://apps.example.org", "exa mple.test", "*.example.test", "a.test:443"],
    "epinio_namespace": NO_LABELS,
    "epinio_release": [*NO_SUBDOMAINS, "a" * 54, "a,b", "a=b"],
    "epinio_chart_ref": [*DASHES, "--kubeconfig=/etc/passwd", "./epinio", "~/epinio", "a b", "a\nb", "/a\nb", "/a\x00"],
    "epinio_chart_repo": [*DASHES, "epinio", "/srv/charts", "https://", "https://a b", "example.org/charts", "a\nb"],
    "epinio_chart_version": ["latest", "1", "1.13", "^1.13.0", ">=1.13.0", "1.13.x", "1.13.9 ", "\u0661.13.9", *DASHES],
    "epinio_helm_binary": CONTROL,
    "epinio_helm_timeout": [
        "10",
        "10 m",
        "m",
        "-10m",
        "0s",
        "1d",
        "99999999h",
        "25h",
        "\u0661m",
        "10m\n",
        "1e3s",
        "inf",
    ],
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
