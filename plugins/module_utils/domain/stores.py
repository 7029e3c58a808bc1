# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Epinio keeps sources: what the values say, and what the Secret says that Epinio's server reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import Family
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Path, Values

CONNECTION_DETAILS = "epinio-s3-connection-details"
# What the chart makes of the host of a store that it brings, and of the s3gw.
_IN_CLUSTER = ".svc.cluster.local"
_LINE = re.compile(r"^(?P<key>\w+) *= *(?P<value>.*?) *$", re.MULTILINE)


@dataclass(frozen=True)
class Store:
    """The store that values choose: the chart's bundled one, or bucket and endpoint of an external S3."""

    bundled: bool
    endpoint: str
    bucket: str


@dataclass(frozen=True)
class ConnectionDetails:
    """What Epinio's server reads at every request. Whether there are keys is told, the keys are not."""

    endpoint: str
    bucket: str
    region: str
    use_ssl: bool
    has_keys: bool


def in_force(given: Values, defaults: Values, keys: Path) -> Any:
    """The value that the chart sees: the user's, else its own default; `None` where a null removed that, or none is."""
    found = helm.get(given, keys)
    if found is ABSENT:
        found = helm.get(defaults, keys)
    return None if found is ABSENT else found


def chosen(given: Values, defaults: Values, family: Family) -> Store:
    """The store that user-supplied values and the chart's defaults choose."""
    switches = [in_force(given, defaults, helm.path(key)) for key in family.bundled_stores]
    return Store(
        any(switches),
        str(in_force(given, defaults, ("s3", "endpoint")) or ""),
        str(in_force(given, defaults, ("s3", "bucket")) or ""),
    )


def in_use(live: ConnectionDetails | None, chosen: Iterable[Store]) -> tuple[Store, ...]:
    """The stores that may hold sources: what Epinio's server reads, and a bundled one that may be there still.

    `chosen` are the stores of the revisions that the next upgrade starts from. They tell where sources are only as far
    as the live Secret does not: an upgrade that failed may not have come to change it.
    """
    stores = list(chosen)
    if live is None or not (live.endpoint and live.bucket):
        return tuple(dict.fromkeys(stores))
    bundled = dict.fromkeys(one for one in stores if one.bundled)
    # Without one it is somebody's own store in the cluster.
    read = Store(bool(bundled) and _host(live.endpoint).endswith(_IN_CLUSTER), live.endpoint, live.bucket)
    return (read,) if read.bundled else (read, *bundled)


def out_of_reach(before: Store, after: Store, dns_suffix: str) -> bool:
    """Whether sources that lie in one store are out of reach in the other. AWS has one bucket of a name everywhere."""
    if before.bundled or after.bundled:
        return before.bundled != after.bundled
    at_aws = all(_host(store.endpoint).endswith(f".{dns_suffix}") for store in (before, after))
    return before.bucket != after.bucket or not (at_aws or before.endpoint == after.endpoint)


def parsed(data: Mapping[str, str]) -> ConnectionDetails:
    """The content of the Secret `epinio-s3-connection-details`, decoded."""
    config = {found["key"]: found["value"] for found in _LINE.finditer(data.get("config", ""))}
    keys = {found["key"]: found["value"] for found in _LINE.finditer(data.get("credentials", ""))}
    return ConnectionDetails(
        endpoint=data.get("endpoint", ""),
        bucket=data.get("bucket", ""),
        region=config.get("region", ""),
        use_ssl=data.get("useSSL", "") == "true",
        has_keys=any(keys.values()),
    )


def _host(endpoint: str) -> str:
    return endpoint.split("://")[-1].split(":")[0]
