# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a release is left alone: what must not happen to an Epinio that people use. All are raised while planning."""

from __future__ import annotations

from ansible_collections.epinio.aws.plugins.module_utils.domain import owned_keys, stores
from ansible_collections.epinio.aws.plugins.module_utils.domain import values as helm
from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import DESCRIPTION, Release, last_finished
from ansible_collections.epinio.aws.plugins.module_utils.domain.secrecy import shown
from ansible_collections.epinio.aws.plugins.module_utils.domain.service_accounts import ROLE_ARN
from ansible_collections.epinio.aws.plugins.module_utils.domain.values import ABSENT
from ansible_collections.epinio.aws.plugins.module_utils.domain.wording import names as _names
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.planners.release_target import (
    Actual,
    Request,
    Server,
    Target,
    Wanted,
)

_FEW = 5


def refuse_state(wanted: Request, actual: Actual) -> None:
    """Raise `Refused` for a release that somebody is at work on, that is going away, or that never came to be."""
    release = actual.release
    if release.status == "uninstalling":
        raise Refused(
            f"Release {release.name} is uninstalling since {release.since}. Wait for that to end, or finish it: "
            f"helm uninstall {release.name} --namespace {wanted.namespace}."
        )
    if not release.pending:
        return
    if actual.age < wanted.timeout:
        writer = next((one.writer for one in actual.revisions if one.number == release.revision), "")
        raise Refused(
            f"Somebody is at work on release {release.name}: revision {release.revision} is {release.status} since "
            f"{release.since} ({release.description or 'no description'}{f', written by {writer}' if writer else ''}). "
            f"Wait for it to end. If that helm is dead, run this again {wanted.timeout:.0f} seconds after it began "
            "(epinio_helm_timeout): then the revision is rolled back."
        )
    if last_finished(actual.revisions) is None:
        raise Refused(
            f"The first installation of release {release.name} has not ended ({release.status} since {release.since}), "
            "so there is nothing to go back to: uninstall and install Epinio again."
        )


def refuse_other_owner(actual: Actual, target: Target) -> None:
    """Raise `Refused` where another tool owns the release: it would undo the upgrade.

    The failed task's result holds the values for that tool's own source.
    """
    owner = actual.server.owner if actual.server else None
    if owner is None:
        return
    values = {helm.dotted(keys): shown(keys, value) for keys, value in target.owned.items()}
    raise Refused(
        f"{owner.tool} owns release {actual.release.name} ({owner.object}) and would undo an upgrade by anybody else. "
        f"{owner.advice} This result's owned_values has them.",
        owned_values=values,
    )


def refuse_account_of_others(target: Target) -> None:
    """Raise `Refused` where the chart does not render the server's service account, so that it cannot annotate it."""
    if target.family.annotations_in_values and helm.get(target.values, ("serviceAccount", "create")) is False:
        raise Refused(
            "The values set serviceAccount.create to false, so the chart does not annotate the server's service "
            "account: not supported yet by this version. Let the chart create it (serviceAccount.create: true "
            "in epinio_values)."
        )


def refuse_foreign_annotation(wanted: Wanted, actual: Actual, target: Target) -> None:
    """Raise `Refused` for a role in the values or on the live account that is neither wanted nor was set by us.

    Where the chart does not annotate the account, its annotation is no business of the release.
    """
    if not target.family.annotations_in_values:
        return
    role = wanted.settings.role_arn
    in_values = helm.get(actual.release.config, owned_keys.ANNOTATION)
    if in_values not in (ABSENT, None, "") and in_values != role and not _ours(actual, in_values):
        raise Refused(
            f"{actual.release.label} sets {helm.dotted(owned_keys.ANNOTATION)} to {in_values}, which is not the "
            f"wiring's {role}. Take it out of the release's values if Epinio does not need that role."
        )
    live = actual.live_role
    if live and live not in (role, in_values) and not _ours(actual, live):
        raise Refused(
            f"Service account {actual.server_account} in namespace {wanted.namespace} is annotated with {live} by "
            f"{_managers(actual)}, neither by the release's values nor by the wiring, which wants {role}. Remove the "
            f"annotation {ROLE_ARN} if Epinio does not need that role."
        )


def refuse_web_identity(actual: Actual, target: Target) -> None:
    """Raise `Refused` where the server's account has a role although no mode that gives it one is wired.

    EKS injects it into the pods, and an AWS client takes it before it asks for the node's. One that the release's
    values give and lose by this upgrade Helm takes from the live account as well.
    """
    annotates, live = target.family.annotations_in_values, actual.live_role
    former, to_come = (helm.get(values, owned_keys.ANNOTATION) for values in (actual.release.config, target.values))
    if annotates and isinstance(to_come, str) and to_come:
        raise Refused(
            f"{actual.release.label} sets {helm.dotted(owned_keys.ANNOTATION)} to {to_come}: Epinio's pods would use "
            "that role and not their node's, and IRSA is not wired here. Take it out of the release's values if Epinio "
            "does not need that role; or choose IRSA."
        )
    if live and not (annotates and live == former):
        raise Refused(
            f"Service account {actual.server_account} in namespace {actual.release.namespace} is annotated with {live} "
            f"by {_managers(actual)}: Epinio's pods would use that role and not their node's, and IRSA is not wired "
            f"here. Remove the annotation {ROLE_ARN} if Epinio does not need that role; or choose IRSA."
        )


def refuse_to_take_away(actual: Actual, target: Target) -> None:
    """Raise `Refused` for a live role of somebody's that the upgrade back would take away.

    An annotation that the values set, or did set, Helm puts right on the live account whoever has changed it there.
    """
    live = actual.live_role
    given = [helm.get(values, owned_keys.ANNOTATION) for values in (actual.release.config, target.values)]
    rendered = target.family.annotations_in_values and any(isinstance(role, str) and role for role in given)
    if live and rendered and live not in given:
        raise Refused(
            f"Service account {actual.server_account} in namespace {actual.release.namespace} is annotated with {live} "
            f"by {_managers(actual)}, neither by the release's values nor by the wiring, and the upgrade that takes "
            f"the wiring back would take it away. Remove the annotation {ROLE_ARN} if Epinio does not need that role, "
            "or give it to Epinio by the release's values (serviceAccount.annotations)."
        )


def refuse_another_account(wanted: Wanted, server: Server | None) -> None:
    """Raise `Refused` where the server runs, or will after the upgrade, with another account than the role is for."""
    if server and wanted.server_account not in ("", server.service_account):
        raise Refused(
            f"Epinio's server would run as {server.service_account}, but the role is for the service account "
            f"{wanted.server_account}. Set epinio_server_service_account to the account that the server has now, or "
            "leave it out; and to give the server another one (serviceAccount.name in epinio_values), upgrade Epinio "
            "to that first, then run this again."
        )


def refuse_lost_sources(request: Request, lost_stores: tuple[stores.Store, ...], apps: tuple[str, ...]) -> str | None:
    """Raise `Refused` for applications whose sources the upgrade puts out of reach. If they may be lost, say which."""
    if not apps or not lost_stores:
        return None
    places = ["the bundled store" if one.bundled else f"bucket {one.bucket} at {one.endpoint}" for one in lost_stores]
    where = " or in ".join(places)
    lost = f"The sources of {_names(apps)} are in {where} and out of Epinio's reach after the switch"
    if request.abandon_sources:
        return f"{lost}, as epinio_bundled_store=abandon accepts: push these applications again."
    raise Refused(
        f"{lost}: they run on, but cannot be staged again until they are pushed again. "
        "Set epinio_bundled_store=abandon to go on."
    )


def refuse_lost_helm_charts(endangered: tuple[str, ...]) -> None:
    """Raise `Refused` where the upgrade would delete these objects with helm-controller's resource definitions."""
    if endangered:
        raise Refused(
            "This upgrade of Epinio's chart deletes the resource definitions of helm.cattle.io, and with them "
            f"{_names(endangered)}. Keep them first: kubectl annotate crd helmcharts.helm.cattle.io "
            "helmchartconfigs.helm.cattle.io helm.sh/resource-policy=keep"
        )


def refuse_another_chart(target: Target, preview: Release) -> None:
    """Raise `Refused` where the chart reference leads to another version than the wanted (a path has but one)."""
    if not target.chart.is_version(preview.chart_version):
        raise Refused(
            f"The chart {target.chart.reference} has version {preview.chart_version}, wanted is "
            f"{target.chart.version}: set epinio_chart_version or epinio_chart_ref."
        )


def refuse_a_fork(release: Release, target: Target, preview: Release) -> None:
    """Raise `Refused` where a chart of the installed version is not the installed chart, by its templates.

    An honest chart's are those that Helm has stored, byte by byte. What another version brings is meant to differ.
    """
    if not target.chart.is_version(release.chart_version) or release.templates == preview.templates:
        return
    names = sorted({*release.templates, *preview.templates})
    differing = tuple(name for name in names if release.templates.get(name) != preview.templates.get(name))
    origin = f" of {target.chart.repository}" if target.chart.repository else ""
    raise Refused(
        f"The chart {target.chart.reference} {target.chart.version}{origin} is not the one that release {release.name} "
        "was made from, although it has its version: it comes from another repository, or is a fork. Templates that "
        f"differ: {_names(differing, _FEW)}. Set epinio_chart_ref and epinio_chart_repo to where the installed chart "
        "comes from."
    )


def refuse_running_jobs(jobs: tuple[str, ...], namespace: str, waited: float) -> None:
    """Raise `Refused` for staging jobs that do not end: at the switch they would lose their sources."""
    if jobs:
        raise Refused(
            f"After {waited:.0f} seconds {_names(jobs)} still run in namespace {namespace}: a staging job would "
            "lose its sources at the switch. Wait for them to end, or delete them, then run this again."
        )


def _ours(actual: Actual, role: str) -> bool:
    """Whether we gave our annotation this value: our record says so, or a revision that we made has it."""
    noted = actual.upkeep.record.ours.get(owned_keys.ANNOTATION) if actual.upkeep.record else None
    made = actual.release.description == DESCRIPTION
    return role == noted or (made and role == helm.get(actual.release.config, owned_keys.ANNOTATION))


def _managers(actual: Actual) -> str:
    return " and ".join(actual.account.role_managers if actual.account else ()) or "somebody"
