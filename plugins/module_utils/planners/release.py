# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the Helm release: what is noted before, the upgrade, and what is put back after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ansible_collections.epinio.aws.plugins.module_utils.domain import manifests, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import (
    closest,
    refuse_unfit,
    server_version,
    version,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import (
    TAKEN_BACK,
    Release,
    last_finished,
    missing,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import INSTANCE_PROFILE, IRSA, OF_MODE
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners import upkeep
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_history import undone
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    Actual,
    Request,
    Server,
    Target,
    Wanted,
    of_other_modes,
    target,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_view import (
    Prospect,
    as_found,
    as_upgraded,
    view,
)

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


def lost_stores(request: Request, actual: Actual, target: Target, preview: Release) -> tuple[stores.Store, ...]:
    """The stores in use that the upgrade puts out of Epinio's reach."""
    after = stores.chosen(target.values, preview.defaults, target.family)
    suffix = request.wiring.cluster.dns_suffix
    return tuple(one for one in _stores(actual) if stores.out_of_reach(one, after, suffix))


def takes_definitions(bases: Iterable[Iterable[manifests.Object]], then: Iterable[manifests.Object]) -> bool:
    """Whether the upgrade deletes helm-controller's resource definitions, with all objects of their kinds.

    `bases` are what the newest and the deployed revision rendered, `then` is what the upgrade renders: helm deletes
    what the deployed one has and the upgrade lacks, and a rollback what the newest has and the deployed one lacks.
    """
    return bool({name for base in bases for name in _definitions(base)} - set(_definitions(then)))


def aim(wanted: Wanted, actual: Actual) -> Target:
    """What the release should be. Raises `Refused` where the role on the server's account is not ours to give."""
    goal = target(wanted, actual)
    if wanted.settings.mode == IRSA:
        refusals.refuse_account_of_others(goal)
        refusals.refuse_foreign_annotation(wanted, actual, goal)
    elif IRSA not in actual.modes:
        refusals.refuse_web_identity(actual, goal)
    return goal


def plan(wanted: Wanted, actual: Actual, target: Target, rehearsal: Rehearsal | None) -> Plan:
    """The changes that make the release what is wanted; `rehearsal` is there if the target has reasons for an upgrade.

    Raises `Refused` for whatever must not happen.
    """
    now = as_found(actual)
    mode, known = wanted.settings.mode, actual.upkeep.record
    notices = (*_undone(mode, actual, target), *_besides(mode, actual))
    if rehearsal is None:
        refuse_versions(wanted, actual, now)
        refusals.refuse_another_account(wanted, now.server)
        before = view(wanted, actual, target, now, known)
        if not _to_be_noted(mode, actual):
            return Plan(before, before, upkeep.first(actual.upkeep), notices)
        record = records.renewed(known, actual.release.revision, actual.release.config, target.owned, mode)
        note = upkeep.note_mode(actual.release.revision, target.owned, mode)
        after = view(wanted, actual, target, now, record)
        return Plan(before, after, (*upkeep.first(actual.upkeep), note), notices)
    then = as_upgraded(actual, target, rehearsal.preview, rehearsal.server)
    refuse_versions(wanted, actual, then)
    refusals.refuse_another_account(wanted, then.server)
    notices += judged(wanted, actual, target, rehearsal)
    release = actual.release
    leaves = bool(lost_stores(wanted, actual, target, rehearsal.preview))
    noted = upkeep.note(actual.upkeep, release.revision, release.config, target.owned, mode, sources=leaves)
    record = records.renewed(known, release.revision, release.config, target.owned, mode)
    return Plan(
        view(wanted, actual, target, now, record),
        view(wanted, actual, target, then, record),
        tuple(upgrade(wanted, actual, target, noted)),
        notices,
    )


def refuse_missing(wanted: Wanted, release: Release | None, _record: Record | None) -> Plan:
    """Raise `Refused`: what is not installed cannot be wired."""
    if release is None:
        raise missing(wanted.namespace, wanted.name)
    raise Refused(f"Release {wanted.name} is {release.status} since {release.since}: install Epinio first.")


def refuse_versions(wanted: Wanted, actual: Actual, prospect: Prospect) -> None:
    """Raise `Refused` for versions that cannot be wired."""
    installed = prospect.chart_version == actual.release.chart_version
    refuse_unfit(
        version(prospect.chart_version),
        prospect.server_version,
        accept_unsigned=wanted.accept_unsigned,
        label=actual.release.label if installed else "",
    )


def judged(request: Request, actual: Actual, target: Target, rehearsal: Rehearsal) -> tuple[str, ...]:
    """What has to be told of a rehearsed upgrade, in either direction. Raises `Refused` if it must not happen."""
    refusals.refuse_another_chart(target, rehearsal.preview)
    refusals.refuse_a_fork(actual.release, target, rehearsal.preview)
    lost = refusals.refuse_lost_sources(
        request, lost_stores(request, actual, target, rehearsal.preview), rehearsal.apps
    )
    refusals.refuse_lost_helm_charts(rehearsal.endangered)
    return (*([lost] if lost else ()), *_at_odds(rehearsal))


def _stores(actual: Actual) -> tuple[stores.Store, ...]:
    """The stores that are in use, of revisions by the switches of their own chart."""
    bases = [one for one in (actual.release, actual.deployed) if one]
    families = [closest(version(one.chart_version) or server_version(actual.image, "")) for one in bases]
    chosen = [stores.chosen(one.config, one.defaults, row) for one, row in zip(bases, families, strict=True)]
    return stores.in_use(actual.details, chosen)


def _definitions(rendered: Iterable[manifests.Object]) -> Iterator[str]:
    for one in rendered:
        name = manifests.name_of(one)
        if one.get("kind") == "CustomResourceDefinition" and name.endswith(_HELM_GROUP):
            yield name


def upgrade(request: Request, actual: Actual, target: Target, note: Change) -> Iterator[Change]:
    """The changes of an upgrade in either direction; `note` is what has to be noted before it."""
    release = actual.release
    yield from upkeep.first(actual.upkeep)
    yield note
    if release.pending:
        finished = last_finished(actual.revisions)
        yield Change(
            f"end revision {release.revision} of release {request.name}, {release.status} since {release.since}, by a "
            f"rollback to revision {finished}",
            "helm.rollback",
            {
                "name": request.name,
                "namespace": request.namespace,
                "revision": finished,
                "server_side": release.server_side,
            },
        )
    yield Change(
        f"upgrade release {request.name} to chart {target.chart.version}",
        "helm.upgrade",
        {
            "name": request.name,
            "namespace": request.namespace,
            "chart": target.chart.reference,
            "version": target.chart.version,
            "keys": [helm.dotted(keys) for keys in target.changed],
            "reasons": list(target.reasons),
        },
    )
    yield from upkeep.last(actual.upkeep)


def _to_be_noted(mode: str, actual: Actual) -> bool:
    """Whether a mode has to be noted although the release has its values already.

    So it is beside another mode, whose teardown must not take the values that both need. Without a record they are
    somebody's own; where a mode has keys of its own these tell it later, else nothing but the record does.
    """
    return mode not in actual.modes and (actual.upkeep.record is not None or not OF_MODE[mode])


def _besides(mode: str, actual: Actual) -> Iterator[str]:
    """An AWS client takes its web identity first, and the node's role only if it has none."""
    if mode == INSTANCE_PROFILE and IRSA in actual.modes:
        role = actual.live_role or "of IRSA"
        yield f"IRSA is wired as well: as long as it is, Epinio's pods use the role {role} and not their node's."


def _undone(mode: str, actual: Actual, target: Target) -> Iterator[str]:
    """What somebody did to our keys since they were ours."""
    release, record = actual.release, actual.upkeep.record
    if record is None or release.description == TAKEN_BACK:
        return
    lost = records.no_longer_ours(record, release.revision, release.config)
    for told in undone(record, actual.history, [keys for keys in lost if keys in target.owned]):
        yield f"{told}, which belong to the wiring: they get its values again."
    others = of_other_modes(mode, actual)
    for told in undone(record, actual.history, [keys for keys in lost if keys in others]):
        yield f"{told}, which belong to another way of wiring: the playbook of that puts them back."


def _at_odds(rehearsal: Rehearsal) -> Iterator[str]:
    if rehearsal.at_odds:
        yield (
            f"Secret dex-config was edited, and the new values render another {', '.join(rehearsal.at_odds)}: what was "
            "edited is put back, so bring the two together by hand."
        )
