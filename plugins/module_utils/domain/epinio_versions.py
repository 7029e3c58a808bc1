# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of what depends on Epinio's version. No other place knows version numbers.

Keys of Helm values follow the chart's version, the S3 client and its credentials the server's. Source: Epinio's charts
and servers 1.13.0 to 1.14.1, run with a recording S3 and STS.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused

# `1.13.9`, `v1.13.10-rc2`; Rancher's own charts name Epinio's version behind the plus sign: `103.0.0+up1.11.0`.
_VERSION = re.compile(r"(?:.*\+up)?v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?", re.ASCII)
_TAG = re.compile(r":(?P<tag>[\w.-]+)(?:@sha256:[0-9a-f]+)?$", re.ASCII)
_LAST_THAT_SIGNS = "1.13.9"


@dataclass(frozen=True, order=True)
class Version:
    """A version of Epinio. A release candidate counts as the release: 1.13.10-rc2 has the client of 1.13.10."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


@dataclass(frozen=True)
class Family:
    """What Epinio's versions from `first` up to the next row have in common.

    `annotations_in_values`: the chart honours `serviceAccount.annotations`. `bundled_stores`: the keys in the values of
    stores that the chart can bring, all to be false for an external S3. `signs`: the server signs its requests with
    credentials of IAM. `client`: `minio-go` rewrites AWS endpoints to virtual-host dualstack ones, `aws-sdk` takes the
    endpoint literally, path style.
    """

    first: Version
    annotations_in_values: bool
    bundled_stores: tuple[str, ...]
    signs: bool
    client: str


_FAMILIES = (
    Family(Version(1, 13, 0), False, ("minio.enabled", "s3gw.enabled"), True, "minio-go"),
    Family(Version(1, 13, 5), True, ("minio.enabled", "s3gw.enabled"), True, "minio-go"),
    Family(Version(1, 13, 10), True, ("seaweedfs.enabled", "s3gw.enabled"), False, "aws-sdk"),
)
# Of a version that nobody can tell nothing is promised, and every store that a chart ever brought is turned off.
_UNKNOWN = Family(Version(0, 0, 0), True, ("minio.enabled", "seaweedfs.enabled", "s3gw.enabled"), False, "aws-sdk")


def version(text: str) -> Version | None:
    """The version that a tag or a chart's version names; `None` for anything else (`latest`, a commit)."""
    found = _VERSION.fullmatch(text)
    return Version(*(int(part) for part in found.groups())) if found else None


def server_version(image: str, chart_version: str) -> Version | None:
    """The server's version: that of its image's tag, else the chart's; `None` if neither names one."""
    tag = _TAG.search(image)
    return (version(tag["tag"]) if tag else None) or version(chart_version)


def family(found: Version | None, *, any_version: bool = False) -> Family:
    """The row of a version. Raises `Refused` for one older than the table, unless `any_version` takes it as unknown."""
    if found is None or (any_version and found < _FAMILIES[0].first):
        return _UNKNOWN
    if found < _FAMILIES[0].first:
        raise Refused(
            f"Epinio {found} is older than {_FAMILIES[0].first}: its chart takes its service accounts by other keys. "
            f"Upgrade Epinio to {_LAST_THAT_SIGNS} first, then run this again."
        )
    return next(row for row in reversed(_FAMILIES) if row.first <= found)


def closest(found: Version | None) -> Family:
    """The row of a version, the first one's for an older version: what is only judged or taken back is not refused."""
    return family(found and max(found, _FAMILIES[0].first))


def refuse_unfit(chart: Version | None, server: Version | None, *, accept_unsigned: bool, label: str = "") -> None:
    """Raise `Refused` for versions that cannot be wired: too old, unable to use IAM, or unknown.

    `accept_unsigned` goes on with a server that cannot use IAM, or whose version nobody can tell. `label` names the
    revision that brought this server, for somebody who did not upgrade Epinio himself.
    """
    family(chart)
    if family(server).signs or accept_unsigned:
        return
    if server is None:
        raise Refused(
            "The version of Epinio's server is unknown: neither its image's tag nor the chart names one, and servers "
            f"from {_FAMILIES[-1].first} on cannot use IAM. "
            "Set epinio_accept_unsigned_server if you know that this one can."
        )
    brought = f"{label} runs it. " if label else ""
    raise Refused(
        f"Epinio's server {server} cannot use IAM: from {_FAMILIES[-1].first} on it sends its requests to S3 without a "
        f"signature when it has no keys, and S3 refuses them. {brought}Ways out: stay at or go back to "
        f"{_LAST_THAT_SIGNS} (epinio_chart_version, and the image's tag if your values set it); or put an S3 gateway "
        "that signs with a role between Epinio and S3, which this version of the collection does not build. "
        "epinio_accept_unsigned_server goes on nevertheless."
    )
