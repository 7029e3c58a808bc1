# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what is known of a release, and if it has to be upgraded, rehearse that, all before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_secrets, manifests, secrecy, upkeep
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as values_of_helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.urls import without_credentials
from ansible_collections.epinio.aws.plugins.module_utils.errors import reading
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    SERVER,
    Actual,
    Target,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep
from ansible_collections.epinio.aws.plugins.module_utils.readers import epinio, helm
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import (
    Bases,
    find_bases,
    read_kept,
    read_left,
    read_record,
    read_since,
)
from ansible_collections.epinio.aws.plugins.module_utils.release_directions import Direction

_CHART = "Check that epinio_chart_ref and epinio_chart_version name Epinio's chart."
_ACCOUNT_NAME = ("serviceAccount", "name")


@dataclass
class Survey:
    """The survey of one release. `mask` is told strings that must not be shown, `prepare` the upgrade that is planned.

    `helm_timeout` is a duration as helm takes it; staging jobs are waited for `staging_timeout` seconds at most.
    """

    api_client: Any
    helm: HelmCli
    direction: Direction
    helm_timeout: str
    staging_timeout: float
    mask: Callable[[set[str]], None]
    prepare: Callable[[Upgrade], None]
    # What the first look found: a later one sees what this run has changed.
    _former_chart: str = field(default="", init=False)

    def __call__(self) -> Plan:
        """Read, refuse what must not happen, and plan."""
        request, direction = self.direction.request, self.direction
        bases = find_bases(self.api_client, request.namespace, request.name)
        record = read_record(self.api_client, request.wiring)
        if bases is None or bases.release.status in direction.gone:
            return direction.missing(bases.release if bases else None, record)
        actual = self._actual(bases, record)
        self.mask(self._secrets(actual))
        goal = direction.target(actual)
        if not goal.reasons:
            return direction.plan(actual, goal, None)
        refusals.refuse_state(request, actual)
        refusals.refuse_other_owner(actual, goal)
        upgrade = self._upgrade(actual, goal)
        preview = helm.read_preview(self.helm, upgrade, pending=actual.release.pending)
        kept = read_kept(self.api_client, request.namespace, bases, actual.upkeep.left)
        actual = replace(actual, upkeep=replace(actual.upkeep, kept=kept))
        plan = direction.plan(actual, goal, self._rehearsal(bases, actual, goal, preview))
        self._await_staging()
        self.prepare(upgrade)
        return plan

    def _actual(self, bases: Bases, record: Record | None) -> Actual:
        namespace, name, release = self.direction.request.namespace, self.direction.request.name, bases.release
        self._former_chart = self._former_chart or release.chart_version
        lost = record and records.no_longer_ours(record, release.revision, release.config)
        found = Actual(
            release=release,
            revisions=bases.revisions,
            age=helm.age(release),
            server=epinio.read_server(self.api_client, namespace),
            account=None,
            details=epinio.read_details(self.api_client, namespace),
            upkeep=Upkeep(record, read_left(self.api_client, namespace, name, record)),
            deployed=bases.deployed,
            former_chart=self._former_chart,
            since_ours=read_since(self.api_client, bases, record.revision) if record and lost else (),
        )
        return replace(found, account=read_service_account(self.api_client, namespace, found.server_account))

    def _secrets(self, actual: Actual) -> set[str]:
        """What must be masked wherever it turns up: strings of the values, but for those of our keys."""
        direction, request, release = self.direction, self.direction.request, actual.release
        record = actual.upkeep.record or Record({}, 0, ())
        former = values_of_helm.restored({}, record.former, {})
        layers = (release.config, former, direction.values, direction.secret_values)
        public = (
            *(str(request.wiring), request.name, actual.server_account, actual.image, SERVER, *direction.public),
            *(
                request.chart_reference,
                without_credentials(request.chart_repository),
                release.chart_version,
                actual.live_role,
            ),
            *(str(value) for value in record.ours.values()),
            # A refusal names it.
            *(str(values_of_helm.get(layer, _ACCOUNT_NAME)) for layer in (release.config, direction.values)),
        )
        return secrecy.to_mask(layers, public)

    def _upgrade(self, actual: Actual, goal: Target) -> Upgrade:
        direction = self.direction
        hidden = secrecy.secret_strings(goal.values, direction.secret_values) | self._secrets(actual)
        return Upgrade(
            direction.request.name,
            direction.request.namespace,
            goal.chart,
            goal.values,
            self.helm_timeout,
            actual.release.server_side,
            frozenset(hidden),
            direction.description,
        )

    def _rehearsal(self, bases: Bases, actual: Actual, goal: Target, preview: Release) -> Rehearsal:
        then = manifests.objects(preview.manifest)
        deployment = manifests.named(then, "Deployment", SERVER)
        with reading(f"read Deployment {SERVER} in the dry run of release {preview.name}", _CHART):
            server = epinio.server(deployment) if deployment else None
        taken = planner.takes_definitions([manifests.objects(one.manifest) for one in bases.releases], then)
        lost = planner.lost_stores(self.direction.request, actual, goal, preview)
        return Rehearsal(
            preview,
            server,
            apps=epinio.read_apps_with_sources(self.api_client, goal.reachable) if lost else (),
            endangered=epinio.read_endangered_helm_charts(self.api_client) if taken else (),
            at_odds=upkeep.at_odds(
                actual.upkeep.kept,
                bases.newest,
                epinio_secrets.rendered(preview.manifest, self.direction.request.namespace),
            ),
        )

    def _await_staging(self) -> None:
        namespace = self.direction.request.namespace
        running = epinio.await_staging(self.api_client, namespace, self.staging_timeout)
        refusals.refuse_running_jobs(running, namespace, self.staging_timeout)
