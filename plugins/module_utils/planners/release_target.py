# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the release should be: the values to give it, and why it has to be upgraded, if it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import helm_inputs, owned_keys, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    Family,
    family,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Chart
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DEPLOYED, Release, Revision
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import Owner
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ServiceAccount
from ansible_collections.epinio.aws.plugins.module_utils.domain.stores import CONNECTION_DETAILS, ConnectionDetails
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import Path, Values
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep

SERVER = "epinio-server"
OLD_DETAILS = f"Secret {CONNECTION_DETAILS} does not hold what the values say"


@dataclass(frozen=True)
class Server:
    """The Deployment of Epinio's server: its image, service account and the account's pull secrets' names.

    `owner` is the tool that would undo an upgrade of ours.
    """

    image: str
    service_account: str
    pull_secrets: tuple[str, ...] = ()
    owner: Owner | None = None


@dataclass(frozen=True, kw_only=True)
class Request:
    """What either direction has to know: the release and its chart, whose version `""` is the installed one.

    `timeout` are seconds.
    """

    wiring: Wiring
    name: str
    chart_reference: str = "epinio"
    chart_repository: str = field(default="", repr=False)
    chart_version: str = ""
    timeout: float = 600.0
    abandon_sources: bool = False

    def __post_init__(self) -> None:
        helm_inputs.check_release(self.name)
        helm_inputs.check_chart_ref(self.chart_reference)
        if self.chart_repository:
            helm_inputs.check_chart_repo(self.chart_repository)
        if self.chart_version:
            helm_inputs.check_chart_version(self.chart_version)

    @property
    def namespace(self) -> str:
        return self.wiring.namespace

    def chart(self, installed: str) -> Chart:
        """The chart to upgrade to, from the installed version."""
        return Chart(self.chart_reference, self.chart_repository, self.chart_version or installed)


@dataclass(frozen=True, kw_only=True)
class Wanted(Request):
    """The release as the user wants it.

    `server_account` is the service account that IRSA's role was given to, `""` if that is not known here.
    """

    settings: owned_keys.Settings
    values: Values = field(default_factory=dict)
    secret_values: Values = field(default_factory=dict, repr=False)
    accept_unsigned: bool = False
    server_account: str = ""


@dataclass(frozen=True)
class Actual:
    """What is in the cluster. `age` are seconds since the newest revision was written; absent things are `None`.

    `deployed` is the revision that helm upgrades from: the newest, unless that failed or is pending. `former_chart` is
    the chart's version that this run has found first, where it looks again.
    """

    release: Release
    revisions: tuple[Revision, ...]
    age: float
    server: Server | None
    account: ServiceAccount | None
    details: ConnectionDetails | None
    upkeep: Upkeep = field(default_factory=Upkeep)
    deployed: Release | None = None
    former_chart: str = ""
    since_ours: tuple[Release, ...] = ()

    @property
    def history(self) -> tuple[Release, ...]:
        """The revisions since our last upgrade as far as they were read, oldest first; the newest at least."""
        return self.since_ours or (self.release,)

    @property
    def server_account(self) -> str:
        return self.server.service_account if self.server else SERVER

    @property
    def image(self) -> str:
        return self.server.image if self.server else ""

    @property
    def live_role(self) -> str:
        """The role that the server's account is annotated with, `""` for none."""
        return self.account.role_arn if self.account else ""

    @property
    def modes(self) -> tuple[str, ...]:
        """The ways that are noted as wired."""
        return self.upkeep.record.modes if self.upkeep.record else ()


@dataclass(frozen=True)
class Target:
    """The values that the release should have, those of our keys, and the reasons for an upgrade: none, no upgrade.

    `owned` are the keys that belong to the wiring, with the values that they should have. `reachable` are the blobs of
    applications that are known to be in the store to come.
    """

    chart: Chart
    family: Family
    values: Mapping[str, Any] = field(repr=False)
    owned: Mapping[Path, Any]
    changed: tuple[Path, ...]
    reasons: tuple[str, ...]
    reachable: frozenset[str] = frozenset()


def target(wanted: Wanted, actual: Actual) -> Target:
    """Merge the release's user-supplied values, the user's and ours, in this order, and compare.

    Raises `Refused` for a chart too old, for the user's values that contradict ours, and secrets among the plain ones.
    """
    chart = wanted.chart(actual.release.chart_version)
    kind = family(version(chart.version) or server_version(actual.image, ""))
    ours = owned_keys.owned(wanted.settings, kind)
    taken = {**of_other_modes(wanted.settings.mode, actual), **ours}
    owned_keys.refuse_secrets(wanted.values)
    owned_keys.refuse_conflicts("epinio_values", wanted.values, taken)
    owned_keys.refuse_conflicts("epinio_secret_values", wanted.secret_values, taken)
    values = helm.merge(actual.release.config, wanted.values, wanted.secret_values, helm.tree(ours))
    changed = tuple(helm.differences(actual.release.config, values))
    return Target(chart, kind, values, ours, changed, tuple(_reasons(wanted, actual, chart, kind, changed)))


def of_other_modes(mode: str, actual: Actual) -> dict[Path, Any]:
    """The keys of their own that the other wired ways have in the release, with the values that they gave them."""
    given = actual.upkeep.record.ours if actual.upkeep.record else {}
    keys = {key for one in actual.modes if one != mode for key in owned_keys.OF_MODE[one]}
    return {key: given[key] for key in given if key in keys}


def _reasons(wanted: Wanted, actual: Actual, chart: Chart, kind: Family, changed: tuple[Path, ...]) -> Iterator[str]:
    yield from reasons_of_values(actual.release, chart, changed)
    if changed or actual.release.status != DEPLOYED:
        # Then what was rendered is bound to be old.
        return
    of_irsa = wanted.settings.mode == owned_keys.IRSA
    if of_irsa and kind.annotations_in_values and actual.live_role != wanted.settings.role_arn:
        yield f"service account {actual.server_account} is annotated with {actual.live_role or 'no role'}"
    if actual.details != expected_details(wanted.settings):
        yield OLD_DETAILS


def reasons_of_values(release: Release, chart: Chart, changed: tuple[Path, ...]) -> Iterator[str]:
    """Why a release has to be upgraded by what Helm has stored of it."""
    if changed:
        yield f"{len(changed)} of its values differ"
    if not chart.is_version(release.chart_version):
        yield f"chart {release.chart_version} is installed"
    if release.status != DEPLOYED:
        yield f"its revision {release.revision} is {release.status}"


def expected_details(settings: owned_keys.Settings) -> ConnectionDetails:
    """What the chart renders from our keys into the Secret that Epinio's server reads."""
    return stores.ConnectionDetails(settings.endpoint, settings.bucket, settings.region, use_ssl=True, has_keys=False)
