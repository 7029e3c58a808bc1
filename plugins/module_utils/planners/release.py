# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the Helm release: what is noted before, the upgrade, and what is put back after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    family,
    refuse_unfit,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DEPLOYED, Release, last_finished
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import HIDDEN, shown
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Values
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners import upkeep
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    Actual,
    Server,
    Target,
    Wanted,
)

MODE = "irsa"
_HELM_GROUP = ".helm.cattle.io"


@dataclass(frozen=True)
class Rehearsal:
    """What an upgrade would do: the release and server that it would make, and what else it would touch.

    `apps` lose their sources, `endangered` are helm-controller's objects that would be deleted, `at_odds` names keys of
    dex's settings that are kept although the values change them.
    """

    preview: Release
    server: Server | None
    apps: tuple[str, ...] = ()
    endangered: tuple[str, ...] = ()
    at_odds: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Prospect:
    """The part of the result that an upgrade changes."""

    revision: int
    status: str
    chart_version: str
    values: Values = field(repr=False)
    server: Server | None


def lost_stores(wanted: Wanted, actual: Actual, target: Target, preview: Release) -> tuple[stores.Store, ...]:
    """The stores in use that the upgrade puts out of Epinio's reach."""
    after = stores.chosen(target.values, preview.defaults, target.family)
    suffix = wanted.wiring.cluster.dns_suffix
    return tuple(one for one in _stores(actual) if stores.out_of_reach(one, after, suffix))


def takes_definitions(bases: Iterable[Iterable[manifests.Object]], then: Iterable[manifests.Object]) -> bool:
    """Whether the upgrade deletes helm-controller's resource definitions, with all objects of their kinds.

    `bases` are what the newest and the deployed revision rendered, `then` is what the upgrade renders: helm deletes
    what the deployed one has and the upgrade lacks, and a rollback what the newest has and the deployed one lacks.
    """
    return bool({name for base in bases for name in _definitions(base)} - set(_definitions(then)))


def plan(wanted: Wanted, actual: Actual, target: Target, rehearsal: Rehearsal | None) -> Plan:
    """The changes that make the release what is wanted; `rehearsal` is there if the target has reasons for an upgrade.

    Raises `Refused` for whatever must not happen.
    """
    now = _Prospect(
        actual.release.revision,
        actual.release.status,
        actual.release.chart_version,
        actual.release.config,
        actual.server,
    )
    notices = list(_undone(actual))
    if rehearsal is None:
        refuse_versions(wanted, now)
        refusals.refuse_another_account(wanted, now.server)
        view = _view(wanted, target, now, actual, actual.upkeep.record)
        return Plan(view, view, upkeep.first(actual.upkeep), tuple(notices))
    then = _prospect(actual, target, rehearsal)
    refuse_versions(wanted, then)
    refusals.refuse_another_account(wanted, then.server)
    refusals.refuse_another_chart(target, rehearsal.preview)
    lost = lost_stores(wanted, actual, target, rehearsal.preview)
    notices += [text for text in [refusals.refuse_lost_sources(wanted, lost, rehearsal.apps)] if text]
    refusals.refuse_lost_helm_charts(rehearsal.endangered)
    notices += list(_at_odds(rehearsal))
    release = actual.release
    record = records.renewed(actual.upkeep.record, release.revision, release.config, target.owned, MODE)
    return Plan(
        _view(wanted, target, now, actual, record),
        _view(wanted, target, then, actual, record),
        tuple(_changes(wanted, actual, target)),
        tuple(notices),
    )


def refuse_versions(wanted: Wanted, prospect: _Prospect) -> None:
    """Raise `Refused` for versions that cannot be wired."""
    refuse_unfit(version(prospect.chart_version), _server_version(prospect), accept_unsigned=wanted.accept_unsigned)


def _stores(actual: Actual) -> tuple[stores.Store, ...]:
    """The stores that are in use, of revisions by the switches of their own chart."""
    bases = [one for one in (actual.release, actual.deployed) if one]
    families = [family(version(one.chart_version) or server_version(actual.image, "")) for one in bases]
    chosen = [stores.chosen(one.config, one.defaults, row) for one, row in zip(bases, families, strict=True)]
    return stores.in_use(actual.details, chosen)


def _definitions(rendered: Iterable[manifests.Object]) -> Iterator[str]:
    for one in rendered:
        if one.get("kind") == "CustomResourceDefinition" and one["metadata"]["name"].endswith(_HELM_GROUP):
            yield one["metadata"]["name"]


def _prospect(actual: Actual, target: Target, rehearsal: Rehearsal) -> _Prospect:
    steps = 2 if actual.release.pending else 1
    return _Prospect(
        actual.release.revision + steps,
        DEPLOYED,
        rehearsal.preview.chart_version,
        target.values,
        rehearsal.server or actual.server,
    )


def _changes(wanted: Wanted, actual: Actual, target: Target) -> Iterator[Change]:
    release = actual.release
    yield from upkeep.first(actual.upkeep)
    yield upkeep.note(actual.upkeep, release.revision, release.config, target.owned, MODE)
    if release.pending:
        finished = last_finished(actual.revisions)
        yield Change(
            f"end revision {release.revision} of release {wanted.name}, {release.status} since {release.since}, by a "
            f"rollback to revision {finished}",
            "helm.rollback",
            {
                "name": wanted.name,
                "namespace": wanted.namespace,
                "revision": finished,
                "server_side": release.server_side,
            },
        )
    yield Change(
        f"upgrade release {wanted.name} to chart {target.chart.version}",
        "helm.upgrade",
        {
            "name": wanted.name,
            "namespace": wanted.namespace,
            "chart": target.chart.reference,
            "version": target.chart.version,
            "keys": [helm.dotted(keys) for keys in target.changed],
            "reasons": list(target.reasons),
        },
    )
    yield from upkeep.last(actual.upkeep)


def _undone(actual: Actual) -> Iterator[str]:
    """What somebody did to our keys since they were ours."""
    release = actual.release
    record = actual.upkeep.record
    lost = records.no_longer_ours(record, release.revision, release.config) if record else ()
    if lost:
        yield (
            f"Revision {release.revision} of release {release.name} ({release.since}, "
            f"{release.description or 'no description'}) gave other values to "
            f"{', '.join(helm.dotted(keys) for keys in lost)}, which belong to the wiring."
        )


def _at_odds(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.at_odds:
        yield (
            f"Secret dex-config was edited, and the new values render another {', '.join(rehearsal.at_odds)}: what was "
            "edited is put back, so bring the two together by hand."
        )


def _server_version(prospect: _Prospect) -> Any:
    return server_version(prospect.server.image if prospect.server else "", prospect.chart_version)


def _view(wanted: Wanted, target: Target, prospect: _Prospect, actual: Actual, record: Record | None) -> dict[str, Any]:
    owned = {helm.dotted(keys): shown(keys, helm.get(prospect.values, keys)) for keys in target.owned}
    others = [keys for keys in target.changed if keys not in target.owned]
    return {
        "name": wanted.name,
        "namespace": wanted.namespace,
        "revision": prospect.revision,
        "status": prospect.status,
        "chart": actual.release.chart,
        "chart_version": prospect.chart_version,
        "server_version": str(_server_version(prospect) or ""),
        "apply_method": actual.release.apply_method,
        "server_service_account": prospect.server.service_account if prospect.server else actual.server_account,
        "owned_values": owned,
        "other_values": {helm.dotted(keys): _hidden(actual.release.config, prospect.values, keys) for keys in others},
        "values_to_return_to": _to_return_to(record),
    }


def _hidden(old: Values, now: Values, keys: helm.Path) -> str | None:
    """A value of the user's that changes: that it does, not what it is."""
    value = helm.get(now, keys)
    if value is ABSENT:
        return None
    return HIDDEN if helm.equal(value, helm.get(old, keys)) else f"{HIDDEN[:-1]}, another)"


def _to_return_to(record: Record | None) -> Mapping[str, Any]:
    return {helm.dotted(keys): shown(keys, value) for keys, value in record.former.items()} if record else {}
