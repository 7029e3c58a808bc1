# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the removal of the staging account, or of the role that a service account of the release got from us."""

from __future__ import annotations

from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import (
    EKSCTL,
    ROLE_ARN,
    ServiceAccount,
    eksctl_command,
)
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import WIRING, Mark
from ansible_collections.epinio.aws.plugins.module_utils.domain.workloads import NOBODY, Users
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners.sa_annotation import Wanted


def plan(wanted: Wanted, actual: ServiceAccount | None, users: Users = NOBODY) -> Plan:
    """The changes that take the account away, or only its role where the account is not ours to make.

    `users` are told where `awaits_jobs` says so. Raises `Refused` for Jobs that did not end.
    """
    if actual is None:
        return Plan({}, {})
    _refuse_jobs(wanted, users)
    return _account(wanted, actual, users) if wanted.create else _role(wanted, actual)


def awaits_jobs(wanted: Wanted, actual: ServiceAccount | None) -> bool:
    """Whether Jobs that use the staging account must end first: it goes, or the role that it gives them does."""
    if actual is None or not wanted.create:
        return False
    empty = not actual.role_arn and actual.mark(wanted.wiring) is Mark.OURS
    return empty or actual.role_arn == wanted.role_arn


def _account(wanted: Wanted, actual: ServiceAccount, users: Users) -> Plan:
    mark = actual.mark(wanted.wiring)
    if mark is Mark.ANOTHER_WIRING:
        return _kept(actual, _of_another(wanted, actual))
    if mark is Mark.NONE:
        return _without_role(wanted, actual, _unmarked(wanted, actual))
    if actual.role_arn not in ("", wanted.role_arn):
        return _kept(actual, _in_use_with_another_role(wanted, actual))
    makers = sorted({pod.controller for pod in users.pods if pod.controller})
    if makers:
        return _without_role(wanted, actual, _in_use(wanted, makers))
    arguments = {"namespace": actual.namespace, "name": actual.name, "uid": actual.uid, "former": actual.view()}
    change = Change(f"delete {wanted}", "kubernetes.delete_service_account", arguments)
    return Plan(actual.view(), {}, (change,), tuple(_bereft(wanted, users)))


def _role(wanted: Wanted, actual: ServiceAccount) -> Plan:
    """The annotation of an account that the release makes: ours goes, and Helm's goes with the release's values."""
    if not actual.role_arn:
        return _kept(actual)
    if actual.mark(wanted.wiring) is Mark.ANOTHER_WIRING:
        return _kept(actual, _of_another(wanted, actual))
    if _gives_our_role(wanted, actual):
        return _without_role(wanted, actual)
    if actual.role_arn == wanted.role_arn and actual.role_is_helms:
        notice = (
            f"The role {actual.role_arn} of {wanted} was set by Helm ({', '.join(actual.role_managers)}): "
            "it goes with the release's values (epinio_release)."
        )
        return Plan(actual.view(), actual.view(), notices=(notice,))
    return _kept(actual, _foreign_role(wanted, actual))


def _gives_our_role(wanted: Wanted, actual: ServiceAccount) -> bool:
    ours = actual.role_is_ours or actual.mark(wanted.wiring) is Mark.OURS
    return ours and actual.role_arn == wanted.role_arn


def _without_role(wanted: Wanted, actual: ServiceAccount, *residue: Residue) -> Plan:
    """The account stays; the role that it has from us goes."""
    if not _gives_our_role(wanted, actual):
        return _kept(actual, *residue)
    body = {"metadata": {"annotations": {ROLE_ARN: None}}}
    arguments = {"namespace": actual.namespace, "name": actual.name, "body": body, "former": actual.view()}
    change = Change(f"take the role {actual.role_arn} from {wanted}", "kubernetes.patch_service_account", arguments)
    return Plan(actual.view(), actual.without_role().view(), (change,), residue=residue)


def _kept(actual: ServiceAccount, *residue: Residue) -> Plan:
    return Plan(actual.view(), actual.view(), residue=residue)


def _refuse_jobs(wanted: Wanted, users: Users) -> None:
    if users.jobs:
        raise Refused(
            f"After {users.waited:.0f} seconds there still run {', '.join(map(str, users.jobs))} with the {wanted}, "
            "whose role is about to go: they would lose their sources. Wait for them to end, or delete them, then run "
            "this again."
        )


def _bereft(wanted: Wanted, users: Users) -> list[str]:
    """A notice on bare pods: without the account they run on, and nothing makes them anew."""
    names = ", ".join(pod.name for pod in users.pods)
    return [f"Pods that run with the {wanted} lose the role that it gives them: {names}."] if names else []


def _of_another(wanted: Wanted, actual: ServiceAccount) -> Residue:
    owner = actual.annotations.get(WIRING, "")
    return Residue(
        str(wanted),
        f"it belongs to another wiring, {owner or 'which it does not name'}",
        f"Tear that wiring down. If it is gone, delete the account: {_deletion(actual)}.",
        owner,
    )


def _unmarked(wanted: Wanted, actual: ServiceAccount) -> Residue:
    left = actual.without_role() if _gives_our_role(wanted, actual) else actual
    advice = f"Delete it if nobody needs it: {_deletion(actual)}."
    if actual.maker == EKSCTL:
        advice = f"Let eksctl take away account and role: {eksctl_command(wanted.wiring.cluster, actual)}."
    return Residue(str(wanted), f"this collection did not make it: {left.owner}", advice)


def _in_use(wanted: Wanted, makers: list[str]) -> Residue:
    return Residue(
        str(wanted),
        f"pods of {' and '.join(makers)} use it, and could not be made anew without it",
        "Give them another service account, then run the teardown again.",
    )


def _in_use_with_another_role(wanted: Wanted, actual: ServiceAccount) -> Residue:
    advice = f"Delete it if nobody needs that role: {_deletion(actual)}."
    return Residue(str(wanted), _another_role(wanted, actual), _earlier(wanted) if actual.role_is_ours else advice)


def _foreign_role(wanted: Wanted, actual: ServiceAccount) -> Residue:
    command = f"kubectl annotate serviceaccount {actual.name} --namespace {actual.namespace} {ROLE_ARN}-"
    reason = f"it was set by {_setters(actual)}, not by this collection"
    if actual.role_arn != wanted.role_arn:
        reason = _another_role(wanted, actual)
    advice = f"Remove it if nobody needs that role: {command}."
    if actual.role_is_ours:
        advice = _earlier(wanted)
    elif actual.role_is_helms:
        advice = "Take it out of the release's values (serviceAccount.annotations) if nobody needs that role."
    return Residue(f"annotation {ROLE_ARN} of {wanted}", reason, advice)


def _another_role(wanted: Wanted, actual: ServiceAccount) -> str:
    return f"its role annotation names {actual.role_arn}, not the wiring's {wanted.role_arn}, set by {_setters(actual)}"


def _earlier(wanted: Wanted) -> str:
    return f"Tear it down with {wanted.role_variable} and epinio_name_suffix of the run that set it."


def _setters(actual: ServiceAccount) -> str:
    return ", ".join(manager for manager in actual.role_managers if manager) or "somebody"


def _deletion(actual: ServiceAccount) -> str:
    return f"kubectl delete serviceaccount {actual.name} --namespace {actual.namespace}"
