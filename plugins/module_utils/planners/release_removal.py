# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan to take the wiring back from the Helm release: an upgrade to the recorded values, then the end of the record."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain import owned_keys, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import record as records
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.epinio_versions import closest, version
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.owned_keys import IRSA
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ROLE_ARN
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT, Values
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import FIELD_MANAGER
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners import release_refusals as refusals
from ansible_collections.epinio.aws.plugins.module_utils.planners import upkeep
from ansible_collections.epinio.aws.plugins.module_utils.planners.release import Rehearsal, judged, upgrade
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_history import undone
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_removal_target import (
    WAYS_ON,
    Removal,
    ours_without_record,
    wired,
)
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import Actual, Target
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_view import (
    Prospect,
    as_found,
    as_upgraded,
    view,
)


def plan(removal: Removal, actual: Actual, target: Target, rehearsal: Rehearsal | None) -> Plan:
    """The changes that take the wiring back; `rehearsal` is there if the target has reasons for an upgrade.

    The record goes last: until then the next run can finish what a killed one has left. Raises `Refused` for whatever
    must not happen.
    """
    record = actual.upkeep.record
    now = as_found(actual)
    before = _view(removal, actual, target, now, record)
    if removal.keep:
        return Plan(before, before, upkeep.first(actual.upkeep), residue=tuple(_kept(removal, actual)))
    noted = wired(removal, actual)
    if noted is None:
        return Plan(before, before, upkeep.first(actual.upkeep))
    left, ending = records.without(noted, removal.mode), upkeep.forget(noted, removal.mode)
    is_last = noted.modes == (removal.mode,)
    residue = tuple(_changed_since(removal, actual, noted))
    if rehearsal is None:
        if is_last:
            _refuse_no_store(removal, actual, target, actual.release.defaults)
        after = _view(removal, actual, target, now, left)
        return Plan(before, after, (*upkeep.first(actual.upkeep), ending), residue=residue)
    if not removal.is_ours(record, actual.live_role):
        refusals.refuse_to_take_away(actual, target)
    notices = judged(removal, actual, target, rehearsal)
    if is_last:
        _refuse_no_store(removal, actual, target, rehearsal.preview.defaults)
    note = upkeep.keep(actual.upkeep, noted, actual.release.revision)
    then = as_upgraded(actual, target, rehearsal.preview, rehearsal.server)
    return Plan(
        before,
        _view(removal, actual, target, then, left),
        (*upgrade(removal, actual, target, note), ending),
        notices,
        residue,
    )


def plan_without_release(removal: Removal, release: Release | None, record: Record | None) -> Plan:
    """Without a release there is nothing to go back to, so nothing to note either."""
    state = f"is {release.status} since {release.since}" if release else f"is not in namespace {removal.namespace}"
    notice = f"Release {removal.name} {state}: there are no values to be taken back."
    return Plan({}, {}, (upkeep.delete(record),) if record and record.of_release else (), (notice,))


def _refuse_no_store(removal: Removal, actual: Actual, target: Target, defaults: Values) -> None:
    """Raise `Refused` where Epinio would have no store: none bundled, no keys, and no role but the wiring's.

    A role of the server's account that is not the wiring's may well permit a bucket; what else the nodes' roles permit
    nobody knows.
    """
    given = helm.get(target.values, owned_keys.ANNOTATION) if target.family.annotations_in_values else ABSENT
    roles = [role for role in (given, actual.live_role) if isinstance(role, str) and role]
    if (
        stores.chosen(target.values, defaults, target.family).bundled
        or all(stores.in_force(target.values, defaults, keys) for keys in owned_keys.S3_KEYS)
        or not all(removal.is_ours(actual.upkeep.record, role) for role in roles)
    ):
        return
    role = "the wiring's" if removal.mode == IRSA else "its node's, which loses the wiring's policy"
    raise Refused(
        f"Without the wiring Epinio would have no store to work with: with the values that are noted in Secret "
        f"{records.NAME}, chart {target.chart.version} brings none, there are no keys for S3, and the server has no "
        f"role but {role}. {WAYS_ON}"
    )


def _role(removal: Removal, actual: Actual, target: Target) -> str:
    """The role that the server's account carries once all is taken back, `""` for none.

    What the chart annotates goes with the values. What this collection annotated where the chart cannot is taken back
    by `epinio_sa_annotation`. Anything else on the account is somebody's, and stays.
    """
    release, live = actual.release, actual.live_role
    given = helm.get(target.values, owned_keys.ANNOTATION)
    if target.family.annotations_in_values and isinstance(given, str) and given:
        return given
    annotates = closest(version(release.chart_version)).annotations_in_values
    of_chart = annotates and live == helm.get(release.config, owned_keys.ANNOTATION)
    return "" if of_chart or _of_collection(removal, actual) else live


def _of_collection(removal: Removal, actual: Actual) -> bool:
    """Whether the live annotation is the wiring's, set by this collection and not by the chart."""
    managers = actual.account.role_managers if actual.account else ()
    return removal.is_ours(actual.upkeep.record, actual.live_role) and FIELD_MANAGER in managers


def _changed_since(removal: Removal, actual: Actual, record: Record) -> Iterator[Residue]:
    release = actual.release
    lost = records.changed_since(record, removal.mode, release.revision, release.config)
    for told in undone(record, actual.history, lost):
        yield Residue(
            f"release {release.name}",
            f"{told[0].lower()}{told[1:]} after it was wired",
            "Set these values as Epinio needs them: they are kept as they are.",
        )


def _kept(removal: Removal, actual: Actual) -> Iterator[Residue]:
    record = wired(removal, actual)
    going = records.due(record, removal.mode) if record else ours_without_record(removal, actual)
    ours = [helm.dotted(keys) for keys in (record.ours if record else going) if keys in going]
    if ours:
        yield Residue(
            f"release {removal.name}",
            f"{', '.join(ours)} keep the values of the wiring, as was asked for",
            "Epinio cannot use its store without the wiring: give it another one by a helm upgrade.",
        )
    if _of_collection(removal, actual):
        account = f"service account {actual.server_account}"
        advice = f"kubectl annotate serviceaccount {actual.server_account} --namespace {removal.namespace} {ROLE_ARN}-"
        yield Residue(
            account,
            f"it keeps the annotation {ROLE_ARN}, as was asked for",
            f"Epinio cannot assume the role once it is gone: annotate another one, or run: {advice}",
        )
    if record:
        disposable = record.modes == (removal.mode,) and not record.attachments
        yield Residue(
            f"Secret {records.NAME}",
            "it holds the values that the release had before",
            "Run the teardown with epinio_teardown_release=restore to go back to them"
            f"{', or delete the Secret' if disposable else ''}.",
        )


def _view(
    removal: Removal, actual: Actual, target: Target, prospect: Prospect, record: Record | None
) -> dict[str, Any]:
    return {**view(removal, actual, target, prospect, record), "server_role_arn": _role(removal, actual, target)}
