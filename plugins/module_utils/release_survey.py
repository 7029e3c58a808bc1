# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what is known of a release, and if it has to be upgraded, rehearse that, all before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import epinio_secrets, manifests, secrecy, upkeep
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as values_of_helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_commands import Upgrade
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.helm_cli import HelmCli
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release as planner
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    SERVER,
    Actual,
    Target,
    Wanted,
    target,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.upkeep import Upkeep
from ansible_collections.epinio.aws.plugins.module_utils.readers import epinio, helm
from ansible_collections.epinio.aws.plugins.module_utils.readers.service_accounts import read_service_account
from ansible_collections.epinio.aws.plugins.module_utils.readers.upkeep import (
    Bases,
    read_bases,
    read_kept,
    read_left,
    read_record,
)

_ACCOUNT_NAME = ("serviceAccount", "name")


@dataclass(frozen=True)
class Survey:
    """The survey of one release. `mask` is told strings that must not be shown, `prepare` the upgrade that is planned.

    `helm_timeout` is a duration as helm takes it; staging jobs are waited for `staging_timeout` seconds at most.
    """

    api_client: Any
    helm: HelmCli
    wanted: Wanted
    helm_timeout: str
    staging_timeout: float
    mask: Callable[[set[str]], None]
    prepare: Callable[[Upgrade], None]

    def __call__(self) -> Plan:
        """Read, refuse what must not happen, and plan."""
        bases = read_bases(self.api_client, self.wanted.namespace, self.wanted.name)
        actual = self._actual(bases)
        self.mask(self._secrets(actual))
        refusals.refuse_state(self.wanted, actual)
        goal = target(self.wanted, actual)
        refusals.refuse_account_of_others(goal)
        refusals.refuse_foreign_annotation(self.wanted, actual)
        if not goal.reasons:
            return planner.plan(self.wanted, actual, goal, None)
        upgrade = self._upgrade(actual, goal)
        preview = helm.read_preview(self.helm, upgrade, pending=actual.release.pending)
        kept = read_kept(self.api_client, self.wanted.namespace, bases, actual.upkeep.left)
        actual = replace(actual, upkeep=replace(actual.upkeep, kept=kept))
        plan = planner.plan(self.wanted, actual, goal, self._rehearsal(bases, actual, goal, preview))
        self._await_staging()
        self.prepare(upgrade)
        return plan

    def _actual(self, bases: Bases) -> Actual:
        namespace, name = self.wanted.namespace, self.wanted.name
        server = epinio.read_server(self.api_client, namespace)
        record = read_record(self.api_client, self.wanted.wiring)
        found = Actual(
            release=bases.release,
            revisions=bases.revisions,
            age=helm.age(bases.release),
            server=server,
            account=None,
            details=epinio.read_details(self.api_client, namespace),
            upkeep=Upkeep(record, read_left(self.api_client, namespace, name, record)),
            deployed=bases.deployed,
        )
        return replace(found, account=read_service_account(self.api_client, namespace, found.server_account))

    def _secrets(self, actual: Actual) -> set[str]:
        """What must be masked wherever it turns up: strings of the values, but for those of our keys."""
        wanted, release = self.wanted, actual.release
        layers = (release.config, wanted.values, wanted.secret_values)
        public = (
            *(str(wanted.wiring), wanted.name, actual.server_account, wanted.server_account, actual.image, SERVER),
            *(wanted.chart_reference, wanted.chart_repository, release.chart_version),
            *(str(value) for value in vars(wanted.settings).values()),
            # A refusal names it.
            *(str(values_of_helm.get(layer, _ACCOUNT_NAME)) for layer in (release.config, wanted.values)),
        )
        return secrecy.to_mask(layers, public)

    def _upgrade(self, actual: Actual, goal: Target) -> Upgrade:
        wanted = self.wanted
        hidden = secrecy.secret_strings(goal.values, wanted.secret_values) | self._secrets(actual)
        return Upgrade(
            wanted.name,
            wanted.namespace,
            goal.chart,
            goal.values,
            self.helm_timeout,
            actual.release.server_side,
            frozenset(hidden),
        )

    def _rehearsal(self, bases: Bases, actual: Actual, goal: Target, preview: Release) -> Rehearsal:
        then = manifests.objects(preview.manifest)
        deployment = manifests.named(then, "Deployment", SERVER)
        taken = planner.takes_definitions([manifests.objects(one.manifest) for one in bases.releases], then)
        lost = planner.lost_stores(self.wanted, actual, goal, preview)
        return Rehearsal(
            preview,
            epinio.server(deployment) if deployment else None,
            apps=epinio.read_apps_with_sources(self.api_client) if lost else (),
            endangered=epinio.read_endangered_helm_charts(self.api_client) if taken else (),
            at_odds=upkeep.at_odds(
                actual.upkeep.kept,
                bases.newest,
                epinio_secrets.rendered(preview.manifest, self.wanted.namespace),
            ),
        )

    def _await_staging(self) -> None:
        namespace = self.wanted.namespace
        running = epinio.await_staging(self.api_client, namespace, self.staging_timeout)
        refusals.refuse_running_jobs(running, namespace, self.staging_timeout)
