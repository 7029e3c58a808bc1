"""What depends on Epinio's version."""

# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_versions as versions
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import Version
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1.13.9", Version(1, 13, 9)),
        ("v1.13.9", Version(1, 13, 9)),
        ("v1.13.10-rc2", Version(1, 13, 10)),
        ("1.13.5+build.7", Version(1, 13, 5)),
        ("103.0.0+up1.11.0", Version(1, 11, 0)),
        ("v1.14.0-rc3-12-gabcdef", Version(1, 14, 0)),
        ("latest", None),
        ("1.13", None),
        ("", None),
        ("abc1.13.9", None),
    ],
)
def test_version(text: str, expected: Version | None) -> None:
    assert versions.version(text) == expected


@pytest.mark.parametrize(
    ("image", "chart", "expected"),
    [
        ("ghcr.io/epinio/epinio-server:v1.13.10", "1.13.9", "1.13.10"),
        ("registry.test:5000/epinio/epinio-server:v1.13.9@sha256:0a1b", "1.14.0", "1.13.9"),
        ("registry.test:5000/epinio/epinio-server", "1.13.9", "1.13.9"),
        ("ghcr.io/epinio/epinio-server:latest", "1.13.9", "1.13.9"),
        ("ghcr.io/epinio/epinio-server@sha256:0a1b", "1.13.10-rc2", "1.13.10"),
        ("", "1.13.9", "1.13.9"),
        ("ghcr.io/epinio/epinio-server:latest", "main", None),
    ],
)
def test_server_version(image: str, chart: str, expected: str | None) -> None:
    found = versions.server_version(image, chart)
    assert (found and str(found)) == expected


@pytest.mark.parametrize(
    ("text", "annotations", "store", "signs", "client"),
    [
        ("1.13.0", False, "minio.enabled", True, "minio-go"),
        ("1.13.4", False, "minio.enabled", True, "minio-go"),
        ("1.13.5", True, "minio.enabled", True, "minio-go"),
        ("1.13.9", True, "minio.enabled", True, "minio-go"),
        ("1.13.10-rc2", True, "seaweedfs.enabled", False, "aws-sdk"),
        ("1.13.10", True, "seaweedfs.enabled", False, "aws-sdk"),
        ("1.14.1", True, "seaweedfs.enabled", False, "aws-sdk"),
        ("2.0.0", True, "seaweedfs.enabled", False, "aws-sdk"),
    ],
)
def test_families(text: str, annotations: bool, store: str, signs: bool, client: str) -> None:
    row = versions.family(versions.version(text))
    assert (row.annotations_in_values, row.signs, row.client) == (annotations, signs, client)
    assert row.bundled_stores == (store, "s3gw.enabled")


def test_an_unknown_version_promises_nothing() -> None:
    row = versions.family(None)
    assert not row.signs
    assert set(row.bundled_stores) == {"minio.enabled", "seaweedfs.enabled", "s3gw.enabled"}


@pytest.mark.parametrize(
    ("chart", "server", "said"),
    [
        ("1.12.0", "1.12.0", "Upgrade Epinio to 1.13.9 first"),
        ("103.0.0+up1.11.0", "1.11.0", "older than 1.13.0"),
        ("1.13.9", "1.13.10", "cannot use IAM"),
        ("1.13.10", "1.13.10", "S3 gateway"),
        ("1.14.1", "1.14.1", "epinio_accept_unsigned_server"),
        ("", "", "epinio_accept_unsigned_server"),
    ],
)
def test_unfit_versions_are_refused(chart: str, server: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        versions.refuse_unfit(versions.version(chart), versions.version(server), accept_unsigned=False)


@pytest.mark.parametrize(
    ("chart", "server", "accept"),
    [
        ("1.13.0", "1.13.0", False),
        ("1.13.5", "1.13.5", False),
        ("1.13.9", "1.13.9", False),
        ("1.14.1", "1.14.1", True),
        ("", "", True),
    ],
)
def test_fit_versions_are_not(chart: str, server: str, accept: bool) -> None:
    versions.refuse_unfit(versions.version(chart), versions.version(server), accept_unsigned=accept)


def test_acceptance_is_of_the_signature_only() -> None:
    with pytest.raises(Refused, match="older than"):
        versions.refuse_unfit(Version(1, 12, 0), Version(1, 13, 9), accept_unsigned=True)


def test_the_revision_that_runs_it_is_named() -> None:
    with pytest.raises(Refused, match=r"Revision 4 runs it\. Ways out"):
        versions.refuse_unfit(Version(1, 13, 10), Version(1, 13, 10), accept_unsigned=False, label="Revision 4")


@pytest.mark.parametrize(("text", "first"), [("1.11.0", "1.13.0"), ("1.13.4", "1.13.0"), ("1.13.9", "1.13.5")])
def test_an_older_version_is_judged_by_the_first_row(text: str, first: str) -> None:
    assert str(versions.closest(versions.version(text)).first) == first


def test_so_is_an_unknown_one_by_its_own() -> None:
    assert versions.closest(None) == versions.family(None)
