"""What people may give for helm, and what is refused by the variable's name."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Callable

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_inputs
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

CHECKS: dict[str, Callable[[str], object]] = {
    "epinio_chart_ref": helm_inputs.check_chart_ref,
    "epinio_chart_repo": helm_inputs.check_chart_repo,
    "epinio_chart_version": helm_inputs.check_chart_version,
    "epinio_release": helm_inputs.check_release,
    "epinio_helm_timeout": helm_inputs.check_helm_timeout,
}
# What none of them may let through, and what shells, YAML and other programs make of a text.
HOSTILE = (
    *("--kubeconfig=/etc/passwd", "--debug", "-f", "-", "--", "—post-renderer", "-n kube-system", "--set=a=b"),
    *(
        "",
        " ",
        "\t",
        "\n",
        "a b",
        " epinio",
        "epinio ",
        "epinio\n",
        "\nepinio",
        "epi\x00nio",
        "epi\x1bnio",
        "a,b",
        "a=b",
    ),
    *("a;b", "a|b", "$(id)", "`id`", "a'b", 'a"b', "a\\b", "{{ x }}", "*", "!x", "(a)", "epinió", "None", "[]", "{}"),
)
# A password that is not to be seen in a refusal.
SECRET = "s3cr3t"
GOOD = {
    "epinio_chart_ref": (
        *("epinio", "Epinio_2.x-y", "None", "stable/epinio", "a/b/c", "/charts/epinio", "/my charts/epinio-1.13.9.tgz"),
        *("oci://registry.test/charts/epinio", "oci://registry.test:5000/epinio", "oci://10.0.0.1/a/epinio:1.13.9"),
        *("https://charts.test/epinio-1.13.9.tgz", "http://charts.test:8080/a/epinio.tgz", "s3://bucket/epinio.tgz"),
    ),
    "epinio_chart_repo": (
        *(
            "https://epinio.github.io/helm-charts",
            "http://127.0.0.1:8080",
            "https://charts.test/",
            "https://[::1]:8080/x",
        ),
        *(
            f"https://me:{SECRET}@charts.test/x",
            f"https://{SECRET}@charts.test",
            f"https://charts.test/x?token={SECRET}",
        ),
        *(f"https://me:{SECRET}%40%2F@charts.test", f"https://me:{SECRET}@x:y@charts.test", "s3://bucket/charts"),
    ),
    "epinio_chart_version": ("1.13.9", "v1.13.9", "1.13.10-rc2", "1.14.0-rc.3", "103.0.0+up1.11.0"),
    "epinio_release": ("epinio", "epinio-2", "e", "0", "epinio.test", "a" * 53),
    "epinio_helm_timeout": ("10m", "1h30m", "90s", "1.5h", "1s", "24h", "1h1m1s"),
}
BAD = {
    "epinio_chart_ref": (
        *(
            "./epinio",
            "../epinio",
            "~/epinio",
            "/charts/\nepinio",
            "/charts/\u2028x",
            "epinio/",
            "a//b",
            "a/--debug",
            "a/-x",
        ),
        *(
            "oci://",
            "oci://registry.test",
            "oci://registry.test/--debug",
            "oci://registry.test/a b",
            "OCI://x",
            "https://",
        ),
        *(
            "https://charts.test",
            "https://charts.test/",
            "https://charts.test/a b.tgz",
            "https://charts.test:port/a.tgz",
        ),
        *(
            "file:///charts/epinio.tgz",
            "https:///epinio.tgz",
            "https://-debug/epinio.tgz",
            "https://charts.test/%zz.tgz",
        ),
        *(
            "https://charts.test/a.tgz#x",
            f"https://me:{SECRET}@charts.test/a.tgz",
            f"https://charts.test/a.tgz?t={SECRET}",
        ),
        *(f"oci://me:{SECRET}@registry.test/epinio", f"https://me:{SECRET}/x@charts.test/a.tgz"),
    ),
    "epinio_chart_repo": (
        *("epinio", "charts.test", "//charts.test", "https://", "https:///x", "https:charts.test", "file:///charts"),
        *(
            "oci://registry.test/charts",
            "https://charts.test/a b",
            "https://charts.test\n",
            "https://charts.test/\x1b[0m",
        ),
        *(
            "https://charts.test:port",
            "https://charts.test:99999",
            "https://[::1",
            "https://-x",
            "https://charts.test/#x",
        ),
        *(
            f"https://me:{SECRET}/x@charts.test",
            f"https://me:{SECRET}#x@charts.test",
            f"https://me:{SECRET}?x@charts.test",
        ),
        *(f"https://me:{SECRET} x@charts.test", f"https://me:{SECRET}%zz@charts.test", f"me:{SECRET}@charts.test"),
        *(
            f"https://me:{SECRET}[x@charts.test",
            f"https://me:12/{SECRET}@charts.test",
            f"oci://me:{SECRET}@charts.test",
        ),
    ),
    "epinio_chart_version": (
        *("latest", "1.13", "1.10", "1", "1.13.x", "^1.13.0", ">=1.13.0", "~1.13.9", "1.13.9 ", " 1.13.9", "1.13.9\n"),
        *(
            "01.13.9",
            "1.13.9-",
            "1.13.9+",
            "1.13.9-a..b",
            "1.13.9.1",
            "\u0661.\u0661.\u0661",
            "V1.13.9",
            "vv1.13.9",
            "1.13.9,1.13.8",
        ),
    ),
    "epinio_release": (
        "-epinio",
        "epinio-",
        "Epinio",
        "epinio_2",
        ".epinio",
        "a..b",
        "a.-b",
        "a" * 54,
        "a/b",
        "name=x",
    ),
    "epinio_helm_timeout": (
        *("10", "10 m", "m", "0s", "0h0m", "-1m", "+1m", "10min", "1d", "1w", "500ms", "99999999h", "25h", "24h1s"),
        *(
            "\u0661m",
            "1m\n",
            "1e3s",
            "0.0000000001s",
            "1.m",
            ".5h",
            "1_0m",
            "inf",
            "nan",
            "1h30",
            "10M",
            "10m0",
            "9" * 400 + "h",
        ),
    ),
}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in GOOD.items() for text in texts])
def test_what_is_meant_passes(name: str, text: str) -> None:
    CHECKS[name](text)


@pytest.mark.parametrize(
    ("name", "text"),
    [(name, text) for name, texts in BAD.items() for text in (*HOSTILE, *texts) if text not in GOOD[name]],
)
def test_what_is_malformed_is_refused_by_name(name: str, text: str) -> None:
    with pytest.raises(Refused, match=rf"^{name}\b") as refused:
        CHECKS[name](text)
    message = str(refused.value)
    assert SECRET not in message
    assert message.isprintable()
    assert len(message) < 500


@pytest.mark.parametrize("binary", ["", " ", "\n", "helm\n", "he\x00lm", "/usr/bin/helm\x1b"])
def test_what_is_no_program(binary: str) -> None:
    with pytest.raises(Refused, match=r"^epinio_helm_binary\b"):
        helm_inputs.check_helm_binary(binary)


@pytest.mark.parametrize("binary", ["helm", "/opt/my tools/helm", "./helm", "~/bin/helm", "helm-3.13"])
def test_a_program(binary: str) -> None:
    helm_inputs.check_helm_binary(binary)


@pytest.mark.parametrize(
    ("duration", "expected"), [("10m", 600.0), ("1h30m", 5400.0), ("90s", 90.0), ("1.5m", 90.0), ("1h1m1s", 3661.0)]
)
def test_seconds(duration: str, expected: float) -> None:
    assert helm_inputs.check_helm_timeout(duration) == expected
