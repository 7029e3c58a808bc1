# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release should be: the values to give it, and why it has to be upgraded, if it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import owned_keys, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    Family,
    family,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Chart
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DEPLOYED, Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import CONNECTION_DETAILS, ConnectionDetails
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

SERVER = "epinio-server"


@dataclass(frozen=True)
class Server:
    """The Deployment of Epinio's server: its image, service account and the account's pull secrets' names."""

    image: str
    service_account: str
    pull_secrets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """The release as the user wants it. `timeout` are seconds; the chart's version `""` is the installed one.

    `server_account` is the service account that the role was given to, `""` if that is not known here.
    """

    wiring: Wiring
    name: str
    settings: owned_keys.Settings
    chart_reference: str = "epinio"
    chart_repository: str = ""
    chart_version: str = ""
    values: Values = field(default_factory=dict)
    secret_values: Values = field(default_factory=dict, repr=False)
    timeout: float = 600.0
    abandon_sources: bool = False
    accept_unsigned: bool = False
    server_account: str = ""

    @property
    def namespace(self) -> str:
        return self.wiring.namespace


@dataclass(frozen=True)
class Actual:
    """What is in the cluster. `age` are seconds since the newest revision was written; absent things are `None`.

    `deployed` is the revision that helm upgrades from: the newest, unless that failed or is pending.
    """

    release: Release
    revisions: tuple[Revision, ...]
    age: float
    server: Server | None
    account: ServiceAccount | None
    details: ConnectionDetails | None
    upkeep: Upkeep = field(default_factory=Upkeep)
    deployed: Release | None = None

    @property
    def server_account(self) -> str:
        return self.server.service_account if self.server else SERVER

    @property
    def image(self) -> str:
        return self.server.image if self.server else ""


@dataclass(frozen=True)
class Target:
    """The values that the release should have, those of our keys, and the reasons for an upgrade: none, no upgrade."""

    chart: Chart
    family: Family
    values: Mapping[str, Any] = field(repr=False)
    owned: Mapping[Path, Any]
    changed: tuple[Path, ...]
    reasons: tuple[str, ...]


def target(wanted: Wanted, actual: Actual) -> Target:
    """Merge the release's user-supplied values, the user's and ours, in this order, and compare.

    Raises `Refused` for a chart too old, for the user's values that contradict ours, and secrets among the plain ones.
    """
    chart = Chart(wanted.chart_reference, wanted.chart_repository, wanted.chart_version or actual.release.chart_version)
    kind = family(version(chart.version) or server_version(actual.image, ""))
    ours = owned_keys.owned(wanted.settings, kind)
    owned_keys.refuse_secrets(wanted.values)
    owned_keys.refuse_conflicts("epinio_values", wanted.values, ours)
    owned_keys.refuse_conflicts("epinio_secret_values", wanted.secret_values, ours)
    values = helm.merge(actual.release.config, wanted.values, wanted.secret_values, helm.tree(ours))
    changed = tuple(helm.differences(actual.release.config, values))
    return Target(chart, kind, values, ours, changed, tuple(_reasons(wanted, actual, chart, kind, changed)))


def _reasons(wanted: Wanted, actual: Actual, chart: Chart, kind: Family, changed: tuple[Path, ...]) -> Iterator[str]:
    release = actual.release
    if changed:
        yield f"{len(changed)} of its values differ"
    if not chart.is_version(release.chart_version):
        yield f"chart {release.chart_version} is installed"
    if release.status != DEPLOYED:
        yield f"its revision {release.revision} is {release.status}"
    if changed or release.status != DEPLOYED:
        # Then what was rendered is bound to be old.
        return
    annotated = actual.account.role_arn if actual.account else ""
    if kind.annotations_in_values and annotated != wanted.settings.role_arn:
        yield f"service account {actual.server_account} is annotated with {annotated or 'no role'}"
    if actual.details != expected_details(wanted.settings):
        yield f"Secret {CONNECTION_DETAILS} does not hold what the values say"


def expected_details(settings: owned_keys.Settings) -> ConnectionDetails:
    """What the chart renders from our keys into the Secret that Epinio's server reads."""
    return stores.ConnectionDetails(settings.endpoint, settings.bucket, settings.region, use_ssl=True, has_keys=False)
