"""What helm prints."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_output


@pytest.mark.parametrize(
    ("output", "found"),
    [
        ("v3.21.4+g1234567\n", (3, 21)),
        ("v4.2.4\n", (4, 2)),
        ("v3.21\n", (3, 21)),
        ("v3.13.0-rc.1+g1\r\n", (3, 13)),
        ("Client: v2.17.0+ga690bad\n", (2, 17)),
        ("WARNING: x\nv3.21.4\n", (3, 21)),
        ("", None),
        ("Client Version: v1.30.0", None),
        ("version --short", None),
        ("helm v3.21.4", None),
        ("v3.21.4 of another", None),
        ("<html>v3.21.4</html>", None),
    ],
)
def test_version(output: str, found: tuple[int, int] | None) -> None:
    assert helm_output.version(output) == found


def test_the_reason_of_a_repository_is_on_standard_output() -> None:
    output = 'Hang tight\n...Unable to get an update from the "x" chart repository (http://h):\n\tfailed: 401\nDone\n'
    assert helm_output.reason(1, "Error: Failed to update", output) == "Failed to update: failed: 401"


def test_a_release_is_never_quoted() -> None:
    for output in ('{"manifest": "hush"}', "---\nkind: Secret", "apiVersion: v1", "[]"):
        assert "hush" not in helm_output.reason(1, "", output)
        assert "Secret" not in helm_output.reason(1, "", output)


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ('chart "epinio" version "1.13.99" not found in https://charts.test repository', "epinio_chart_version"),
        ('looks like "http://h" is not a valid chart repository or cannot be reached: EOF', "SSL_CERT_FILE"),
        ("failed to fetch http://h/index.yaml : 401 Unauthorized", "credentials for epinio_chart_repo"),
        ("repo stable not found", "helm repo add"),
        ("no cached repo found. (try 'helm repo update')", "helm repo add"),
        ("could not find protocol handler for: ftp", "epinio_chart_repo"),
        (helm_output.reason(-11, "", ""), "by hand"),
        (helm_output.reason(-6, "fatal error", ""), "set epinio_helm_binary to another"),
        (helm_output.reason(137, "", ""), "by hand"),
        (helm_output.reason(3, "", "oops"), "by hand"),
        ("it printed more than 32 megabytes", "set epinio_helm_binary to another"),
        ("it did not end within 30 seconds", "it may wait"),
        ("Error: x; it did not end within 30 seconds", "it may wait"),
        ("execution error at (epinio/templates/x.yaml:1:4): set a domain", ""),
    ],
)
def test_advice(said: str, named: str) -> None:
    found = helm_output.advice(said)
    assert named in found
    assert bool(found) is bool(named)
