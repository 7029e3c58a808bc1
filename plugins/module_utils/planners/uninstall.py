# Copyright: Contributors to the epinio.aws project
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plan the removal of Epinio: its release, and what helm leaves of its namespaces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.epinio.aws.plugins.module_utils.domain.helm_storage import Release
from ansible_collections.epinio.aws.plugins.module_utils.domain.owners import Owner
from ansible_collections.epinio.aws.plugins.module_utils.domain.record import Record
from ansible_collections.epinio.aws.plugins.module_utils.domain.wiring import Wiring
from ansible_collections.epinio.aws.plugins.module_utils.domain.wording import names
from ansible_collections.epinio.aws.plugins.module_utils.errors import Refused
from ansible_collections.epinio.aws.plugins.module_utils.plan import Change, Plan, Residue
from ansible_collections.epinio.aws.plugins.module_utils.planners import upkeep

# Of a release whose revisions were kept (helm uninstall --keep-history).
UNINSTALLED = "uninstalled"
_THERE, _GONE = "there", "gone"
_NOBODYS = "neither Epinio, nor its chart, nor this collection made"


@dataclass(frozen=True)
class Wanted:
    """What is to go. `confirm` repeats the cluster's name; `timeout` are seconds."""

    wiring: Wiring
    name: str
    confirm: str
    timeout: float = 600.0

    def __post_init__(self) -> None:
        cluster = self.wiring.cluster.name
        if self.confirm != cluster:
            raise Refused(
                f"Epinio is uninstalled only where its removal is confirmed: epinio_uninstall is {self.confirm!r}, and "
                f"the cluster's name is {cluster!r}."
            )


@dataclass(frozen=True)
class Space:
    """A namespace that exists. `foreign` names what in it is somebody else's, `claims` those of its volumes.

    `rendered_claims` are in the release's manifest, so helm deletes them. `terminating`: it is being deleted.
    """

    name: str
    uid: str
    terminating: bool = False
    foreign: tuple[str, ...] = ()
    claims: tuple[str, ...] = ()
    rendered_claims: frozenset[str] = frozenset()

    @property
    def may_go(self) -> bool:
        return self.terminating or not self.foreign


@dataclass(frozen=True)
class Actual:
    """What is there.

    `release` is the newest revision, `age` are seconds since it was written; `home` is its namespace, `owned` are the
    chart's namespaces and `others` further ones of applications. `apps` are `namespace/name`, `jobs` the staging jobs
    that run, `endangered` what would go with helm-controller's definitions. `retained` are volumes that outlive their
    claim, as name and `namespace/claim`. `definitions`: Epinio's resource definitions are there. `record` is ours of a
    release in a namespace that stays. `owner` owns the release besides helm.
    """

    release: Release | None = None
    age: float = 0.0
    home: Space | None = None
    owned: tuple[Space, ...] = ()
    others: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()
    jobs: tuple[str, ...] = ()
    endangered: tuple[str, ...] = ()
    retained: tuple[tuple[str, str], ...] = ()
    definitions: bool = False
    record: Record | None = None
    owner: Owner | None = None

    @property
    def installed(self) -> bool:
        """Whether there is something for helm to delete; a helm that was killed has not finished."""
        return self.release is not None and self.release.status != UNINSTALLED

    @property
    def spaces(self) -> tuple[Space, ...]:
        return (*([self.home] if self.home else []), *self.owned)

    @property
    def going(self) -> frozenset[str]:
        """The namespaces that go. Those of the chart go with the release, unless that is refused."""
        return frozenset(one.name for one in self.spaces if one.may_go)

    def within(self, namespaced: tuple[str, ...]) -> tuple[str, ...]:
        """Of names `namespace/name` those in namespaces that go."""
        return tuple(one for one in namespaced if one.partition("/")[0] in self.going)


def plan(wanted: Wanted, actual: Actual) -> Plan:
    """The changes that remove Epinio. Raises `Refused` for whatever must not happen."""
    _refuse_pending(wanted, actual)
    _refuse_other_owner(wanted, actual)
    _refuse_lost_helm_charts(actual)
    _refuse_foreign_in_owned(actual)
    return Plan(
        _view(wanted, actual, after=False),
        _view(wanted, actual, after=True),
        tuple(_changes(wanted, actual)),
        residue=tuple(_residue(actual)),
    )


def _refuse_pending(wanted: Wanted, actual: Actual) -> None:
    release = actual.release
    if release and release.pending and actual.age < wanted.timeout:
        raise Refused(
            f"Somebody is at work on release {release.name}: revision {release.revision} is {release.status} since "
            f"{release.since}. Wait for it to end. If that helm is dead, run this again {wanted.timeout:.0f} seconds "
            "after it began (epinio_helm_timeout)."
        )


def _refuse_other_owner(wanted: Wanted, actual: Actual) -> None:
    if actual.owner:
        raise Refused(
            f"{actual.owner.tool} owns release {wanted.name} ({actual.owner.object}) and would install Epinio again: "
            "delete it there first, then run this again."
        )


def _refuse_lost_helm_charts(actual: Actual) -> None:
    """The live policy that keeps the definitions at an upgrade is of no use here: helm asks the stored manifest."""
    if actual.installed and actual.endangered:
        raise Refused(
            "Uninstalling Epinio deletes the resource definitions of helm.cattle.io, which its chart brought, and with "
            f"them {names(actual.endangered)}. Delete these if nobody needs them. To keep them: kubectl annotate crd "
            "helmcharts.helm.cattle.io helmchartconfigs.helm.cattle.io helm.sh/resource-policy=keep, upgrade Epinio "
            "once to the chart that it has (that takes the definitions out of the release), then run this again."
        )


def _refuse_foreign_in_owned(actual: Actual) -> None:
    for space in actual.owned:
        if actual.installed and not space.may_go:
            raise Refused(
                f"Uninstalling Epinio deletes namespace {space.name}, which belongs to its chart, with everything in "
                f"it, and in it is what {_NOBODYS}: {names(space.foreign)}. Move or delete that, then run this again."
            )


def _changes(wanted: Wanted, actual: Actual) -> Iterator[Change]:
    home, release = actual.home, actual.release
    home_goes = home is not None and home.may_go
    if actual.installed and release:
        # The history tells what is Epinio's until the namespace is gone, also to a run that finishes this one.
        summary = f"uninstall release {wanted.name} (chart {release.chart_version}){_company(actual)}"
        yield _uninstall(wanted, summary, home_goes, [one.name for one in actual.owned])
    elif release and not home_goes:
        yield _uninstall(wanted, f"remove the history of release {wanted.name}, which is {release.status}", False, [])
    left_by_helm = (*(() if actual.installed else actual.owned), *([home] if home else []))
    yield from (_deletion(one) for one in left_by_helm if one.may_go)
    if actual.record and actual.record.of_release and not home_goes:
        # There is nothing to go back to any more, and it may hold hashes of passwords.
        yield upkeep.delete(actual.record)


def _company(actual: Actual) -> str:
    """What goes with the release, in words."""
    apps = actual.within(actual.apps)
    words = [f"namespace {one.name}" for one in actual.owned]
    words += [f"the application{'s' if len(apps) > 1 else ''} {names(apps)}"] if apps else []
    words += [f"{names(actual.jobs)}, still running"] if actual.jobs else []
    return f", and with it {' and '.join(words)}" if words else ""


def _uninstall(wanted: Wanted, summary: str, keep_history: bool, namespaces: list[str]) -> Change:
    arguments = {"name": wanted.name, "namespace": wanted.wiring.namespace}
    return Change(summary, "helm.uninstall", {**arguments, "keep_history": keep_history, "namespaces": namespaces})


def _deletion(space: Space) -> Change:
    verb = "wait for the deletion of" if space.terminating else "delete"
    claims = f" with the volume claims {names(space.claims)}" if space.claims else ""
    return Change(
        f"{verb} namespace {space.name}{claims}", "kubernetes.delete_namespace", {"name": space.name, "uid": space.uid}
    )


def _residue(actual: Actual) -> Iterator[Residue]:
    for space in actual.spaces:
        if not space.may_go:
            yield Residue(
                f"namespace {space.name}",
                f"in it is what {_NOBODYS}: {names(space.foreign)}",
                "Move or delete that and run this again, or delete the namespace with all that is in it: "
                f"kubectl delete namespace {space.name}.",
            )
    for name in actual.others:
        apps = tuple(one.partition("/")[2] for one in actual.apps if one.startswith(f"{name}/"))
        yield Residue(
            f"namespace {name}",
            f"it is for applications and not the chart's{f', with {names(apps)} in it' if apps else ''}",
            f"What is in it runs on without Epinio: kubectl delete namespace {name} if nobody needs it.",
        )
    staying = {one.name for one in actual.spaces} - actual.going
    retained = tuple(name for name, claim in actual.retained if claim.partition("/")[0] not in staying)
    if retained:
        yield Residue(
            f"persistent volumes {names(retained)}",
            "their reclaim policy is Retain, so they outlive their claims",
            "Delete them, and the disks that they stand for, if nobody needs the data.",
        )
    if actual.definitions:
        yield Residue(
            "the resource definitions of application.epinio.io",
            "helm never deletes what a chart brings as such",
            "If no Epinio is to come back: kubectl delete crd apps.application.epinio.io "
            "appcharts.application.epinio.io services.application.epinio.io.",
        )


def _view(wanted: Wanted, actual: Actual, *, after: bool) -> dict[str, Any]:
    """Each thing with whether it is there, before or after the plan is carried out."""
    release = actual.release

    def fates(found: tuple[str, ...], gone: tuple[str, ...]) -> dict[str, str]:
        return {one: _GONE if after and one in gone else _THERE for one in found}

    spaces = tuple(one.name for one in actual.spaces)
    claims = tuple(f"{space.name}/{claim}" for space in actual.spaces for claim in space.claims)
    rendered = tuple(f"{space.name}/{claim}" for space in actual.spaces for claim in space.rendered_claims)
    goes_first = rendered if actual.installed else ()
    return {
        "name": wanted.name,
        "namespace": wanted.wiring.namespace,
        "release": "" if release is None else _GONE if after else release.status,
        "namespaces": fates((*spaces, *actual.others), tuple(actual.going)),
        "apps": fates(actual.apps, actual.within(actual.apps)),
        "claims": fates(claims, (*actual.within(claims), *goes_first)),
        "staging_jobs": fates(actual.jobs, actual.jobs if wanted.wiring.namespace in actual.going else ()),
    }
