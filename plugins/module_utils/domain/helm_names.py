# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for what stands in a command line of helm: the release's name, the chart, its repository and its version."""

from __future__ import annotations

import re

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

_EXACT = re.compile(r"v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?", re.ASCII)
# https://github.com/helm/helm/blob/main/pkg/chart/v2/util/validate_name.go
_RELEASE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LONGEST_RELEASE = 53
_NO_BLANKS = re.compile(r"[^\s\x00-\x1f\x7f]+")
# Helm's plugins know more schemes than http and https.
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\x00-\x1f\x7f]+", re.IGNORECASE | re.ASCII)


def check_reference(reference: str) -> None:
    """Raise `Refused` for what is no chart's name, reference or absolute path: helm would take it for an option."""
    if reference.startswith((".", "~")):
        raise Refused(f"epinio_chart_ref is {reference!r}: helm runs in an empty folder, give an absolute path.")
    if reference.startswith("-"):
        raise Refused(f"epinio_chart_ref is {reference!r}: a chart's name does not begin with -.")
    path = reference.startswith("/")
    if (path and not reference.isprintable()) or not (path or _NO_BLANKS.fullmatch(reference)):
        raise Refused(
            f"epinio_chart_ref is {reference!r}: give the name of a chart, repository/name, an OCI reference "
            "(oci://…) or an absolute path."
        )


def check_repository(repository: str) -> None:
    """Raise `Refused` for what is no address of a chart repository."""
    if not _ADDRESS.fullmatch(repository):
        raise Refused("epinio_chart_repo is no address: give that of a chart repository, such as https://host/charts.")


def check_version(text: str) -> None:
    """Raise `Refused` for a range, for half a version, and for a word."""
    if not _EXACT.fullmatch(text):
        raise Refused(f"epinio_chart_version is {text!r}: give one exact version, such as 1.13.9.")


def check_release(name: str) -> None:
    """Raise `Refused` for a name that Helm does not take."""
    if not _RELEASE.fullmatch(name) or len(name) > _LONGEST_RELEASE:
        raise Refused(
            f"epinio_release is {name!r}: Helm takes lower-case letters, digits, - and ., at most {_LONGEST_RELEASE}, "
            "and neither - nor . at the ends."
        )
